{{ config(
    materialized='incremental',
    partition_by=partitioned_by('first_occurred_at'),
    cluster_by=clustered_by(['account_id']),
    incremental_strategy=replace_strategy(),
    unique_key=['account_id', 'milestone_key'],
    pre_hook='{{ forget_changed_accounts(is_history_read_only=true) }}',
    on_schema_change='fail'
) }}

{% set accounts_changed = ref('int_accounts_changed') %}
{% set is_added_to = is_incremental() and computed_through() %}
{% set is_any_history_read = not is_added_to or has_rows(accounts_changed, 'is_history_read') %}

with accounts as (

    select * from {{ ref('dim_accounts') }}

),

accounts_changed as (

    select * from {{ accounts_changed }}

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

-- Path and name are compared as one text: compared one by one, an engine may begin with every account and every
-- spelling, and that costs ten times as much. No name of an event has a bar in it, which is what the path separates
-- spellings by.
completions_found as (

    {% for is_history_read in ([true] if is_any_history_read else []) + ([false] if is_added_to else []) -%}
    select
        accounts.account_id,
        event_names.milestone_key,
        events.occurred_at as first_occurred_at,
        events.loaded_at as first_known_at,
        cast(null as timestamp) as completed_before_at,
        cast(null as timestamp) as occurred_before_at,
        cast(null as timestamp) as known_before_at
    from accounts_changed
    inner join accounts
        on accounts_changed.account_id = accounts.account_id
    inner join events
        on accounts_changed.account_id = events.account_id
    inner join event_names
        on
            accounts.path_key || '|' || events.event_name
            = event_names.path_key || '|' || event_names.event_name
    where
        {{ 'accounts_changed.is_history_read' if is_history_read else 'not accounts_changed.is_history_read' }}
        and {{ '1 = 1' if is_history_read else is_changed_since_computed('events.kept_at') }}
        and (
            accounts.cycle_started_at is null
            or events.occurred_at >= accounts.cycle_started_at
        )
    {{ 'union all' if not loop.last }}
    {% endfor -%}
    {%- if is_added_to %}
    -- A minimum is added to, not found again.
    union all
    select
        completions_before.account_id,
        completions_before.milestone_key,
        completions_before.first_occurred_at,
        completions_before.first_known_at,
        completions_before.completed_at as completed_before_at,
        completions_before.first_occurred_at as occurred_before_at,
        completions_before.first_known_at as known_before_at
    from accounts_changed
    inner join {{ this }} as completions_before
        on accounts_changed.account_id = completions_before.account_id
    where not accounts_changed.is_history_read
    {%- endif %}

),

-- Known but later than the facts: no state yet, though nobody is nudged for it any more.
completions as (

    select
        account_id,
        milestone_key,
        min(first_occurred_at) as first_occurred_at,
        min(first_known_at) as first_known_at,
        max(completed_before_at) as completed_before_at,
        max(occurred_before_at) as occurred_before_at,
        max(known_before_at) as known_before_at
    from completions_found
    group by account_id, milestone_key

),

completions_within_facts as (

    select
        completions.*,
        case when completions.first_occurred_at <= as_of.as_of then completions.first_occurred_at end as completed_at
    from completions
    cross join as_of

),

-- What stands there already is not written again.
final as (

    select
        account_id,
        milestone_key,
        completed_at,
        first_occurred_at,
        first_known_at
    from completions_within_facts
    where
        completed_at is distinct from completed_before_at
        or first_occurred_at is distinct from occurred_before_at
        or first_known_at is distinct from known_before_at

)

select * from final
