{{ config(materialized='view') }}

with identities as (

    select * from {{ ref('int_identities_undated') }}

),

activity as (

    select * from {{ ref('int_users_active_daily') }}

),

milestone_events as (

    select * from {{ ref('int_events_kept') }}

),

-- The first event of an identity lies in one of its stretches; later ones are looked up by the day, and a user who
-- changes account within a day shows in the milestones' own instants.
identities_joined_later as (

    select * from identities
    where valid_from > first_occurred_at

),

events_of_accounts as (

    select
        account_id,
        first_occurred_at as occurred_at
    from identities
    where
        first_occurred_at >= valid_from
        and first_occurred_at < valid_until
    union all
    select
        identities_joined_later.account_id,
        activity.first_occurred_at as occurred_at
    from identities_joined_later
    inner join activity
        on
            {{ is_of_identity('activity', 'identities_joined_later', 'first_occurred_at') }}
    union all
    select
        identities_joined_later.account_id,
        milestone_events.occurred_at
    from identities_joined_later
    inner join milestone_events
        on
            {{ is_of_identity('milestone_events', 'identities_joined_later') }}

),

final as (

    select
        account_id,
        min(occurred_at) as first_seen_at
    from events_of_accounts
    group by account_id

)

select * from final
