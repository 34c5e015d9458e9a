{# Pre-hooks of models that keep state: they remove the rows that the same statement puts back, in one transaction. On the
   first build there is nothing to remove. #}
{% macro forget_changed_accounts() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {% if computed_through() -%}
            account_id in (select changed.account_id from {{ ref('int_accounts_changed') }} as changed)
        {%- else -%} 1 = 1 {%- endif %}
    {%- endif -%}
{%- endmacro %}

{% macro forget_changed_users() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {% if computed_through() -%}
            user_id in (
                select calls.user_id from {{ ref('int_group_calls_kept') }} as calls
                where {{ is_changed_since_computed('calls.kept_at') }}
            )
        {%- else -%} 1 = 1 {%- endif %}
    {%- endif -%}
{%- endmacro %}

{% macro forget_days_read_again() -%}
    {%- set slices = slice_state() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {% for slice in slices -%}
            (source_name = '{{ slice.source_name }}' and loaded_on >= cast('{{ slice.read_from[:10] }}' as date)) or
        {% endfor -%}
        loaded_on = cast('1970-01-01' as date)
        {%- if slices %}
        or source_name not in ({% for slice in slices %}'{{ slice.source_name }}'{{ ', ' if not loop.last }}{% endfor %})
        {%- else %} or 1 = 1
        {%- endif %}
    {%- endif -%}
{%- endmacro %}

{% macro forget_everything_unless_computed() -%}
    {%- if is_incremental() and not computed_through() -%}
        delete from {{ this }}
        where 1 = 1
    {%- endif -%}
{%- endmacro %}
