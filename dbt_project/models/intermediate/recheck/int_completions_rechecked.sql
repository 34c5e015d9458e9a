{{ config(materialized='view') }}

{# An engine may write out a CTE that is read more than once, and this one is everybody. #}
{% set identities = ref('int_identities_resolved') %}

-- Whether the milestone, or a later one, was reached since the plan was made.

with nudges as (

    select * from {{ ref('int_nudges_leaving') }}

),

names as (

    select * from {{ ref('int_leaving_accounts_named') }}

),

accounts as (

    select * from {{ ref('int_accounts_resolved') }}

),

events_since_plan as (

    select * from {{ ref('int_events_since_plan') }}
    where unusable_reason is null

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}

),

event_names as (

    select * from {{ ref('int_event_names') }}

),

path as (

    select * from {{ ref('int_critical_path') }}

),

milestones_ahead as (

    select
        nudges.nudge_id,
        nudges.account_id,
        accounts.cycle_started_at,
        event_names.event_name
    from nudges
    inner join accounts
        on nudges.account_id = accounts.account_id
    inner join path as wanted_milestones
        on
            nudges.path_key = wanted_milestones.path_key
            and nudges.milestone_key = wanted_milestones.milestone_key
    inner join path
        on
            nudges.path_key = path.path_key
            and wanted_milestones.milestone_order <= path.milestone_order
    inner join event_names
        on
            path.path_key = event_names.path_key
            and path.milestone_key = event_names.milestone_key

),

-- Who an event of the account can name: more than are its own in the end, but few enough to look at each.
senders_listed as (

    select
        nudges.nudge_id,
        case when identities.group_hint = '' then identities.user_id else identities.group_hint end as sender
    from nudges
    inner join {{ identities }} as identities
        on nudges.account_id = identities.account_id
    union distinct
    select
        nudge_id,
        external_id as sender
    from names

),

events_of_senders as (

    select
        senders_listed.nudge_id,
        events_since_plan.source_name,
        coalesce(events_since_plan.group_hint, '') as group_hint,
        coalesce(events_since_plan.user_id, '') as user_id,
        events_since_plan.event_name,
        events_since_plan.event_text,
        events_since_plan.occurred_at
    from senders_listed
    inner join events_since_plan
        on senders_listed.sender = coalesce(events_since_plan.group_hint, events_since_plan.user_id)

),

events_ahead as (

    select
        events_of_senders.nudge_id,
        milestones_ahead.account_id,
        events_of_senders.source_name,
        events_of_senders.group_hint,
        events_of_senders.user_id,
        events_of_senders.occurred_at
    from events_of_senders
    inner join milestones_ahead
        on
            events_of_senders.nudge_id = milestones_ahead.nudge_id
            and milestones_ahead.event_name in (events_of_senders.event_name, events_of_senders.event_text)
    where
        milestones_ahead.cycle_started_at is null
        or events_of_senders.occurred_at >= milestones_ahead.cycle_started_at

),

account_ids_of_all as (

    select * from account_ids
    where source_scope = ''

),

-- An identity that was first seen after the plan is found by its hint; the tick resolves the others.
final as (

    select distinct
        events_ahead.nudge_id,
        'milestone_resolved' as reason_code
    from events_ahead
    left join {{ identities }} as identities
        on
            {{ is_of_identity('events_ahead', 'identities') }}
    left join account_ids as account_ids_of_source
        on
            events_ahead.source_name = account_ids_of_source.source_scope
            and events_ahead.group_hint = account_ids_of_source.external_id
    left join account_ids_of_all
        on events_ahead.group_hint = account_ids_of_all.external_id
    where
        events_ahead.account_id
        = coalesce(identities.account_id, account_ids_of_source.account_id, account_ids_of_all.account_id)

)

select * from final
