{{ config(materialized='view') }}

with activity as (

    select * from {{ ref('int_activity_resolved') }}

),

final as (

    select
        account_id,
        active_on,
        cast(count(distinct nullif(user_id, '')) as integer) as active_users,
        cast(sum(event_rows) as bigint) as event_rows,
        min(first_occurred_at) as first_occurred_at,
        max(last_occurred_at) as last_occurred_at
    from activity
    group by account_id, active_on

)

select * from final
