"""The facts that the demo plants: what each is, its number from the generator's own knowledge, and the SQL
that finds it.

The planted side reads only what the generator drew (`demo_accounts`, `demo_wire` and the like), never the
product's tables; the found side reads only the product's public relations. The summary sets one beside the
other.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from dagster_project.demo.accounts import Scale, arm_sql
from dagster_project.demo.policy import DEFAULT_PATH, DemoPolicy
from dagster_project.demo.stories import EFFECT_MIN_AGE_DAYS

AHEAD_HOURS = 36


@dataclass(frozen=True)
class Fact:
    """One planted fact; both sides are SQL that gives one number."""

    key: str
    description: str
    planted_sql: str
    found_sql: str
    tolerance: float = 0.0


def record_planted_facts(connection: duckdb.DuckDBPyConnection, policy: DemoPolicy, scale: Scale) -> None:
    """Fill `planted.facts` and `planted.showcase` (up to three accounts for each story, to look at)."""
    connection.execute(_known(scale))
    connection.execute(_standing(policy, scale))
    connection.execute(
        "create table planted.facts (fact_key varchar, description varchar, planted_value double, "
        "found_sql varchar, tolerance double)"
    )
    for fact in _facts(scale):
        row = connection.execute(fact.planted_sql).fetchone()
        if row is None or row[0] is None:
            continue
        connection.execute(
            "insert into planted.facts values (?, ?, ?, ?, ?)",
            [fact.key, fact.description, row[0], fact.found_sql, fact.tolerance],
        )
    connection.execute(
        """create table planted.showcase as
        select story, account_id, arm from (
            select case when journey <> 'normal' then journey else trait end as story, account_id, arm,
                row_number() over (partition by story order by arm = 'treatment' desc, is_slipped desc, idx)
                    as place
            from demo_standing
        ) where place <= 3 order by story, place"""
    )


def _known(scale: Scale) -> str:
    """What has been told of each milestone by now: its earliest usable occurrence, and when the first word of
    it came.
    """
    return f"""
    create or replace temp table demo_known as
    select split_part(event_id, '-', 2)::bigint as idx,
        split_part(event_id, '-', 3)::integer as milestone_order,
        min(occurred_at) as completed_at,
        min(least(time_bucket(interval 1 minute, received_at) + interval 1 minute, timestamp '{scale.now}'))
            as known_at
    from demo_wire where event_id like 'm-%' and received_at <= timestamp '{scale.now}' group by 1, 2
    """


def _standing(policy: DemoPolicy, scale: Scale) -> str:
    """Where each existing account stands: furthest, next, and whether it has slipped (with its one hold, if
    any).
    """
    return f"""
    create or replace temp table demo_standing as
    with reached as (
        select idx, max(milestone_order) as furthest, count(*) as completed, max(completed_at) as reached_at
        from demo_known group by idx
    ),
    existing as (
        select accounts.*, coalesce(furthest, 0) as furthest, coalesce(completed, 0) as completed,
            greatest(signed_up_at, reached_at) as last_progress_at
        from demo_accounts as accounts left join reached using (idx)
        where population = 'history' and has_life
    ),
    held as (
        select existing.* exclude (arm, slips_at, slip_hours),
            {arm_sql(policy, "account_id", "signed_up_at")} as arm,
            after_hours(last_progress_at, next_step.slip_hours) as unheld_slips_at,
            after_hours(last_progress_at, next_step.slip_hours + {policy.first_delay_hours}) as unheld_due_at,
            holds.account_id is not null as has_hold, held_from, held_until
        from existing left join demo_steps as next_step
            on next_step.path_key = existing.path_key and next_step.milestone_order = furthest + 1
        left join crm.account_holds as holds using (account_id)
    ),
    clocked as (
        select *, {_on_clock("unheld_slips_at")} as slips_at, {_on_clock("unheld_due_at")} as first_due_at
        from held
    )
    select *, coalesce(slips_at <= timestamp '{scale.now}', false) as is_slipped,
        coalesce(first_due_at <= timestamp '{scale.now}', false) and arm = 'treatment' as is_due,
        has_hold and held_from <= timestamp '{scale.now}'
            and coalesce(held_until > timestamp '{scale.now}', true) as is_on_hold
    from clocked
    """


def _on_clock(unheld: str) -> str:
    """The instant at which the hours have run on the account's clock, which its hold stops."""
    return f"""case when not has_hold or held_from >= {unheld} or held_until <= last_progress_at then {unheld}
                else {unheld} + (held_until - greatest(held_from, last_progress_at)) end"""


def _facts(scale: Scale) -> tuple[Fact, ...]:
    now = f"timestamp '{scale.now}'"
    milestones = "onboarding.fct_account_milestones"
    progress = "onboarding.fct_onboarding_progress"
    old = f"signed_up_at <= {now} - interval {EFFECT_MIN_AGE_DAYS} day"
    return (
        Fact(
            "accounts",
            "accounts after merging, without those who sign up later",
            "select count(*) from demo_standing",
            "select count(*) from onboarding.dim_accounts",
        ),
        Fact(
            "milestones_completed",
            "milestones completed, each counted once",
            "select count(*) from demo_known join demo_standing using (idx)",
            f"select count(*) from {milestones} where status = 'completed'",
        ),
        Fact(
            "skipped_steps",
            "steps left out although a later one is done",
            "select coalesce(sum(furthest - completed), 0) from demo_standing",
            f"select count(*) from {milestones} where status = 'obsolete'",
        ),
        Fact(
            "out_of_order_accounts",
            "accounts that took a later step before an earlier one",
            _out_of_order("demo_known", "idx", "and idx in (select idx from demo_standing)"),
            _out_of_order(milestones, "account_id", ""),
        ),
        Fact(
            "duplicate_rows",
            "raw rows sent again on the day of the first",
            f"""select count(*) from demo_resent
            where received_at <= {now} and loaded_day(received_at) = loaded_day(first_received_at)""",
            "select coalesce(sum(raw_rows), 0) from onboarding.rpt_unusable_rows where reason = 'duplicate'",
        ),
        Fact(
            "late_milestones",
            "milestones first heard of more than a day after they happened",
            "select count(*) from demo_known join demo_standing using (idx) "
            "where known_at > completed_at + interval 24 hour",
            f"select count(*) from {milestones} "
            "where status = 'completed' and first_known_at > completed_at + interval 24 hour",
        ),
        Fact(
            "bot_rows",
            "raw rows of bots and of visitors who never said who they are",
            "select sum(rows) from demo_nobodies",
            "select coalesce(sum(raw_rows), 0) from onboarding.rpt_unusable_rows "
            "where reason in ('nobody', 'unmapped_account')",
        ),
        Fact(
            "broken_clock_rows",
            "events from 1970 or from three days ahead",
            f"select count(*) from demo_wire where kind = 'broken_clock' and received_at <= {now}",
            "select coalesce(sum(raw_rows), 0) from onboarding.rpt_unusable_rows "
            "where reason in ('before_history', 'in_the_future')",
        ),
        Fact(
            "internal_accounts",
            "the vendor's own accounts",
            "select count(*) from demo_standing where trait = 'internal'",
            "select count(*) from onboarding.dim_accounts where is_internal",
        ),
        Fact(
            "churned_accounts",
            "accounts that left",
            "select count(*) from demo_standing where trait = 'churned'",
            "select count(*) from onboarding.dim_accounts where churned_at is not null",
        ),
        Fact(
            "merged_accounts",
            "accounts that were merged into another",
            "select count(*) from demo_accounts where merged_into is not null",
            """select count(*) from crm.accounts as raw join crm.account_aliases as alias
            on alias.external_id = raw.account_id and alias.source_name = 'crm'
            where raw.account_id not in (select account_id from onboarding.dim_accounts)
            and alias.account_id in (select account_id from onboarding.dim_accounts)""",
        ),
        Fact(
            "accounts_without_sign_up",
            "accounts whose CRM has no sign-up date, dated by their first event",
            "select count(*) from demo_standing where trait = 'no_sign_up'",
            f"""select count(*) from {progress} as found join crm.accounts as raw using (account_id)
            where raw.signed_up_at is null and found.signed_up_at is not null""",
        ),
        Fact(
            "milestones_of_na",
            "milestones of the account called 'NA'",
            "select completed from demo_standing where account_id = 'NA'",
            f"select count(*) from {milestones} where account_id = 'NA' and status = 'completed'",
        ),
        Fact(
            "ahead_of_schedule",
            f"accounts with first value within {AHEAD_HOURS} hours",
            f"""select count(*) from demo_standing join demo_known using (idx)
            where milestone_order = steps and completed_at <= after_hours(signed_up_at, {AHEAD_HOURS})""",
            f"select count(*) from {progress} where hours_to_first_value <= {AHEAD_HOURS}",
        ),
        Fact(
            "first_value_accounts",
            "accounts that reached first value",
            "select count(*) from demo_standing where furthest = steps",
            f"select count(*) from {progress} where first_value_at is not null",
        ),
        Fact(
            "slipped_accounts",
            "accounts of the default path that have slipped",
            f"select count(*) from demo_standing where is_slipped and path_key = '{DEFAULT_PATH}'",
            f"select count(*) from {progress} where is_slipped and path_key = '{DEFAULT_PATH}'",
        ),
        Fact(
            "paused_accounts",
            "accounts whose clock stands still behind an open-ended hold",
            "select count(*) from demo_standing where trait = 'hold_open'",
            f"select count(*) from {progress} where next_milestone_key is not null and slips_at is null",
        ),
        Fact(
            "failing_integrations",
            "accounts whose newest integration run failed",
            """select count(distinct account_id) from (select account_id, status, row_number() over (
            partition by account_id order by finished_at desc) as place from integrations.sync_runs)
            where place = 1 and status = 'failed' and account_id in (select account_id from demo_standing)""",
            """select count(*) from (select account_id, max_by(status, finished_at) as status
            from onboarding_staging.stg_integrations__sync_runs group by account_id)
            join onboarding.dim_accounts using (account_id) where status = 'failed'""",
        ),
        Fact(
            "control_accounts",
            "accounts in the control group (the vendor's own take no part)",
            "select count(*) from demo_standing where arm = 'control' and trait <> 'internal'",
            "select count(*) from onboarding.fct_experiment_assignments where arm = 'control'",
        ),
        Fact(
            "nudges_to_control",
            "nudges to the control group",
            "select 0",
            """select count(*) from nudges.nudge_events
                join onboarding.fct_experiment_assignments using (account_id)
            where arm = 'control' and kind in ('claimed', 'attempting', 'sent')""",
        ),
        *(
            Fact(
                f"stopped_{reason}",
                description,
                f"select count(*) from demo_standing where {chosen} and is_due "
                f"and path_key = '{DEFAULT_PATH}'",
                "select count(distinct account_id) from onboarding.fct_nudge_decisions "
                f"join {progress} as progress using (account_id) "
                f"where reason_code = '{reason}' and progress.path_key = '{DEFAULT_PATH}'",
            )
            for reason, chosen, description in (
                ("on_hold", "is_on_hold", "treated accounts not nudged: on hold since they slipped"),
                (
                    "with_csm",
                    "trait in ('with_csm', 'snoozed')",
                    "treated accounts not nudged: the CSM is talking with them",
                ),
                (
                    "handled_by_csm",
                    "trait in ('handled')",
                    "treated accounts not nudged: the CSM has handled it",
                ),
                (
                    "consent_withdrawn",
                    "trait in ('opted_out')",
                    "treated accounts whose people opted out of email",
                ),
                (
                    "consent_missing",
                    "trait in ('no_consent')",
                    "treated accounts whose people never agreed to email",
                ),
                ("bounced", "trait in ('bounced')", "treated accounts whose addresses bounced"),
                ("complaint", "trait in ('complaint')", "treated accounts that complained"),
                (
                    "no_reachable_contact",
                    "trait in ('no_contact')",
                    "treated accounts without a person to write to",
                ),
            )
        ),
        Fact(
            "activated_more",
            f"share with first value, treated less control (accounts of {EFFECT_MIN_AGE_DAYS} days and more)",
            f"select {_treated_less_control('furthest = steps')} from demo_standing "
            f"where {old} and trait <> 'internal' having count(*) filter (where arm = 'treatment') > 0",
            f"""select {_treated_less_control("first_value_at is not null")} from {progress} as progress
                join onboarding.fct_experiment_assignments using (account_id) where progress.{old}""",
        ),
    )


def _treated_less_control(is_there: str) -> str:
    return " - ".join(
        f"round(avg(({is_there})::integer) filter (where arm = '{arm}'), 6)"
        for arm in ("treatment", "control")
    )


def _out_of_order(milestones: str, key: str, further: str) -> str:
    return f"""select count(distinct {key}) from (
            select {key}, completed_at < max(completed_at) over (
                partition by {key} order by milestone_order rows between unbounded preceding and 1 preceding
            ) as is_early from {milestones} where completed_at is not null {further}
        ) where is_early"""
