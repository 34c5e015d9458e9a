{{ config(materialized='view') }}

{% set ten_minutes = 600000000 %}

-- Read by the senders right before a call: everything below is a view on the raw tables, so that what was loaded since
-- the plan was made still stops a message. A tick sends for ten minutes at most, so what begins within them counts.
with queue as (

    select
        nudge_id,
        account_id,
        path_key,
        milestone_key,
        channel,
        contact_id,
        tick_at,
        {{ add_microseconds('tick_at', ten_minutes) }} as sending_until
    from {{ ref('fct_nudge_decisions') }}
    where decision = 'send'

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

crm_accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

events as (

    select * from {{ ref('int_events_loaded') }}
    where unusable_reason is null

),

identities as (

    select * from {{ ref('int_identities_resolved') }}

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

holds as (

    select * from {{ ref('stg_crm__account_holds') }}

),

touches as (

    select * from {{ ref('stg_crm__account_touches') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

feedback as (

    select * from {{ ref('stg_feedback__message_events') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

milestones_ahead as (

    select
        queue.nudge_id,
        queue.account_id,
        queue.tick_at,
        accounts.cycle_started_at,
        event_names.event_name
    from queue
    inner join accounts
        on queue.account_id = accounts.account_id
    inner join path as wanted_milestones
        on
            queue.path_key = wanted_milestones.path_key
            and queue.milestone_key = wanted_milestones.milestone_key
    inner join path
        on
            queue.path_key = path.path_key
            and wanted_milestones.milestone_order <= path.milestone_order
    inner join event_names
        on
            path.path_key = event_names.path_key
            and path.milestone_key = event_names.milestone_key

),

events_named as (

    select
        source_name,
        group_hint,
        user_id,
        event_name,
        occurred_at
    from events
    union all
    select
        source_name,
        group_hint,
        user_id,
        event_text as event_name,
        occurred_at
    from events
    where event_text is not null

),

names_ahead as (

    select distinct event_name from milestones_ahead

),

events_ahead as (

    select
        events_named.source_name,
        coalesce(events_named.group_hint, '') as group_hint,
        coalesce(events_named.user_id, '') as user_id,
        events_named.event_name,
        events_named.occurred_at
    from events_named
    inner join names_ahead
        on events_named.event_name = names_ahead.event_name

),

-- An identity that was first seen after the plan is found by its hint; the tick resolves the others.
events_of_accounts as (

    select
        coalesce(identities.account_id, account_ids.account_id) as account_id,
        events_ahead.event_name,
        events_ahead.occurred_at
    from events_ahead
    left join identities
        on
            {{ is_of_identity('events_ahead', 'identities') }}
    left join account_ids
        on
            events_ahead.group_hint = account_ids.external_id
            and account_ids.source_scope in ('', events_ahead.source_name)

),

resolved_meanwhile as (

    select distinct milestones_ahead.nudge_id
    from milestones_ahead
    inner join events_of_accounts
        on
            milestones_ahead.account_id = events_of_accounts.account_id
            and milestones_ahead.event_name = events_of_accounts.event_name
    where
        milestones_ahead.cycle_started_at is null
        or events_of_accounts.occurred_at >= milestones_ahead.cycle_started_at

),

-- The names under which the account stands in the CRM's tables.
names_of_accounts as (

    select
        queue.nudge_id,
        queue.channel,
        queue.contact_id,
        queue.tick_at,
        queue.sending_until,
        account_ids.external_id
    from queue
    inner join account_ids
        on
            queue.account_id = account_ids.account_id
            and account_ids.source_scope = ''

),

crm_accounts_newest as (

    select
        account_id,
        is_internal,
        churned_at,
        row_number() over (
            partition by account_id
            order by updated_at desc nulls last, signed_up_at desc nulls last, account_name desc nulls last
        ) as recency
    from crm_accounts

),

accounts_closed as (

    select
        queue.nudge_id,
        case when coalesce(crm_accounts_newest.is_internal, false) then 'internal' else 'churned' end as reason_code
    from queue
    inner join crm_accounts_newest
        on
            queue.account_id = crm_accounts_newest.account_id
            and crm_accounts_newest.recency = 1
    where
        coalesce(crm_accounts_newest.is_internal, false)
        or crm_accounts_newest.churned_at <= queue.sending_until

),

accounts_held as (

    select distinct names_of_accounts.nudge_id
    from names_of_accounts
    inner join holds
        on names_of_accounts.external_id = holds.account_id
    where
        holds.held_from <= names_of_accounts.sending_until
        and (holds.held_until is null or holds.held_until > names_of_accounts.tick_at)

),

accounts_touched as (

    select distinct names_of_accounts.nudge_id
    from names_of_accounts
    cross join limits
    inner join touches
        on names_of_accounts.external_id = touches.account_id
    where
        touches.kind in ('meeting', 'call', 'customer_reply', 'ticket_open', 'snoozed', 'handled', 'not_relevant')
        and touches.occurred_at > names_of_accounts.tick_at
        and touches.occurred_at <= names_of_accounts.sending_until

),

contacts_of_recipient as (

    select
        names_of_accounts.nudge_id,
        names_of_accounts.sending_until,
        same_person.contact_id,
        same_person.has_email_consent,
        same_person.unsubscribed_at,
        same_person.hard_bounced_at
    from names_of_accounts
    inner join contacts as recipient
        on names_of_accounts.contact_id = recipient.contact_id
    inner join contacts as same_person
        on
            recipient.contact_id = same_person.contact_id
            or lower(trim(recipient.email)) = lower(trim(same_person.email))
    where names_of_accounts.channel = 'email'

),

recipients_opted_out as (

    select distinct contacts_of_recipient.nudge_id
    from contacts_of_recipient
    left join feedback
        on
            contacts_of_recipient.contact_id = feedback.contact_id
            and feedback.event_type in ('unsubscribed', 'bounced')
    where
        contacts_of_recipient.has_email_consent = false
        or contacts_of_recipient.unsubscribed_at <= contacts_of_recipient.sending_until
        or contacts_of_recipient.hard_bounced_at <= contacts_of_recipient.sending_until
        or feedback.contact_id is not null

),

accounts_complained as (

    select distinct names_of_accounts.nudge_id
    from names_of_accounts
    inner join contacts
        on names_of_accounts.external_id = contacts.account_id
    inner join feedback
        on contacts.contact_id = feedback.contact_id
    where
        names_of_accounts.channel in ('in_app', 'email')
        and feedback.event_type in ('spam_reported', 'negative_reply', 'complaint_to_csm')

),

nudges_rechecked as (

    select
        queue.nudge_id,
        case
            when accounts_closed.nudge_id is not null then accounts_closed.reason_code
            when accounts_held.nudge_id is not null then 'on_hold'
            when accounts_touched.nudge_id is not null then 'with_csm'
            when resolved_meanwhile.nudge_id is not null then 'milestone_resolved'
            when accounts_complained.nudge_id is not null then 'complaint'
            when recipients_opted_out.nudge_id is not null then 'consent_withdrawn'
        end as reason_code
    from queue
    left join accounts_closed
        on queue.nudge_id = accounts_closed.nudge_id
    left join accounts_held
        on queue.nudge_id = accounts_held.nudge_id
    left join accounts_touched
        on queue.nudge_id = accounts_touched.nudge_id
    left join resolved_meanwhile
        on queue.nudge_id = resolved_meanwhile.nudge_id
    left join accounts_complained
        on queue.nudge_id = accounts_complained.nudge_id
    left join recipients_opted_out
        on queue.nudge_id = recipients_opted_out.nudge_id

),

final as (

    select
        nudge_id,
        reason_code is null as is_allowed,
        reason_code
    from nudges_rechecked

)

select * from final
