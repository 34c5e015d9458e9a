{{ config(materialized='view') }}

{# An engine may write out a CTE that is read more than once, and this one is everybody. #}
{% set contacts = ref('stg_crm__contacts') %}

-- Whether the person to whom a message goes is still there and still wants it.
with nudges as (

    select * from {{ ref('int_nudges_leaving_with_lease') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

feedback as (

    select * from {{ ref('int_feedback_arriving') }}

),

recipients as (

    select
        nudge_id,
        account_id,
        contact_id,
        channel,
        sending_until
    from nudges
    where channel in ('in_app', 'email')

),

-- The latest row of a contact is the contact, here as in the plan.
recipients_now as (

    select
        recipients.nudge_id,
        recipients.account_id,
        recipients.channel,
        recipients.sending_until,
        contacts.contact_id,
        contacts.account_id as contact_account_id,
        contacts.has_email_consent,
        lower(trim(contacts.email)) as person_key,
        row_number() over (
            partition by recipients.nudge_id
            order by
                contacts.updated_at desc nulls last,
                contacts.account_id asc,
                case when contacts.email is null then 1 else 0 end asc,
                contacts.email asc
        ) as recency
    from recipients
    inner join {{ contacts }} as contacts
        on recipients.contact_id = contacts.contact_id

),

recipients_at_account as (

    select recipients_now.nudge_id
    from recipients_now
    inner join account_ids
        on
            recipients_now.contact_account_id = account_ids.external_id
            and recipients_now.account_id = account_ids.account_id
    where recipients_now.recency = 1

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
            order by
                contacts.updated_at desc nulls last,
                contacts.account_id asc,
                case when contacts.email is null then 1 else 0 end asc,
                contacts.email asc
        ) as recency
    from ids_of_person
    inner join {{ contacts }} as contacts
        on ids_of_person.contact_id = contacts.contact_id

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
    inner join feedback
        on contacts_of_person.contact_id = feedback.contact_id
    where
        feedback.event_type = 'unsubscribed'
        or (feedback.event_type = 'bounced' and contacts_of_person.channel = 'email')
    union all
    select nudge_id from recipients_now
    where recency = 1 and channel = 'email' and has_email_consent is null

),

final as (

    select
        nudge_id,
        'no_reachable_contact' as reason_code
    from recipients_gone
    union distinct
    select
        nudge_id,
        'consent_withdrawn' as reason_code
    from recipients_opted_out

)

select * from final
