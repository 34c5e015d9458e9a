with nudges as (

    select * from {{ ref('int_nudges_scheduled') }}

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

days_off as (

    select * from {{ ref('int_days_off') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

changes as (

    select changes_kept.*
    from ({{ decision_changes() }}) as changes_kept
    cross join as_of
    where changes_kept.tick_at < as_of.tick_at

),

nudges_unsent as (

    select
        nudges.nudge_id,
        nudges.account_id,
        nudges.channel,
        ledger.state,
        ledger.first_claimed_at
    from nudges
    left join ledger
        on nudges.nudge_id = ledger.nudge_id
    where coalesce(ledger.state, 'retryable') = 'retryable'

),

turns_ended as (

    select
        nudge_id,
        max(tick_at) as ended_at
    from changes
    where not {{ is_ageing('reason_code') }}
    group by nudge_id

),

-- Since when its turn has been there without a break.
turns as (

    select
        changes.nudge_id,
        min(changes.tick_at) as began_at
    from changes
    left join turns_ended
        on changes.nudge_id = turns_ended.nudge_id
    where
        coalesce(changes.tick_at > turns_ended.ended_at, true)
        and {{ is_ageing('changes.reason_code') }}
    group by changes.nudge_id

),

-- What has grown too old once is not revived by a pause: the next tier may have left since.
nudges_expired_before as (

    select distinct nudge_id
    from changes
    where reason_code = 'expired'

),

-- A nudge ages from when it was first tried, and one that nobody tried from when its turn came and it was put off, as
-- it keeps the next tier waiting. A card to the CSM keeps nobody waiting and tells what is true when it leaves.
requests as (

    select
        nudges_unsent.account_id,
        nudges_unsent.nudge_id as request_key,
        coalesce(nudges_unsent.first_claimed_at, turns.began_at) as starts_at,
        limits.max_nudge_age_microseconds as microseconds
    from nudges_unsent
    cross join limits
    left join turns
        on
            nudges_unsent.nudge_id = turns.nudge_id
            and nudges_unsent.channel <> 'human'
    where coalesce(nudges_unsent.first_claimed_at, turns.began_at) is not null

),

business_pauses as (

    select distinct
        accounts.account_id,
        days_off.held_from,
        days_off.held_until
    from requests
    inner join accounts
        on requests.account_id = accounts.account_id
    inner join days_off
        on
            coalesce(accounts.country_code, '') = days_off.country_code
            and accounts.timezone = days_off.timezone

),

expiries as (

    {{ deadlines('requests', 'business_pauses') }}

),

final as (

    select
        nudges_unsent.nudge_id,
        expiries.deadline_at as expires_at,
        nudges_expired_before.nudge_id is not null
        or coalesce(expiries.deadline_at < as_of.tick_at, false) as is_expired
    from nudges_unsent
    cross join as_of
    left join expiries
        on nudges_unsent.nudge_id = expiries.request_key
    left join nudges_expired_before
        on nudges_unsent.nudge_id = nudges_expired_before.nudge_id
    where expiries.request_key is not null or nudges_expired_before.nudge_id is not null

)

select * from final
