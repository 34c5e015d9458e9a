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
        activity.group_hint,
        activity.user_id,
        activity.active_on,
        activity.loaded_on,
        activity.first_occurred_at,
        activity.last_occurred_at,
        activity.event_rows
    from activity
    inner join identities
        on
            {{ is_of_identity('activity', 'identities', 'first_occurred_at') }}
    where
        identities.account_id is not null
        and {{ is_of_enabled_source('identities.source_name') }}

)

select * from final
