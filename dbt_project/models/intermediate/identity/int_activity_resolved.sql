{{ config(materialized='view') }}

with activity as (

    select * from {{ ref('int_users_active_daily') }}

),

identities as (

    select * from {{ ref('int_identities_resolved') }}

),

final as (

    select
        identities.account_id,
        activity.source_name,
        activity.user_id,
        activity.active_on,
        activity.first_occurred_at,
        activity.last_occurred_at,
        activity.event_rows
    from activity
    inner join identities
        on
            activity.source_name = identities.source_name
            and activity.group_hint = identities.group_hint
            and activity.user_id = identities.user_id
            and activity.first_occurred_at >= identities.valid_from
            and activity.first_occurred_at < identities.valid_until
    where identities.account_id is not null

)

select * from final
