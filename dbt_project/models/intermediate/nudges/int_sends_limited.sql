{% set day = 24 * 3600000000 %}
{% set week = 7 * day %}

-- Everything starts from the nudges that nothing else stands against, which are few, and from a week of messages.
with nudges_judged as (

    select * from {{ ref('int_nudges_judged') }}
    where reason_code = 'send'

),

stopped as (

    select * from {{ ref('int_nudges_stopped') }}

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

hours_overdue as (

    select * from {{ ref('int_hours_overdue') }}

),

quiet_hours as (

    select * from {{ ref('int_quiet_hours') }}

),

feedback as (

    select * from {{ ref('int_feedback_checked') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

nudges as (

    select nudges_judged.*
    from nudges_judged
    left join stopped
        on nudges_judged.nudge_id = stopped.nudge_id
    where stopped.nudge_id is null

),

-- What may have arrived counts like what has, from when it was attempted. What is to leave again under its own key is
-- the same message, which must not stand in its own way.
messages as (

    select
        ledger.nudge_id,
        ledger.account_id,
        ledger.channel,
        ledger.contact_id,
        coalesce(ledger.delivery_id, ledger.nudge_id) as delivery_id,
        coalesce(ledger.last_attempted_at, ledger.sent_at) as attempted_at
    from ledger
    cross join as_of
    left join nudges
        on ledger.nudge_id = nudges.nudge_id
    where
        nudges.nudge_id is null
        and ledger.is_possibly_sent
        and coalesce(ledger.last_attempted_at, ledger.sent_at) > {{ add_microseconds('as_of.tick_at', -week) }}
        and (
            not coalesce(as_of.is_replay, false)
            or coalesce(ledger.last_attempted_at, ledger.sent_at) <= as_of.tick_at
        )

),

contacts_met as (

    select contact_id from nudges
    where contact_id is not null
    union distinct
    select contact_id from messages
    where contact_id is not null

),

-- The latest row of a contact is the contact.
contacts_ranked as (

    select
        contacts_met.contact_id,
        nullif(lower(trim(contacts.email)), '') as address,
        row_number() over (
            partition by contacts_met.contact_id
            order by contacts.updated_at desc nulls last, contacts.account_id asc, contacts.email asc
        ) as recency
    from contacts_met
    left join contacts
        on contacts_met.contact_id = contacts.contact_id

),

-- The same address is the same person, at whatever account.
persons as (

    select
        contact_id,
        coalesce(address, 'contact ' || contact_id) as person_key
    from contacts_ranked
    where recency = 1

),

accounts_met as (

    select account_id from nudges
    where channel = 'human'
    union distinct
    select account_id from messages
    where channel = 'human'

),

-- Accounts without a CSM share whoever stands in.
accounts_of_csms as (

    select
        accounts.account_id,
        coalesce(lower(trim(accounts.csm_email)), accounts.csm_slack_id, '') as csm_key,
        coalesce(accounts.country_code, '') as country_code,
        accounts.timezone,
        accounts.seats
    from accounts_met
    inner join accounts
        on accounts_met.account_id = accounts.account_id

),

-- Whose message it was, for each of those whose messages are counted; a digest is one message to the CSM.
messages_keyed as (

    select
        'account' as counted_for,
        account_id as counted_key,
        attempted_at
    from messages
    union all
    select
        'person' as counted_for,
        persons.person_key as counted_key,
        messages.attempted_at
    from messages
    inner join persons
        on messages.contact_id = persons.contact_id
    where messages.channel <> 'human'
    union all
    select
        'email' as counted_for,
        '' as counted_key,
        attempted_at
    from messages
    where channel = 'email'
    union all
    select
        'csm' as counted_for,
        accounts_of_csms.csm_key as counted_key,
        max(messages.attempted_at) as attempted_at
    from messages
    inner join accounts_of_csms
        on messages.account_id = accounts_of_csms.account_id
    where messages.channel = 'human'
    group by accounts_of_csms.csm_key, messages.delivery_id

),

-- A cap of three in a week is open again when the third newest message is a week old: so each looks up one message.
messages_ranked as (

    select
        counted_for,
        counted_key,
        attempted_at,
        row_number() over (partition by counted_for, counted_key order by attempted_at desc) as newness
    from messages_keyed

),

nudges_against_account as (

    select
        nudges.nudge_id,
        nudges.account_id,
        nudges.channel,
        nudges.destination,
        nudges.contact_id,
        nudges.due_at,
        nudges.eligible_at,
        as_of.tick_at,
        greatest(
            coalesce({{ add_microseconds('newest_of_day.attempted_at', day) }}, as_of.tick_at),
            coalesce({{ add_microseconds('newest_of_week.attempted_at', week) }}, as_of.tick_at)
        ) as account_opens_at
    from nudges
    cross join limits
    cross join as_of
    left join messages_ranked as newest_of_day
        on
            newest_of_day.counted_for = 'account'
            and nudges.account_id = newest_of_day.counted_key
            and limits.account_messages_per_day = newest_of_day.newness
    left join messages_ranked as newest_of_week
        on
            newest_of_week.counted_for = 'account'
            and nudges.account_id = newest_of_week.counted_key
            and limits.account_messages_per_week = newest_of_week.newness

),

-- Within a tick the oldest due takes the place, and the next one of the same person finds one message more. What finds
-- no place at all comes up again when those that leave now have aged.
nudges_of_persons as (

    select
        nudges_against_account.nudge_id,
        nudges_against_account.tick_at,
        persons.person_key,
        row_number() over (
            partition by persons.person_key
            order by nudges_against_account.due_at, nudges_against_account.nudge_id
        ) as place
    from nudges_against_account
    inner join persons
        on nudges_against_account.contact_id = persons.contact_id
    where
        nudges_against_account.account_opens_at <= nudges_against_account.tick_at
        and nudges_against_account.channel <> 'human'

),

nudges_against_person as (

    select
        nudges_of_persons.nudge_id,
        greatest(
            case
                when nudges_of_persons.place > least(limits.person_messages_per_day, limits.person_messages_per_week)
                    then {{ add_microseconds('nudges_of_persons.tick_at', day) }}
                else nudges_of_persons.tick_at
            end,
            coalesce({{ add_microseconds('newest_of_day.attempted_at', day) }}, nudges_of_persons.tick_at),
            coalesce({{ add_microseconds('newest_of_week.attempted_at', week) }}, nudges_of_persons.tick_at)
        ) as person_opens_at
    from nudges_of_persons
    cross join limits
    left join messages_ranked as newest_of_day
        on
            newest_of_day.counted_for = 'person'
            and nudges_of_persons.person_key = newest_of_day.counted_key
            and limits.person_messages_per_day - nudges_of_persons.place + 1 = newest_of_day.newness
    left join messages_ranked as newest_of_week
        on
            newest_of_week.counted_for = 'person'
            and nudges_of_persons.person_key = newest_of_week.counted_key
            and limits.person_messages_per_week - nudges_of_persons.place + 1 = newest_of_week.newness

),

nudges_against_caps as (

    select
        nudges_against_account.*,
        nudges_against_person.person_opens_at,
        case
            when nudges_against_account.account_opens_at > nudges_against_account.tick_at then 'account_cap'
            when nudges_against_person.person_opens_at > nudges_against_account.tick_at then 'person_cap'
        end as cap_reason_code
    from nudges_against_account
    left join nudges_against_person
        on nudges_against_account.nudge_id = nudges_against_person.nudge_id

),

emails_in_order as (

    select
        nudges_against_caps.nudge_id,
        row_number() over (order by nudges_against_caps.due_at, nudges_against_caps.nudge_id) as place
    from nudges_against_caps
    cross join feedback
    where
        nudges_against_caps.cap_reason_code is null
        and nudges_against_caps.channel = 'email'
        and not feedback.has_feedback

),

emails_against_limit as (

    select
        emails_in_order.nudge_id,
        case
            when emails_in_order.place > limits.emails_per_day_without_feedback
                then {{ add_microseconds('as_of.tick_at', day) }}
            else {{ add_microseconds('newest_of_day.attempted_at', day) }}
        end as email_opens_at
    from emails_in_order
    cross join limits
    cross join as_of
    left join messages_ranked as newest_of_day
        on
            newest_of_day.counted_for = 'email'
            and limits.emails_per_day_without_feedback - emails_in_order.place + 1 = newest_of_day.newness

),

-- The CSM hears first of those who have waited longest, and of the larger ones among them.
escalations_in_order as (

    select
        nudges_against_caps.nudge_id,
        nudges_against_caps.destination,
        nudges_against_caps.tick_at,
        nudges_against_caps.eligible_at,
        accounts_of_csms.csm_key,
        coalesce(quiet_hours.is_quiet, true) as is_quiet,
        quiet_hours.opened_at,
        coalesce(ledger.last_attempted_at, ledger.first_claimed_at) as tried_at,
        row_number() over (
            partition by accounts_of_csms.csm_key
            order by
                hours_overdue.hours_overdue desc nulls last,
                accounts_of_csms.seats desc nulls last,
                nudges_against_caps.due_at asc,
                nudges_against_caps.nudge_id asc
        ) as place
    from nudges_against_caps
    inner join accounts_of_csms
        on nudges_against_caps.account_id = accounts_of_csms.account_id
    left join hours_overdue
        on nudges_against_caps.account_id = hours_overdue.account_id
    left join quiet_hours
        on
            accounts_of_csms.country_code = quiet_hours.country_code
            and accounts_of_csms.timezone = quiet_hours.timezone
    left join ledger
        on nudges_against_caps.nudge_id = ledger.nudge_id
    where
        nudges_against_caps.cap_reason_code is null
        and nudges_against_caps.channel = 'human'

),

-- The morning's digest takes what had piled up before the day began, once a day: whoever has heard from us since then
-- has had it. What was in it and is to be tried again stays in it.
escalations_against_capacity as (

    select
        escalations_in_order.*,
        case
            when escalations_in_order.place > limits.csm_messages_per_day
                then {{ add_microseconds('escalations_in_order.tick_at', day) }}
            else {{ add_microseconds('newest_of_day.attempted_at', day) }}
        end as csm_opens_at,
        not escalations_in_order.is_quiet
        and escalations_in_order.destination in ('{{ digesting_destinations() | join("', '") }}')
        and coalesce(escalations_in_order.eligible_at < escalations_in_order.opened_at, false)
        and (
            coalesce(last_messages.attempted_at < escalations_in_order.opened_at, true)
            or coalesce(escalations_in_order.tried_at >= escalations_in_order.opened_at, false)
        ) as is_in_digest
    from escalations_in_order
    cross join limits
    left join messages_ranked as newest_of_day
        on
            newest_of_day.counted_for = 'csm'
            and escalations_in_order.csm_key = newest_of_day.counted_key
            and limits.csm_messages_per_day - escalations_in_order.place + 1 = newest_of_day.newness
    left join messages_ranked as last_messages
        on
            last_messages.counted_for = 'csm'
            and escalations_in_order.csm_key = last_messages.counted_key
            and last_messages.newness = 1

),

nudges_limited as (

    select
        nudges_against_caps.nudge_id,
        nudges_against_caps.account_id,
        case
            when nudges_against_caps.cap_reason_code is not null then nudges_against_caps.cap_reason_code
            when emails_against_limit.email_opens_at > nudges_against_caps.tick_at then 'email_without_feedback'
            when
                escalations_against_capacity.csm_opens_at > nudges_against_caps.tick_at
                and not escalations_against_capacity.is_in_digest
                then 'csm_over_capacity'
        end as reason_code,
        case
            when
                escalations_against_capacity.csm_opens_at > nudges_against_caps.tick_at
                and escalations_against_capacity.is_in_digest
                then {{ md5_hex(
                    "as_of.namespace || '|' || " ~ instant_to_text('escalations_against_capacity.opened_at')
                    ~ " || '|' || escalations_against_capacity.csm_key"
                ) }}
        end as digest_key,
        nudges_against_caps.account_opens_at,
        nudges_against_caps.person_opens_at,
        emails_against_limit.email_opens_at,
        escalations_against_capacity.csm_opens_at
    from nudges_against_caps
    cross join as_of
    left join emails_against_limit
        on nudges_against_caps.nudge_id = emails_against_limit.nudge_id
    left join escalations_against_capacity
        on nudges_against_caps.nudge_id = escalations_against_capacity.nudge_id

),

final as (

    select
        nudge_id,
        account_id,
        reason_code,
        digest_key,
        case reason_code
            when 'account_cap' then account_opens_at
            when 'person_cap' then person_opens_at
            when 'email_without_feedback' then email_opens_at
            when 'csm_over_capacity' then csm_opens_at
        end as opens_at
    from nudges_limited

)

select * from final
