{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_events_kept') }}

),

identities as (

    select * from {{ ref('int_identities_resolved') }}

),

final as (

    select
        identities.account_id,
        events.source_name,
        events.group_hint,
        events.user_id,
        events.event_name,
        events.occurred_at,
        events.loaded_at,
        events.kept_at
    from events
    inner join identities
        on
            {{ is_of_identity('events', 'identities') }}
    where
        identities.account_id is not null
        and {{ is_of_enabled_source('identities.source_name') }}

)

select * from final
