{% set week = 7 * 24 * 3600000000 %}

-- What may have arrived counts like what has, from when it was attempted. What is to leave again under its own key is
-- the same message, which must not stand in its own way.
with nudges as (

    select * from {{ ref('int_nudges_stopped') }}
    where reason_code is null

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}
    where is_possibly_sent

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

messages as (

    select
        ledger.nudge_id,
        ledger.account_id,
        ledger.channel,
        ledger.contact_id,
        coalesce(ledger.delivery_id, ledger.nudge_id) as delivery_id,
        coalesce(ledger.last_attempted_at, ledger.sent_at) as attempted_at
    from ledger
    left join nudges
        on ledger.nudge_id = nudges.nudge_id
    where nudges.nudge_id is null

),

final as (

    select messages.*
    from messages
    cross join as_of
    where
        messages.attempted_at > {{ add_microseconds('as_of.tick_at', '-1 * ' ~ week) }}
        and {{ is_known_to_replay('messages.attempted_at') }}

)

select * from final
