{% set day = 24 * 3600000000 %}
{% set week = 7 * day %}

-- What an account and a person get at most, and how many emails leave while nobody could tell that they annoy.
-- Everything starts from the nudges that nothing else stands against, which are few, and from a week of messages.
with nudges as (

    select * from {{ ref('int_nudges_stopped') }}
    where reason_code is null

),

messages as (

    select * from {{ ref('int_messages_counted') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

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
            order by
                contacts.updated_at desc nulls last,
                contacts.account_id asc,
                case when contacts.email is null then 1 else 0 end asc,
                contacts.email asc
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

-- Whose message it was, for each of those whose messages are counted.
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

final as (

    select
        nudges_against_caps.nudge_id,
        nudges_against_caps.account_id,
        nudges_against_caps.channel,
        nudges_against_caps.destination,
        nudges_against_caps.due_at,
        nudges_against_caps.eligible_at,
        case
            when nudges_against_caps.cap_reason_code is not null then nudges_against_caps.cap_reason_code
            when emails_against_limit.email_opens_at > nudges_against_caps.tick_at then 'email_without_feedback'
        end as reason_code,
        case
            when nudges_against_caps.cap_reason_code = 'account_cap' then nudges_against_caps.account_opens_at
            when nudges_against_caps.cap_reason_code = 'person_cap' then nudges_against_caps.person_opens_at
            when emails_against_limit.email_opens_at > nudges_against_caps.tick_at
                then emails_against_limit.email_opens_at
        end as opens_at
    from nudges_against_caps
    left join emails_against_limit
        on nudges_against_caps.nudge_id = emails_against_limit.nudge_id

)

select * from final
