{{ config(materialized='view') }}

{% set ten_minutes = 600000000 %}
{% set slices = slice_state() %}
{# An engine may write out a CTE that is read more than once, and these two are everybody. #}
{% set contacts = ref('stg_crm__contacts') %}
{% set identities = ref('int_identities_resolved') %}

-- Read by the senders right before a call: everything below is a view on the raw tables, so that what was loaded since
-- the plan was made still stops a message. What begins before the lease of the tick ends counts as begun.
-- The senders ask about few nudges out of many: everything starts from the queue, and a nudge's id is the only key of
-- what is grouped or ranked, so that their filter reaches every table and no other account is worked on.

-- depends_on: {{ ref('int_slices_loaded') }}

with decisions as (

    select * from {{ ref('fct_nudge_decisions') }}
    where decision = 'send'

),

leases as (

    select * from {{ ref('stg_nudges__nudge_lease') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

crm_accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

events as (

    select * from {{ ref('int_events_arriving') }}
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

holds as (

    select * from {{ ref('stg_crm__account_holds') }}

),

touches as (

    select * from {{ ref('stg_crm__account_touches') }}

),

feedback as (

    select * from {{ ref('stg_feedback__message_events') }}
    where event_type in ('unsubscribed', 'bounced', 'spam_reported', 'negative_reply', 'complaint_to_csm')

),

ledger_entries as (

    select * from {{ ref('stg_nudges__nudge_events') }}
    where action = 'deliver'

),

queue as (

    select
        decisions.nudge_id,
        decisions.account_id,
        decisions.path_key,
        decisions.milestone_key,
        decisions.channel,
        decisions.contact_id,
        decisions.tick_at,
        coalesce(leases.expires_at, {{ add_microseconds('decisions.tick_at', ten_minutes) }}) as sending_until
    from decisions
    left join leases
        on decisions.tick_id = leases.tick_id

),

-- What the plan has read is in the plan. Its bounds are literals, so that the engine skips the rest; the events have
-- none of their own in a first tick, where there is most to skip.
events_since_plan as (

    select * from events
    {%- if slices %}
    where
        {{ is_in_slices(slices) }}
    {%- endif %}

),

-- All the names under which the account stands in the CRM's tables and in events.
names_of_accounts as (

    select
        queue.nudge_id,
        queue.channel,
        queue.tick_at,
        queue.sending_until,
        account_ids.source_scope,
        account_ids.external_id
    from queue
    inner join account_ids
        on queue.account_id = account_ids.account_id

),

milestones_ahead as (

    select
        queue.nudge_id,
        queue.account_id,
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

-- Who an event of the account can name: more than are its own in the end, but few enough to look at each.
senders_listed as (

    select
        queue.nudge_id,
        case when identities.group_hint = '' then identities.user_id else identities.group_hint end as sender
    from queue
    inner join {{ identities }} as identities
        on queue.account_id = identities.account_id
    union distinct
    select
        nudge_id,
        external_id as sender
    from names_of_accounts

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
resolved_meanwhile as (

    select events_ahead.nudge_id
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

),

crm_accounts_newest as (

    select
        queue.nudge_id,
        queue.sending_until,
        crm_accounts.is_internal,
        crm_accounts.churned_at,
        row_number() over (
            partition by queue.nudge_id
            order by
                crm_accounts.updated_at desc nulls last,
                crm_accounts.signed_up_at desc nulls last,
                crm_accounts.account_name desc nulls last
        ) as recency
    from queue
    inner join crm_accounts
        on queue.account_id = crm_accounts.account_id

),

accounts_held as (

    select names_of_accounts.nudge_id
    from names_of_accounts
    inner join holds
        on names_of_accounts.external_id = holds.account_id
    where
        names_of_accounts.source_scope = ''
        and holds.held_from <= names_of_accounts.sending_until
        and (holds.held_until is null or holds.held_until > names_of_accounts.tick_at)

),

accounts_touched as (

    select names_of_accounts.nudge_id
    from names_of_accounts
    inner join touches
        on names_of_accounts.external_id = touches.account_id
    where
        names_of_accounts.source_scope = ''
        and touches.kind in ('meeting', 'call', 'customer_reply', 'ticket_open', 'snoozed', 'handled', 'not_relevant')
        and (touches.occurred_at > names_of_accounts.tick_at or touches.loaded_at > names_of_accounts.tick_at)
        and touches.occurred_at <= names_of_accounts.sending_until

),

recipients as (

    select
        nudge_id,
        contact_id,
        channel,
        sending_until
    from queue
    where channel in ('in_app', 'email')

),

-- The latest row of a contact is the contact, here as in the plan.
recipients_now as (

    select
        recipients.nudge_id,
        recipients.channel,
        recipients.sending_until,
        contacts.contact_id,
        contacts.account_id,
        contacts.has_email_consent,
        lower(trim(contacts.email)) as person_key,
        row_number() over (
            partition by recipients.nudge_id
            order by contacts.updated_at desc nulls last, contacts.account_id asc, contacts.email asc
        ) as recency
    from recipients
    inner join {{ contacts }} as contacts
        on recipients.contact_id = contacts.contact_id

),

recipients_at_account as (

    select recipients_now.nudge_id
    from recipients_now
    inner join names_of_accounts
        on
            recipients_now.nudge_id = names_of_accounts.nudge_id
            and recipients_now.account_id = names_of_accounts.external_id
    where recipients_now.recency = 1 and names_of_accounts.source_scope = ''

),

recipients_gone as (

    select recipients.nudge_id
    from recipients
    left join recipients_at_account
        on recipients.nudge_id = recipients_at_account.nudge_id
    where recipients_at_account.nudge_id is null

),

-- The same person is the same contact or the same address: two joins, as no engine looks up an "or" by key.
ids_of_person as (

    select
        nudge_id,
        channel,
        sending_until,
        contact_id
    from recipients_now
    where recency = 1
    union distinct
    select
        recipients_now.nudge_id,
        recipients_now.channel,
        recipients_now.sending_until,
        contacts.contact_id
    from recipients_now
    inner join {{ contacts }} as contacts
        on recipients_now.person_key = lower(trim(contacts.email))
    where recipients_now.recency = 1 and contacts.contact_id is not null

),

contacts_of_person as (

    select
        ids_of_person.nudge_id,
        ids_of_person.channel,
        ids_of_person.sending_until,
        ids_of_person.contact_id,
        contacts.has_email_consent,
        contacts.unsubscribed_at,
        contacts.hard_bounced_at,
        row_number() over (
            partition by ids_of_person.nudge_id, ids_of_person.contact_id
            order by contacts.updated_at desc nulls last, contacts.account_id asc, contacts.email asc
        ) as recency
    from ids_of_person
    inner join {{ contacts }} as contacts
        on ids_of_person.contact_id = contacts.contact_id

),

-- Providers give back a contact, a nudge or an id of their own.
feedback_by_person as (

    select
        contact_id,
        cast(null as {{ dbt.type_string() }}) as account_id,
        event_type
    from feedback
    where contact_id is not null
    union all
    select
        ledger_entries.contact_id,
        ledger_entries.account_id,
        feedback.event_type
    from feedback
    inner join ledger_entries
        on feedback.nudge_id = ledger_entries.nudge_id
    union all
    select
        ledger_entries.contact_id,
        ledger_entries.account_id,
        feedback.event_type
    from feedback
    inner join ledger_entries
        on feedback.provider_message_id = ledger_entries.provider_ref

),

-- Who has asked for silence sees no hint either; an address that bounces says nothing about the product.
recipients_opted_out as (

    select nudge_id from contacts_of_person
    where
        recency = 1
        and (
            has_email_consent = false
            or unsubscribed_at <= sending_until
            or (channel = 'email' and hard_bounced_at <= sending_until)
        )
    union all
    select contacts_of_person.nudge_id
    from contacts_of_person
    inner join feedback_by_person
        on contacts_of_person.contact_id = feedback_by_person.contact_id
    where
        feedback_by_person.event_type = 'unsubscribed'
        or (feedback_by_person.event_type = 'bounced' and contacts_of_person.channel = 'email')
    union all
    select nudge_id from recipients_now
    where recency = 1 and channel = 'email' and has_email_consent is null

),

complaints as (

    select
        contact_id,
        account_id
    from feedback_by_person
    where event_type in ('spam_reported', 'negative_reply', 'complaint_to_csm')

),

accounts_complained as (

    select names_of_accounts.nudge_id
    from names_of_accounts
    inner join {{ contacts }} as contacts
        on names_of_accounts.external_id = contacts.account_id
    inner join complaints
        on contacts.contact_id = complaints.contact_id
    where
        names_of_accounts.source_scope = ''
        and names_of_accounts.channel in ('in_app', 'email')
    union all
    select names_of_accounts.nudge_id
    from names_of_accounts
    inner join complaints
        on names_of_accounts.external_id = complaints.account_id
    where
        names_of_accounts.source_scope = ''
        and names_of_accounts.channel in ('in_app', 'email')

),

-- Every nudge stands here once without an objection, so that one to which nothing is objected gets its answer.
objections_listed as (

    select
        nudge_id,
        99 as place
    from queue
    union all
    select
        nudge_id,
        case when coalesce(is_internal, false) then 1 else 2 end as place
    from crm_accounts_newest
    where
        recency = 1
        and (coalesce(is_internal, false) or churned_at <= sending_until)
    union all
    select
        nudge_id,
        3 as place
    from accounts_held
    union all
    select
        nudge_id,
        4 as place
    from accounts_touched
    union all
    select
        nudge_id,
        5 as place
    from resolved_meanwhile
    union all
    select
        nudge_id,
        6 as place
    from accounts_complained
    union all
    select
        nudge_id,
        7 as place
    from recipients_gone
    union all
    select
        nudge_id,
        8 as place
    from recipients_opted_out

),

nudges_rechecked as (

    select
        nudge_id,
        case min(place)
            when 1 then 'internal'
            when 2 then 'churned'
            when 3 then 'on_hold'
            when 4 then 'with_csm'
            when 5 then 'milestone_resolved'
            when 6 then 'complaint'
            when 7 then 'no_reachable_contact'
            when 8 then 'consent_withdrawn'
        end as reason_code
    from objections_listed
    group by nudge_id

),

final as (

    select
        nudge_id,
        reason_code is null as is_allowed,
        reason_code
    from nudges_rechecked

)

select * from final
