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
        events.event_name,
        events.occurred_at,
        events.loaded_at
    from events
    inner join identities
        on
            events.source_name = identities.source_name
            and events.group_hint = identities.group_hint
            and events.user_id = identities.user_id
            and events.occurred_at >= identities.valid_from
            and events.occurred_at < identities.valid_until
    where identities.account_id is not null

)

select * from final
