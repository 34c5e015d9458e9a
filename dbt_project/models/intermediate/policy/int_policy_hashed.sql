{% set policy_seeds = ['critical_path', 'nudge_policy', 'message_templates', 'delivery_limits', 'holidays'] %}

-- Every ledger entry says under which policy it was made: the same hash means the same rows in the seeds.
with
{%- for seed in policy_seeds %}
{{ seed }}_rows as (

    select
        ''
        {% for column in policy_columns(seed) -%}
        || '|' || coalesce(cast({{ column }} as {{ dbt.type_string() }}), '')
        {% endfor -%}
            as row_text
    from {{ ref(seed) }}

),
{% endfor %}
rows_unioned as (

    {% for seed in policy_seeds -%}
    select '{{ seed }}|' || row_text as row_text from {{ seed }}_rows
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (

    select {{ md5_hex(ordered_list('row_text', '~', 'row_text')) }} as policy_hash
    from rows_unioned

)

select * from final
