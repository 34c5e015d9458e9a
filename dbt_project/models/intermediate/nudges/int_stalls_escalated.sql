{{ config(materialized='table', tags=['report']) }}

-- A slip is a stall from then until the next progress. Ours are none, and who has left or is no longer onboarding slips
-- as usual.
with slips as (

    select * from {{ ref('int_slips_of_all_time') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

escalations as (

    select * from {{ ref('int_escalations_sent') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

stalls as (

    select
        slips.account_id,
        slips.milestone_key,
        slips.started_at,
        slips.slips_at as stalled_at,
        case
            when slips.ended_at <= as_of.as_of and coalesce(accounts.churned_at > slips.ended_at, true)
                then slips.ended_at
        end as resolved_at
    from slips
    cross join limits
    cross join as_of
    inner join accounts
        on slips.account_id = accounts.account_id
    where
        slips.slips_at <= as_of.as_of
        and slips.slips_at <= {{ add_microseconds('accounts.signed_up_at', 'limits.onboarding_window_microseconds') }}
        and not accounts.is_internal
        and coalesce(accounts.churned_at > slips.slips_at, true)

),

-- Facts that arrive late may move a slip behind the message about it, so the whole step counts.
first_escalations as (

    select
        stalls.account_id,
        stalls.started_at,
        min(escalations.sent_at) as escalated_at
    from stalls
    inner join escalations
        on
            stalls.account_id = escalations.account_id
            and stalls.milestone_key = escalations.milestone_key
    where
        escalations.sent_at >= stalls.started_at
        and coalesce(escalations.sent_at < stalls.resolved_at, true)
    group by stalls.account_id, stalls.started_at

),

final as (

    select
        stalls.account_id,
        stalls.milestone_key,
        stalls.started_at,
        stalls.stalled_at,
        first_escalations.escalated_at,
        stalls.resolved_at
    from stalls
    left join first_escalations
        on
            stalls.account_id = first_escalations.account_id
            and stalls.started_at = first_escalations.started_at

)

select * from final
