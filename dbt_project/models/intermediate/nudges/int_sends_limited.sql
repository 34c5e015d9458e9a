{% set day = 24 * 3600000000 %}

-- What a CSM can read in a day comes on top of the caps: the rest is ranked, and leaves as one digest in the morning.
with nudges as (

    select * from {{ ref('int_caps_checked') }}

),

messages as (

    select * from {{ ref('int_messages_counted') }}
    where channel = 'human'

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}

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

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

accounts_met as (

    select account_id from nudges
    where channel = 'human'
    union distinct
    select account_id from messages

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

-- A digest is one message to the CSM.
messages_of_csms as (

    select
        accounts_of_csms.csm_key,
        max(messages.attempted_at) as attempted_at
    from messages
    inner join accounts_of_csms
        on messages.account_id = accounts_of_csms.account_id
    group by accounts_of_csms.csm_key, messages.delivery_id

),

messages_ranked as (

    select
        csm_key,
        attempted_at,
        row_number() over (partition by csm_key order by attempted_at desc) as newness
    from messages_of_csms

),

-- The CSM hears first of those who have waited longest, and of the larger ones among them.
escalations_in_order as (

    select
        nudges.nudge_id,
        nudges.destination,
        nudges.eligible_at,
        accounts_of_csms.csm_key,
        coalesce(quiet_hours.is_quiet, true) as is_quiet,
        quiet_hours.opened_at,
        coalesce(ledger.last_attempted_at, ledger.first_claimed_at) as tried_at,
        row_number() over (
            partition by accounts_of_csms.csm_key
            order by
                hours_overdue.hours_overdue desc nulls last,
                accounts_of_csms.seats desc nulls last,
                nudges.due_at asc,
                nudges.nudge_id asc
        ) as place
    from nudges
    inner join accounts_of_csms
        on nudges.account_id = accounts_of_csms.account_id
    left join hours_overdue
        on nudges.account_id = hours_overdue.account_id
    left join quiet_hours
        on
            accounts_of_csms.country_code = quiet_hours.country_code
            and accounts_of_csms.timezone = quiet_hours.timezone
    left join ledger
        on nudges.nudge_id = ledger.nudge_id
    where
        nudges.reason_code is null
        and nudges.channel = 'human'

),

-- The morning's digest takes what had piled up before the day began, once a day: whoever has heard from us since then
-- has had it. What was in it and is to be tried again stays in it.
escalations_against_capacity as (

    select
        escalations_in_order.*,
        case
            when escalations_in_order.place > limits.csm_messages_per_day
                then {{ add_microseconds('as_of.tick_at', day) }}
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
    cross join as_of
    left join messages_ranked as newest_of_day
        on
            escalations_in_order.csm_key = newest_of_day.csm_key
            and limits.csm_messages_per_day - escalations_in_order.place + 1 = newest_of_day.newness
    left join messages_ranked as last_messages
        on
            escalations_in_order.csm_key = last_messages.csm_key
            and last_messages.newness = 1

),

escalations_limited as (

    select
        escalations_against_capacity.*,
        coalesce(escalations_against_capacity.csm_opens_at > as_of.tick_at, false) as is_over_capacity,
        as_of.namespace
    from escalations_against_capacity
    cross join as_of

),

final as (

    select
        nudges.nudge_id,
        nudges.account_id,
        case
            when nudges.reason_code is not null then nudges.reason_code
            when escalations_limited.is_over_capacity and not escalations_limited.is_in_digest then 'csm_over_capacity'
        end as reason_code,
        case
            when escalations_limited.is_over_capacity and escalations_limited.is_in_digest
                then {{ md5_hex(
                    "escalations_limited.namespace || '|' || " ~ instant_to_text('escalations_limited.opened_at')
                    ~ " || '|' || escalations_limited.csm_key"
                ) }}
        end as digest_key,
        case
            when nudges.reason_code is not null then nudges.opens_at
            when escalations_limited.is_over_capacity and not escalations_limited.is_in_digest
                then escalations_limited.csm_opens_at
        end as opens_at
    from nudges
    left join escalations_limited
        on nudges.nudge_id = escalations_limited.nudge_id

)

select * from final
