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

{# What was read is said by the events of this tick themselves: the days to read are found anew whenever they are asked
   for, and a loader may have written in between. #}
{% macro forget_days_read_again() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {% if slice_state() -%}
            loaded_on = cast('1970-01-01' as date)
            or exists (
                select 1
                from (
                    select
                        source_name as read_source_name,
                        min(loaded_on) as first_loaded_on
                    from {{ ref('int_events_loaded') }}
                    where loaded_on > cast('1970-01-01' as date)
                    group by source_name
                ) as days_read
                where
                    days_read.read_source_name = source_name
                    and days_read.first_loaded_on <= loaded_on
            )
        {%- else -%} 1 = 1 {%- endif %}
    {%- endif -%}
{%- endmacro %}

{% macro forget_everything_unless_computed() -%}
    {%- if is_incremental() and not computed_through() -%}
        delete from {{ this }}
        where 1 = 1
    {%- endif -%}
{%- endmacro %}
