{{ config(materialized='view') }}

-- Without a single event nobody can be seen to have done anything.
with days_loaded as (

    select * from {{ ref('int_days_loaded') }}

),

event_rows_summed as (

    select coalesce(sum(event_rows), 0) as event_rows from days_loaded

),

final as (

    select
        'event rows' as check_name,
        'anomaly_tripped' as reason_code,
        event_rows as observed,
        cast(null as {{ double_type() }}) as baseline,
        1 as threshold,
        event_rows = 0 as is_tripped,
        'event rows were ever read; without any, nobody can be seen to have done anything' as told
    from event_rows_summed

)

select * from final
