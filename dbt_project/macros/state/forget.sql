{# Pre-hooks of models that keep state: they remove the rows that the same statement puts back, in one transaction. On the
   first build there is nothing to remove. #}
{% macro forget_changed_accounts(is_history_read_only=false) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {% if computed_through() -%}
            account_id in (
                select changed.account_id from {{ ref('int_accounts_changed') }} as changed
                {{ 'where changed.is_history_read' if is_history_read_only }}
            )
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
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ is_of_days_read_again() if slice_state() else '1 = 1' }}
    {%- endif -%}
{%- endmacro %}

{# Whether a row stands for a day of loading that this tick reads. What was read is said by the days of this tick as they were
   counted: the days to read are found anew whenever they are asked for, and a loader may have written in between. The days
   stand there as literals, so that the engine leaves the history alone. #}
{% macro is_of_days_read_again() -%}
    {%- set first_days = run_query(first_days_arriving()).rows -%}
    {%- if reread_from() -%}
    (
        loaded_on >= cast('{{ reread_from()[:10] }}' as date)
        or loaded_on = cast('1970-01-01' as date)
    )
    {%- else -%}
    (
        loaded_on = cast('1970-01-01' as date)
        {%- if first_days %}
        or loaded_on >= cast('{{ first_days | map(attribute=1) | min }}' as date)
        {%- endif %}
    )
    and (
        loaded_on = cast('1970-01-01' as date)
        {%- for row in first_days %}
        or (source_name = '{{ row[0] }}' and loaded_on >= cast('{{ row[1] }}' as date))
        {%- endfor %}
    )
    {%- endif -%}
{%- endmacro %}

{# Every load of an event that was first loaded since then is read again, so it may go without a trace. #}
{% macro forget_events_read_again() -%}
    {%- if is_incremental() and reread_from() -%}
        delete from {{ this }}
        where loaded_at >= {{ instant_literal(reread_from() | replace('T', ' ')) }}
    {%- endif -%}
{%- endmacro %}

{% macro forget_everything_when_rereading() -%}
    {%- if is_incremental() and reread_from() -%}
        delete from {{ this }}
        where 1 = 1
    {%- endif -%}
{%- endmacro %}

{% macro first_days_arriving() -%}
    select
        source_name,
        cast(min(loaded_on) as {{ dbt.type_string() }}) as first_loaded_on
    from {{ ref('int_days_arriving') }}
    where loaded_on > cast('1970-01-01' as date)
    group by source_name
{%- endmacro %}

{% macro forget_everything_unless_computed() -%}
    {%- if is_incremental() and not computed_through() -%}
        delete from {{ this }}
        where 1 = 1
    {%- endif -%}
{%- endmacro %}
