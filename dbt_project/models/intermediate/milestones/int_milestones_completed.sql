{{ config(
    materialized='incremental',
    partition_by=partitioned_by('first_occurred_at'),
    cluster_by=clustered_by(['account_id']),
    incremental_strategy='merge',
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

-- Summed up before the names of the path are looked up: there are several spellings of a milestone, and a plan that begins
-- with every account and every spelling costs ten times as much.
first_events as (

    {% for is_history_read in ([true] if is_any_history_read else []) + ([false] if is_added_to else []) -%}
    select
        accounts.account_id,
        accounts.path_key,
        events.event_name,
        min(events.occurred_at) as first_occurred_at,
        min(events.loaded_at) as first_known_at
    from accounts_changed
    inner join accounts
        on accounts_changed.account_id = accounts.account_id
    inner join events
        on accounts_changed.account_id = events.account_id
    where
        {% if is_added_to -%}
        {{ 'accounts_changed.is_history_read' if is_history_read else 'not accounts_changed.is_history_read' }}
        and {{ is_changed_since_computed('events.kept_at') if not is_history_read else '1 = 1' }}
        and {% endif %}(
            accounts.cycle_started_at is null
            or events.occurred_at >= accounts.cycle_started_at
        )
    group by accounts.account_id, accounts.path_key, events.event_name
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

completions_found as (

    select
        first_events.account_id,
        event_names.milestone_key,
        first_events.first_occurred_at,
        first_events.first_known_at
    from first_events
    inner join event_names
        on
            first_events.path_key = event_names.path_key
            and first_events.event_name = event_names.event_name
    {%- if is_added_to %}
    -- A minimum is added to, not found again.
    union all
    select
        completions_before.account_id,
        completions_before.milestone_key,
        completions_before.first_occurred_at,
        completions_before.first_known_at
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
        min(first_known_at) as first_known_at
    from completions_found
    group by account_id, milestone_key

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
