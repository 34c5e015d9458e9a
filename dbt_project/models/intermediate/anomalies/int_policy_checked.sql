{{ config(materialized='view') }}

-- A policy that is new only looks once, and then waits for a person if many more nudges are due under it than before.
with nudges as (

    select * from {{ ref('int_nudges_scheduled') }}
    where is_due

),

accounts_guarded as (

    select * from {{ ref('int_accounts_guarded') }}

),

last_tick as (

    select * from {{ ref('int_ticks_measured') }}

),

limits as (

    select * from {{ ref('int_guard_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

nudges_wanted as (

    select count(*) as wanted
    from nudges
    inner join accounts_guarded
        on nudges.account_id = accounts_guarded.account_id
    where
        not accounts_guarded.is_window_over
        and coalesce(accounts_guarded.account_reason_code, '') not in (
            'internal', 'churned', 'not_enrolled', 'control'
        )

),

growth_compared as (

    select
        nudges_wanted.wanted,
        last_tick.has_any,
        last_tick.wanted as wanted_before,
        last_tick.is_policy_changed,
        last_tick.is_rehearsed,
        nudges_wanted.wanted - last_tick.wanted as growth,
        greatest(
            limits.policy_growth_floor_nudges,
            cast(limits.policy_growth_percent * last_tick.wanted as {{ double_type() }}) / 100
        ) as growth_allowed
    from nudges_wanted
    cross join last_tick
    cross join limits

),

-- A null anywhere is a check that failed: what cannot be compared is not known to be right. A replay is there to show
-- what this policy would have done.
policy_judged as (

    select
        growth_compared.*,
        growth_compared.has_any
        and not coalesce(as_of.is_replay, false)
        and coalesce(growth_compared.is_policy_changed, true)
        and (
            not growth_compared.is_rehearsed
            or coalesce(growth_compared.growth > growth_compared.growth_allowed, true)
        ) as is_tripped,
        as_of.tick_at
    from growth_compared
    cross join as_of

),

final as (

    select
        'policy' as check_name,
        'policy_changed' as reason_code,
        case when not has_any or growth < 0 then 0 else growth end as observed,
        wanted_before as baseline,
        case when is_policy_changed and not is_rehearsed then 0 else growth_allowed end as threshold,
        is_tripped,
        case
            when is_policy_changed and not is_rehearsed
                then 'more nudges than before are due under a policy whose first tick this is; it only looks'
            else 'more nudges than before are due, sent ones included, to accounts that may be written to'
        end as told,
        cast(wanted as bigint) as wanted,
        case when is_tripped and not is_rehearsed then {{ add_microseconds('tick_at', 1000000) }} end as looks_again_at
    from policy_judged

)

select * from final
