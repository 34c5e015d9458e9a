{{ config(
    materialized='incremental',
    incremental_strategy=append_strategy(),
    pre_hook='{{ forget_days_read_again() }}',
    on_schema_change='fail'
) }}

-- The days to read are asked of those that were counted; depends_on: {{ ref('int_days_arriving') }}

with activity as (

    select * from {{ ref('int_users_active_daily') }}
    {%- if is_incremental() and slice_state() %}
    where {{ is_of_days_read_again() | indent(4) }}
    {%- endif %}

),

final as (

    select
        source_name,
        active_on,
        loaded_on,
        cast(sum(event_rows) as bigint) as event_rows
    from activity
    group by source_name, active_on, loaded_on

)

select * from final
