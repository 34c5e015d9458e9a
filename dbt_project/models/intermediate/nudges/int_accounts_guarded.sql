with accounts as (

    select * from {{ ref('dim_accounts') }}

),

enrolments as (

    select * from {{ ref('int_accounts_enrolled') }}

),

holds as (

    select * from {{ ref('int_holds_merged') }}

),

touches as (

    select * from {{ ref('int_accounts_touched') }}

),

complaints as (

    select * from {{ ref('int_accounts_complained') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

holds_in_force as (

    select
        holds.account_id,
        max(holds.held_from) as held_from
    from holds
    cross join as_of
    where
        holds.held_from <= as_of.tick_at
        and coalesce(holds.held_until > as_of.tick_at, true)
    group by holds.account_id

),

-- The reasons that hold for every nudge of an account, in the order in which they are given.
final as (

    select
        accounts.account_id,
        enrolments.arm,
        case
            when accounts.is_internal then 'internal'
            when accounts.churned_at <= as_of.as_of then 'churned'
            when enrolments.account_id is null then 'not_enrolled'
            when enrolments.arm <> 'treatment' then 'control'
            when holds_in_force.account_id is not null then 'on_hold'
            when touches.is_with_csm then 'with_csm'
            when touches.is_handled_by_csm then 'handled_by_csm'
            when touches.is_not_relevant then 'not_relevant'
        end as account_reason_code,
        as_of.tick_at
        > {{ add_microseconds('accounts.signed_up_at', 'limits.onboarding_window_microseconds') }} as is_window_over,
        complaints.account_id is not null as has_complaint,
        {{ is_allowed_recipient('accounts.csm_email') }} as is_csm_allowed,
        coalesce(accounts.country_code, '') as country_code,
        accounts.timezone
    from accounts
    cross join limits
    cross join as_of
    left join enrolments
        on accounts.account_id = enrolments.account_id
    left join holds_in_force
        on accounts.account_id = holds_in_force.account_id
    left join touches
        on accounts.account_id = touches.account_id
    left join complaints
        on accounts.account_id = complaints.account_id

)

select * from final
