"""Draws the demo's accounts: id, arm, path, story and the true instant of sign-up.

The result is the temp table `demo_accounts`, one row per account that ever appears (history, future sign-ups,
and the reserve that the feeder enters late). When milestones are reached is drawn in `journeys`; nothing raw
is written here.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from dagster_project.demo.policy import DEFAULT_PATH, DemoPolicy
from dagster_project.demo.stories import (
    BACK_SHARE,
    EFFECT_MIN_AGE_DAYS,
    HELPED_FACTOR,
    JOURNEYS,
    OTHER_PATH_SHARE,
    SPECIAL_IDS,
    TRAITS,
)

RESERVE_ACCOUNTS = 600
"""Accounts that the feeder may enter late, about 20 for every hour in which somebody watches."""

FUTURE_HOURS = 48
WORKSPACE_SHARE = 0.1
"""Accounts whose Mixpanel rows carry the id of a workspace instead of the account's."""


@dataclass(frozen=True)
class Scale:
    """How big a world is wanted and where its present is (`now`: text of a naive UTC instant)."""

    accounts: int
    days: int
    seed: int
    now: str
    events: int
    cast: int
    """How many of the accounts play the stories told apart; the others have an ordinary life."""
    has_effect: bool = True
    """Whether nudges help in this world."""

    @property
    def future_accounts(self) -> int:
        """Sign-ups of the two days after `now`, at the pace of the days before."""
        return max(4, round(self.accounts * 2 / max(self.days, 2)))


def prepare_draws(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Macros for seeded draws; MD5 and not `hash()`, whose values change between versions of the engine."""
    connection.execute(
        f"""create or replace temp macro draw(tag, i) as
        (md5_number_lower('{seed}:' || tag || ':' || i) >> 11)::double / 9007199254740992.0"""
    )
    connection.execute(
        "create or replace temp macro shuffled(tag, i) as md5(tag || '/' || draw(tag, i) || '/' || i)"
    )
    connection.execute(
        "create or replace temp macro loaded_day(instant) as "
        "(time_bucket(interval 1 minute, instant) + interval 1 minute)::date"
    )
    connection.execute("create or replace temp macro logit(p) as ln(p / (1 - p))")
    connection.execute(
        "create or replace temp macro after_hours(instant, hours) as "
        "instant + to_microseconds((hours * 3600000000)::bigint)"
    )


def draw_accounts(connection: duckdb.DuckDBPyConnection, policy: DemoPolicy, scale: Scale) -> None:
    """Fill `demo_accounts` and `demo_gaps` (hours that each step takes each account)."""
    connection.execute(
        "create or replace temp table demo_traits (trait varchar, share_from double, share_to double, "
        "is_stuck boolean, slipped_from double, slipped_to double)"
    )
    delays = {0: 0.0, 1: policy.first_delay_hours, 2: policy.second_delay_hours, 3: policy.third_delay_hours}
    reached = 0.0
    for trait in TRAITS:
        offset = delays[trait.after_tier]
        connection.execute(
            "insert into demo_traits values (?, ?, ?, ?, ?, ?)",
            [
                trait.name,
                reached,
                reached + trait.share,
                trait.is_stuck,
                None if trait.slipped_from is None else trait.slipped_from + offset,
                None if trait.slipped_to is None else trait.slipped_to + offset,
            ],
        )
        reached += trait.share
    connection.execute(_drawn(policy, scale))
    connection.execute(_lived(scale))
    connection.execute(_gaps(scale))
    connection.execute(_signed_up(scale))


def arm_sql(policy: DemoPolicy, account_id: str, signed_up_at: str) -> str:
    """The documented assignment: first 8 hex digits of md5(salt:account), modulo 10000, against the epoch's
    share.
    """
    bucket = f"(('0x' || substr(md5('{policy.salt}:' || {account_id}), 1, 8))::ubigint % 10000)"
    share = f"(select max_by(treatment_share, starts_at) from demo_epochs where starts_at <= {signed_up_at})"
    return (
        f"case when {share} is null then null when {bucket} < {share} * 10000 "
        f"and {bucket} < 10000 * (1 - {policy.holdout_share}) then 'treatment' else 'control' end"
    )


def _drawn(policy: DemoPolicy, scale: Scale) -> str:
    special = " ".join(f"when {place} then '{name}'" for place, name in enumerate(SPECIAL_IDS))
    total = scale.accounts + scale.future_accounts + RESERVE_ACCOUNTS
    others = [key for key in policy.path_keys if key != DEFAULT_PATH]
    path = " ".join(
        f"when draw('path', idx) < {OTHER_PATH_SHARE * (place + 1)} then '{key}'"
        for place, key in enumerate(others)
    )
    return f"""
    create or replace temp table demo_drawn as
    with numbered as (
        select range as idx,
            case range {special} else 'acct_' || substr(md5('{scale.seed}:account:' || range), 1, 10)
                end as account_id,
            case when range < {scale.accounts} then 'history'
                when range < {scale.accounts + scale.future_accounts} then 'future' else 'reserve'
                    end as population
        from range({total})
    ),
    dated as (
        select *,
            case when population = 'history' and idx < {len(SPECIAL_IDS)}
                    then after_hours(timestamp '{scale.now}', -{scale.days} * 12.0)
                when population = 'history'
                    then after_hours(timestamp '{scale.now}',
                        -{scale.days} * 24.0 * pow(draw('age', idx), 1.3) - 0.05)
                when population = 'future'
                    then after_hours(timestamp '{scale.now}', {FUTURE_HOURS} * draw('age', idx) + 0.01)
                else timestamp '{scale.now}' end as drawn_at
        from numbered
    ),
    in_office_hours as (
        select *,
            date_trunc('day', drawn_at) - to_days(case when isodow(drawn_at) > 5 then 2 else 0 end)
                + to_microseconds(((7 + 11 * draw('hour', idx)) * 3600000000)::bigint) as office_at
        from dated
    ),
    placed as (
        select idx, account_id, population,
            case when population = 'history' and idx >= {len(SPECIAL_IDS)} and draw('office', idx) < 0.75
                    and office_at < drawn_at + interval 1 day
                        and office_at < timestamp '{scale.now}' - interval 1 hour
                    and office_at > timestamp '{scale.now}' - interval {scale.days} day
                then office_at else drawn_at end as drawn_at,
            case {path or "when false then ''"} else '{DEFAULT_PATH}' end as drawn_path
        from in_office_hours
    )
    select *, {arm_sql(policy, "account_id", "drawn_at")} as arm from placed
    """


def _lived(scale: Scale) -> str:
    """Trait and journey by rank inside the arm: exact shares in both arms, without luck."""
    journeys, reached = [], 0.0
    for name, share in JOURNEYS:
        reached += share
        journeys.append(f"when journey_rank < {reached:.4f} then '{name}'")
    # Evenly over the accounts that the planted effect compares, too: few are treated, and luck would hide it.
    alike = "arm, trait, is_ordinary, is_old, path_key"
    alike_in_pace = "arm, is_stuck, is_old, path_key, journey in ('dropout', 'failing_integration')"
    return f"""
    create or replace temp table demo_lived as
    with ranked as (
        select *, population = 'history' and idx >= {len(SPECIAL_IDS)} as is_ordinary,
            population = 'history' and idx >= {len(SPECIAL_IDS)} and idx < {scale.cast} as is_cast,
            drawn_at <= timestamp '{scale.now}' - interval {EFFECT_MIN_AGE_DAYS} day as is_old,
            (row_number() over (partition by arm, is_cast order by shuffled('trait', idx)) - 0.5)
                / count(*) over (partition by arm, is_cast) as trait_rank
        from demo_drawn
    ),
    with_trait as (
        select ranked.*, case when is_cast then coalesce(demo_traits.trait, 'plain') else 'plain'
            end as trait,
            is_cast and coalesce(demo_traits.is_stuck, false) as is_stuck, slipped_from, slipped_to
        from ranked left join demo_traits on trait_rank >= share_from and trait_rank < share_to
    ),
    with_path as (
        select * exclude (drawn_path),
            case when trait = 'plain' and is_ordinary or population = 'future' then drawn_path
                else '{DEFAULT_PATH}' end as path_key
        from with_trait
    ),
    with_journey_rank as (
        select *, (row_number() over (partition by {alike} order by shuffled('journey', idx)) - 0.5)
                / count(*) over (partition by {alike}) as journey_rank
        from with_path
    ),
    with_journey as (
        select *, case when trait <> 'plain' or not is_ordinary then 'normal' {" ".join(journeys)}
            else 'normal' end as journey
        from with_journey_rank
    ),
    with_pace as (
        select *, (row_number() over (partition by {alike_in_pace} order by shuffled('pace', idx)) - 0.5)
                / count(*) over (partition by {alike_in_pace}) as pace_rank
        from with_journey
    )
    select * exclude (trait_rank, journey_rank, is_cast, is_ordinary, is_old, pace_rank),
        least(greatest(pace_rank, 0.004), 0.996) as pace,
        {str(scale.has_effect).lower()} and journey = 'dropout' and draw('back', idx) < {BACK_SHARE}
            as is_brought_back
    from with_pace
    """


def _gaps(scale: Scale) -> str:
    """Hours of each step in either arm. A nudge comes after a slip, so that both are the same up to there."""
    factor = HELPED_FACTOR if scale.has_effect else 1.0
    return f"""
    create or replace temp table demo_gaps as
    with lengths as (select path_key, max(milestone_order) as steps from demo_steps group by path_key),
    shaped as (
        select idx, arm, steps.milestone_order, slip_hours, is_stuck, journey, is_brought_back,
            floor(lengths.steps * draw('stop', idx)) + 1 as missing_order,
            0.85 * expected_hours
                * exp(0.15 * logit(0.002 + 0.996 * draw('step' || steps.milestone_order, idx)))
                * exp(0.45 * logit(pace))
                * case when journey = 'ahead' then 0.12 else 1 end as gap_hours
        from demo_lived join demo_steps as steps using (path_key) join lengths using (path_key)
    ),
    in_control as (
        select * exclude (gap_hours), case when journey = 'early_bird' and milestone_order = 1 then -3.0
            when is_stuck then least(gap_hours, 0.9 * slip_hours)
            else gap_hours end as control_hours
        from shaped
    ),
    in_both_arms as (
        select idx, arm, milestone_order, control_hours,
            case when is_brought_back and milestone_order = missing_order
                    then slip_hours * (1.1 + 0.6 * draw('back_after', idx))
                when control_hours > slip_hours then slip_hours + {factor} * (control_hours - slip_hours)
                else control_hours end as treatment_hours
        from in_control
    )
    select idx, milestone_order, control_hours, treatment_hours,
        case when arm = 'treatment' then treatment_hours else control_hours end as gap_hours
    from in_both_arms
    """


def _signed_up(scale: Scale) -> str:
    """A stuck account's sign-up is counted back from the instant at which it is to slip."""
    return f"""
    create or replace temp table demo_accounts as
    with lengths as (
        select path_key, max(milestone_order) as steps,
            min(milestone_order) filter (where is_integration) as integration_order
        from demo_steps group by path_key
    ),
    stopped as (
        select lived.*, steps, integration_order,
            case when is_stuck then least(1 + floor(2 * draw('stop', idx))::integer, steps - 1)
                when journey = 'failing_integration' then coalesce(integration_order - 1, steps)
                when journey = 'dropout' and not (is_brought_back and arm = 'treatment')
                    then floor(steps * draw('stop', idx))::integer
                else steps end as stop_after
        from demo_lived as lived join lengths using (path_key)
    ),
    reached as (
        select stopped.*, coalesce(next_step.slip_hours, 0) as slip_hours,
            coalesce((select sum(gap_hours) from demo_gaps where demo_gaps.idx = stopped.idx
                and demo_gaps.milestone_order <= stopped.stop_after), 0) as reach_hours
        from stopped left join demo_steps as next_step
            on next_step.path_key = stopped.path_key and next_step.milestone_order = stopped.stop_after + 1
    ),
    slipping as (
        select *, case when is_stuck then greatest(
            slipped_from + (slipped_to - slipped_from) * draw('slip', idx), 0.05 - slip_hours)
                end as slipped_hours_ago
        from reached
    ),
    placed as (
        select *, case when is_stuck
                then after_hours(timestamp '{scale.now}', -slipped_hours_ago - slip_hours - reach_hours)
            when trait = 'signs_up_later'
                then after_hours(timestamp '{scale.now}', 24 * (3 + 17 * draw('slip', idx)))
            else drawn_at end as signed_up_at
        from slipping
    ),
    merges as (
        select gone.idx, kept.idx as merged_into from
            (select idx, row_number() over (order by idx) as pair from placed where trait = 'merged_away') as
                gone
            join (select idx, row_number() over (order by shuffled('merge', idx)) as pair from placed
                where trait = 'plain' and journey = 'normal' and population = 'history'
                    and path_key = '{DEFAULT_PATH}' and idx >= {len(SPECIAL_IDS)}
                    and signed_up_at < timestamp '{scale.now}' - interval 1 day) as kept using (pair)
    )
    select placed.* exclude (slipped_from, slipped_to, drawn_at, reach_hours), merges.merged_into,
        after_hours(timestamp '{scale.now}', -slipped_hours_ago) as slips_at,
        trait not in ('signs_up_later', 'merged_away') and population <> 'reserve' as has_life,
        population <> 'reserve' and (journey = 'failing_integration' and integration_order is not null
            or is_stuck and stop_after + 1 = integration_order and draw('failing', idx) < 0.6) as
                has_failing_integration,
        idx >= {len(SPECIAL_IDS)} and draw('workspace', idx) < {WORKSPACE_SHARE} as has_workspace,
        case when trait = 'no_contact' then 0 else 1 + floor(4 * pow(draw('contacts', idx), 2))::integer
            end as contacts,
        (row_number() over (order by signed_up_at, idx) - 1) as sign_up_rank
    from placed left join merges using (idx)
    """
