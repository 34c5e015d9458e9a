{% set day = 24 * 3600000000 %}
{% set fewest_weeks = 2 %}

-- What would tell of a broken load or a mistake in the policy rather than of customers. As long as one holds, nothing
-- leaves, and not as much as a ceiling would let through.
with slips as (

    select * from {{ ref('int_slips_timed') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

accounts_guarded as (

    select * from {{ ref('int_accounts_guarded') }}

),

milestones as (

    select * from {{ ref('fct_account_milestones') }}

),

nudges as (

    select * from {{ ref('int_nudges_scheduled') }}
    where is_due

),

ticks as (

    select * from {{ ref('stg_nudges__ticks') }}

),

halts as (

    select * from {{ ref('stg_nudges__nudge_halts') }}

),

days_loaded as (

    select * from {{ ref('int_days_loaded') }}

),

policy_hash as (

    select * from {{ ref('int_policy_hashed') }}

),

window_limits as (

    select * from {{ ref('int_limits') }}

),

limits as (

    select * from {{ ref('int_guard_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- The last finished tick from which something could leave, and what has finished since then. Ticks of a time when
-- nothing was counted are no measure.
ticks_ranked as (

    select
        ticks.*,
        row_number() over (
            order by
                case when coalesce(ticks.is_held, false) then 1 else 0 end,
                ticks.finished_at desc,
                ticks.fence desc
        ) as recency
    from ticks
    inner join as_of
        on ticks.namespace = as_of.namespace
    where
        ticks.finished_at <= as_of.tick_at
        and ticks.wanted is not null

),

last_tick as (

    select
        max(case when recency = 1 then as_of end) as as_of,
        max(case when recency = 1 then finished_at end) as finished_at,
        max(case when recency = 1 then policy_hash end) as policy_hash,
        max(case when recency = 1 then wanted end) as wanted,
        max(case when recency = 1 then slips end) as slips,
        min(case when not coalesce(is_held, false) then as_of end) as first_as_of,
        count(*) > 0 as has_any
    from ticks_ranked

),

rehearsals as (

    select count(*) > 0 as has_any
    from ticks_ranked
    cross join last_tick
    cross join policy_hash
    where
        ticks_ranked.finished_at > last_tick.finished_at
        and ticks_ranked.policy_hash = policy_hash.policy_hash

),

releases_ranked as (

    select
        halts.up_to,
        halts.policy_hash,
        halts.until_at,
        row_number() over (order by halts.recorded_at desc, halts.halt_id desc) as recency
    from halts
    cross join as_of
    where
        halts.scope = 'anomaly'
        and halts.released_at is not null
        and halts.recorded_at <= as_of.tick_at

),

-- A person's word holds as long as it says, under the policy of which it was said.
release as (

    select max(releases_ranked.up_to) as up_to
    from releases_ranked
    cross join policy_hash
    cross join as_of
    where
        releases_ranked.recency = 1
        and releases_ranked.policy_hash = policy_hash.policy_hash
        and releases_ranked.until_at > as_of.tick_at

),

slips_made as (

    select
        slips.account_id,
        slips.slips_at
    from slips
    cross join window_limits
    cross join as_of
    inner join accounts
        on slips.account_id = accounts.account_id
    where
        slips.slips_at <= as_of.as_of
        and slips.slips_at > {{ add_microseconds('as_of.as_of', '-1 * ' ~ (63 * day)) }}
        and slips.slips_at <= {{ add_microseconds(
            'accounts.signed_up_at', 'window_limits.onboarding_window_microseconds'
        ) }}
        and not accounts.is_internal
        and coalesce(accounts.churned_at > slips.slips_at, true)

),

slips_summed as (

    select
        count(
            case
                when
                    slips_made.slips_at <= last_tick.as_of
                    and slips_made.slips_at > {{ add_microseconds('last_tick.as_of', '-1 * ' ~ (28 * day)) }}
                    then 1
            end
        ) as slips_until_last_tick,
        count(
            case
                when slips_made.slips_at > {{ add_microseconds('as_of.as_of', '-1 * ' ~ (28 * day)) }}
                    then 1
            end
        ) as slips_in_four_weeks
    from slips_made
    cross join as_of
    cross join last_tick

),

-- What had slipped when the first tick came that was not held back is the history by which days are measured, and no
-- news of its own day.
counts_by_day as (

    select
        'slips' as series_key,
        cast(slips_made.slips_at as date) as counted_on,
        count(*) as amount
    from slips_made
    cross join last_tick
    cross join as_of
    where
        slips_made.slips_at > last_tick.first_as_of
        or cast(slips_made.slips_at as date) < {{ days_after('cast(as_of.as_of as date)', '-1') }}
    group by cast(slips_made.slips_at as date)
    union all
    select
        'completions of ' || milestones.milestone_key as series_key,
        cast(milestones.completed_at as date) as counted_on,
        count(*) as amount
    from milestones
    cross join as_of
    where
        milestones.completed_at <= as_of.as_of
        and milestones.completed_at > {{ add_microseconds('as_of.as_of', '-1 * ' ~ (31 * day)) }}
    group by milestones.milestone_key, cast(milestones.completed_at as date)

),

history_begun as (

    select min(cast(signed_up_at as date)) as counted_from
    from accounts

),

-- The day of the facts and the one before it: what went wrong just before midnight is no less wrong after it. Whether
-- nothing was completed can be said of a day that is over.
days_judged as (

    select
        'slips' as series_key,
        cast(as_of.as_of as date) as judged_on,
        history_begun.counted_from
    from as_of
    cross join history_begun
    union all
    select
        'slips' as series_key,
        {{ days_after('cast(as_of.as_of as date)', '-1') }} as judged_on,
        history_begun.counted_from
    from as_of
    cross join history_begun
    union all
    select distinct
        counts_by_day.series_key,
        {{ days_after('cast(as_of.as_of as date)', '-1') }} as judged_on,
        history_begun.counted_from
    from counts_by_day
    cross join as_of
    cross join history_begun
    where counts_by_day.series_key <> 'slips'

),

days_compared as (

    {{ weekday_medians('days_judged', 'counts_by_day') }}

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

event_rows_summed as (

    select coalesce(sum(event_rows), 0) as event_rows from days_loaded

),

-- A null anywhere is a check that failed: what cannot be compared is not known to be right.
checks as (

    select
        'slips of ' || cast(days_compared.judged_on as {{ dbt.type_string() }}) as check_name,
        'anomaly_tripped' as reason_code,
        days_compared.observed,
        days_compared.median as baseline,
        greatest(limits.anomaly_floor_slips, limits.anomaly_factor * coalesce(days_compared.median, 0)) as threshold,
        days_compared.weeks >= {{ fewest_weeks }}
        and coalesce(
            days_compared.observed
            > greatest(limits.anomaly_floor_slips, limits.anomaly_factor * coalesce(days_compared.median, 0)),
            true
        ) as is_tripped,
        'accounts slipped on that day since the first tick; usual is the median of its weekday in the four weeks before'
            as told
    from days_compared
    cross join limits
    where days_compared.series_key = 'slips'
    union all
    select
        days_compared.series_key || ' on ' || cast(days_compared.judged_on as {{ dbt.type_string() }}) as check_name,
        'anomaly_tripped' as reason_code,
        days_compared.observed,
        days_compared.median as baseline,
        case when days_compared.median > limits.silent_milestone_median then 1 else 0 end as threshold,
        days_compared.weeks >= {{ fewest_weeks }}
        and days_compared.observed = 0
        and coalesce(days_compared.median > limits.silent_milestone_median, true) as is_tripped,
        'accounts completed the milestone on that day; none at all, where the weekday has its number, is an event that '
        || 'does not arrive any more' as told
    from days_compared
    cross join limits
    where days_compared.series_key <> 'slips'
    union all
    select
        'slips known late' as check_name,
        'anomaly_tripped' as reason_code,
        case
            when last_tick.has_any then greatest(slips_summed.slips_until_last_tick - last_tick.slips, 0)
            else 0
        end as observed,
        last_tick.slips / 28.0 as baseline,
        greatest(limits.anomaly_floor_slips, limits.anomaly_factor * last_tick.slips / 28.0) as threshold,
        last_tick.has_any
        and coalesce(
            slips_summed.slips_until_last_tick - last_tick.slips
            > greatest(limits.anomaly_floor_slips, limits.anomaly_factor * last_tick.slips / 28.0),
            true
        ) as is_tripped,
        'accounts slipped before the last tick, which did not know of it: a load of old rows, or another policy; '
        || 'usual is what slipped on a day of the four weeks before' as told
    from slips_summed
    cross join last_tick
    cross join limits
    union all
    select
        'policy' as check_name,
        'policy_changed' as reason_code,
        case when last_tick.has_any then greatest(nudges_wanted.wanted - last_tick.wanted, 0) else 0 end as observed,
        last_tick.wanted as baseline,
        case
            when last_tick.policy_hash <> policy_hash.policy_hash and not rehearsals.has_any then 0
            else greatest(
                limits.policy_growth_floor_nudges,
                limits.policy_growth_percent * last_tick.wanted / 100
            )
        end as threshold,
        last_tick.has_any
        -- A replay is there to show what this policy would have done.
        and not coalesce(as_of.is_replay, false)
        and coalesce(last_tick.policy_hash <> policy_hash.policy_hash, true)
        and (
            not rehearsals.has_any
            or coalesce(
                nudges_wanted.wanted - last_tick.wanted
                > greatest(
                    limits.policy_growth_floor_nudges,
                    limits.policy_growth_percent * last_tick.wanted / 100
                ),
                true
            )
        ) as is_tripped,
        case
            when last_tick.policy_hash <> policy_hash.policy_hash and not rehearsals.has_any
                then 'more nudges than before are due under a policy whose first tick this is; it only looks'
            else 'more nudges than before are due, sent ones included, to accounts that may be written to'
        end as told
    from nudges_wanted
    cross join last_tick
    cross join rehearsals
    cross join policy_hash
    cross join limits
    cross join as_of
    union all
    select
        'event rows' as check_name,
        'anomaly_tripped' as reason_code,
        event_rows_summed.event_rows as observed,
        null as baseline,
        1 as threshold,
        event_rows_summed.event_rows = 0 as is_tripped,
        'event rows were ever read; without any, nobody can be seen to have done anything' as told
    from event_rows_summed

),

checks_released as (

    select
        checks.*,
        checks.is_tripped
        and checks.check_name <> 'event rows'
        and coalesce(release.up_to >= checks.observed, false) as is_released
    from checks
    cross join release

),

final as (

    select
        checks_released.check_name,
        checks_released.reason_code,
        cast(checks_released.observed as bigint) as observed,
        cast(checks_released.baseline as {{ double_type() }}) as baseline,
        cast(checks_released.threshold as {{ double_type() }}) as threshold,
        checks_released.is_tripped,
        checks_released.is_released,
        checks_released.is_tripped and not checks_released.is_released as is_holding,
        cast(cast(checks_released.observed as bigint) as {{ dbt.type_string() }}) || ' ' || checks_released.told as why,
        case when checks_released.check_name = 'policy' then cast(nudges_wanted.wanted as bigint) end as wanted,
        case
            when checks_released.check_name = 'slips known late' then cast(slips_summed.slips_in_four_weeks as bigint)
        end as slips,
        case
            when
                checks_released.check_name = 'policy'
                and checks_released.is_tripped
                and not checks_released.is_released
                and not rehearsals.has_any
                then {{ add_microseconds('as_of.tick_at', 1000000) }}
        end as looks_again_at,
        as_of.as_of,
        as_of.tick_at
    from checks_released
    cross join rehearsals
    cross join nudges_wanted
    cross join slips_summed
    cross join as_of

)

select * from final
