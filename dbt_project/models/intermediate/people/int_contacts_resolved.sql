{# Read by two models, each of which wants a few of the columns: less work than writing out every contact. #}
{{ config(materialized='view') }}

{# An engine may write out a CTE that is read more than once, and this one is everybody. #}
{% set contacts = ref('stg_crm__contacts') %}

with account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

feedback as (

    select * from {{ ref('int_feedback_resolved') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

ids_repeated as (

    select contact_id from {{ contacts }}
    where contact_id is not null
    group by contact_id
    having count(*) > 1

),

-- Ranking is dear and duplicates are few, so only those are ranked.
contacts_repeated as (

    select
        contacts.*,
        row_number() over (
            partition by contacts.contact_id
            order by
                contacts.updated_at desc nulls last,
                contacts.account_id asc,
                case when contacts.email is null then 1 else 0 end asc,
                contacts.email asc
        ) as recency
    from ids_repeated
    inner join {{ contacts }} as contacts
        on ids_repeated.contact_id = contacts.contact_id

),

contacts_deduplicated as (

    select
        contacts.*,
        cast(1 as bigint) as recency
    from {{ contacts }} as contacts
    left join ids_repeated
        on contacts.contact_id = ids_repeated.contact_id
    where ids_repeated.contact_id is null
    union all
    select * from contacts_repeated
    where recency = 1

),

feedback_by_contact as (

    select
        contact_id,
        max(case when event_type = 'unsubscribed' then 1 else 0 end) = 1 as has_unsubscribed,
        max(case when event_type = 'bounced' then 1 else 0 end) = 1 as has_bounced
    from feedback
    where
        contact_id <> ''
        and event_type in ('unsubscribed', 'bounced')
    group by contact_id

),

contacts_judged as (

    select
        contacts_deduplicated.contact_id,
        account_ids.account_id,
        contacts_deduplicated.user_id,
        case when contacts_deduplicated.email like '%@%' then contacts_deduplicated.email end as email,
        lower(trim(contacts_deduplicated.email)) as person_key,
        contacts_deduplicated.full_name,
        contacts_deduplicated.role,
        case when {{ is_known_time_zone('contacts_deduplicated.timezone') }} then contacts_deduplicated.timezone end
            as timezone,
        contacts_deduplicated.has_email_consent,
        coalesce(contacts_deduplicated.has_email_consent = false, false)
        or coalesce(contacts_deduplicated.unsubscribed_at <= as_of.tick_at, false)
        or coalesce(feedback_by_contact.has_unsubscribed, false) as has_opted_out,
        coalesce(contacts_deduplicated.hard_bounced_at <= as_of.tick_at, false)
        or coalesce(feedback_by_contact.has_bounced, false) as has_bounced,
        contacts_deduplicated.unsubscribed_at,
        contacts_deduplicated.hard_bounced_at,
        contacts_deduplicated.last_seen_at
    from contacts_deduplicated
    cross join as_of
    left join account_ids
        on contacts_deduplicated.account_id = account_ids.external_id
    left join feedback_by_contact
        on contacts_deduplicated.contact_id = feedback_by_contact.contact_id

),

-- The same address is the same person, at whatever account: an opt-out of one holds for all.
persons as (

    select
        person_key,
        max(case when has_opted_out then 1 else 0 end) = 1 as has_opted_out,
        max(case when has_bounced then 1 else 0 end) = 1 as has_bounced
    from contacts_judged
    where contact_id is not null and person_key is not null and (has_opted_out or has_bounced)
    group by person_key

),

final as (

    select
        contacts_judged.contact_id,
        contacts_judged.account_id,
        contacts_judged.user_id,
        contacts_judged.email,
        contacts_judged.full_name,
        contacts_judged.role,
        contacts_judged.timezone,
        case
            when coalesce(persons.has_opted_out, contacts_judged.has_opted_out) then 'consent_withdrawn'
            when contacts_judged.has_email_consent is null then 'consent_missing'
            when coalesce(persons.has_bounced, contacts_judged.has_bounced) then 'bounced'
        end as email_blocked_by,
        contacts_judged.has_email_consent,
        contacts_judged.unsubscribed_at,
        contacts_judged.hard_bounced_at,
        contacts_judged.last_seen_at
    from contacts_judged
    left join persons
        on contacts_judged.person_key = persons.person_key
    where contacts_judged.contact_id is not null and contacts_judged.account_id is not null

)

select * from final
