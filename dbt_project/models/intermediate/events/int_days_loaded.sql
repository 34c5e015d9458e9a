{{ config(
    materialized='incremental',
    incremental_strategy=append_strategy(),
    pre_hook='{{ forget_days_read_again() }}',
    on_schema_change='fail'
) }}

-- Written last, so that a tick that fails before has its days read again.
-- depends_on: {{ ref('int_slices_loaded') }}

with days_arriving as (

    select * from {{ ref('int_days_arriving') }}

),

final as (

    select
        source_name,
        loaded_on,
        event_rows
    from days_arriving

)

select * from final
