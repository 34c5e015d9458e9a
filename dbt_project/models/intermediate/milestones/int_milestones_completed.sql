{{ config(
    materialized='incremental',
    partition_by=partitioned_by('first_occurred_at'),
    cluster_by=clustered_by(['account_id']),
    incremental_strategy=append_strategy(),
    pre_hook='{{ forget_changed_accounts() }}',
    on_schema_change='fail'
) }}

with accounts as (

    select * from {{ ref('dim_accounts') }}

),

accounts_changed as (

    select * from {{ ref('int_accounts_changed') }}

),

events as (

    select * from {{ ref('int_milestone_events_resolved') }}

),

event_names as (

    select * from {{ ref('int_event_names') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Known but later than the facts: no state yet, though nobody is nudged for it any more.
completions as (

    select
        accounts.account_id,
        event_names.milestone_key,
        min(events.occurred_at) as first_occurred_at,
        min(events.loaded_at) as first_known_at
    from accounts_changed
    inner join accounts
        on accounts_changed.account_id = accounts.account_id
    inner join events
        on accounts_changed.account_id = events.account_id
    inner join event_names
        on
            accounts.path_key = event_names.path_key
            and events.event_name = event_names.event_name
    where
        accounts.cycle_started_at is null
        or events.occurred_at >= accounts.cycle_started_at
    group by accounts.account_id, event_names.milestone_key

),

final as (

    select
        completions.account_id,
        completions.milestone_key,
        case when completions.first_occurred_at <= as_of.as_of then completions.first_occurred_at end as completed_at,
        completions.first_occurred_at,
        completions.first_known_at
    from completions
    cross join as_of

)

select * from final
