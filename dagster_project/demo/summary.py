"""What the demo says at its end: every planted number beside the found one, what the tick did, and where to
look next.

It only reads. Which facts there are is in `planted`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.demo.marker import read_marker
from dagster_project.errors import Refused
from dagster_project.validation.seed_reader import shown_path

_LEFT_ALONE_ON_PURPOSE = "'with_csm', 'handled_by_csm', 'not_relevant', 'on_hold'"


@dataclass(frozen=True)
class Finding:
    """One planted fact and what the pipeline made of it; `found` is none where it is not built."""

    key: str
    description: str
    planted: float
    found: float | None
    tolerance: float

    @property
    def is_recovered(self) -> bool:
        return self.found is not None and abs(self.found - self.planted) <= self.tolerance + 1e-9

    @property
    def verdict(self) -> str:
        if self.found is None:
            return "after the nightly job"
        if not self.is_recovered:
            return "DIFFERS"
        return f"within {self.tolerance:g}" if self.tolerance else "equal"


def findings(connection: duckdb.DuckDBPyConnection, *, schema_prefix: str = "") -> list[Finding]:
    """Run the found side of every planted fact against an open demo warehouse."""
    facts = connection.execute(
        "select fact_key, description, planted_value, found_sql, tolerance from planted.facts"
    ).fetchall()
    return [
        Finding(
            key, description, planted, _number(connection, _prefixed(found_sql, schema_prefix)), tolerance
        )
        for key, description, planted, found_sql, tolerance in facts
    ]


def summary(
    path: Path,
    *,
    namespace: str,
    outbox: Path,
    schema_prefix: str = "",
    command: str = "milestone-agent",
) -> str:
    """The demo's last words for the warehouse at `path`; raises `Refused` when the demo did not make it.

    `command` is how this program was called, for the lines that are there to be copied.
    """
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        marker = read_marker(connection)
        if marker is None:
            raise Refused(f"{path} was not made by the demo, so there is nothing planted in it.")
        lines = [
            f"Demo warehouse {shown_path(path)}: {marker.accounts} accounts over {marker.days} days, "
            f"seed {marker.seed}, present {marker.created_at:%Y-%m-%d %H:%M} UTC",
            "",
            *_finding_lines(findings(connection, schema_prefix=schema_prefix)),
            "",
            *_sent_lines(connection, namespace, schema_prefix),
            "",
            *_next_lines(connection, path, namespace, outbox, schema_prefix, command),
        ]
    return "\n".join(lines)


def _finding_lines(found: list[Finding]) -> list[str]:
    lines = [f"{'planted':>10} {'found':>10}  fact"]
    for finding in found:
        told = "-" if finding.found is None else f"{finding.found:,.6g}"
        lines.append(f"{finding.planted:>10,.6g} {told:>10}  {finding.description} ({finding.verdict})")
    recovered = sum(finding.is_recovered for finding in found)
    lines.append(f"{recovered} of {len(found)} planted facts were found again.")
    return lines


def _sent_lines(connection: duckdb.DuckDBPyConnection, namespace: str, schema_prefix: str) -> list[str]:
    """Messages that left, per tier, and why the other due nudges did not: together all that were due."""
    tiers = _rows(
        connection,
        _prefixed(
            f"""select tier, any_value(channel), count(distinct nudge_id) from nudges.nudge_events
            where namespace = '{namespace}' and kind = 'sent' and action = 'deliver' group by tier
                order by tier""",
            schema_prefix,
        ),
    )
    # What was to leave and did not has its reason in the ledger, all else in its decision.
    reasons = _rows(
        connection,
        _prefixed(
            f"""with ledger as (
                select nudge_id, bool_or(kind = 'sent') as is_sent,
                    arg_max(coalesce(reason_code, kind), (recorded_at, fence, seq)) as last_word
                from nudges.nudge_events where namespace = '{namespace}' and action = 'deliver'
                group by nudge_id
            )
            select case when decision = 'send' then coalesce(last_word, 'not_sent_yet') else reason_code end
                as reason, count(*)
            from onboarding.fct_nudge_decisions left join ledger using (nudge_id)
            where not coalesce(is_sent, false) group by reason order by 2 desc, 1""",
            schema_prefix,
        ),
    )
    sent = ", ".join(f"{number} in tier {tier} ({channel})" for tier, channel, number in tiers) or "none"
    lines = [f"Nudges that left for the outbox: {sent}."]
    if reasons:
        kept = ", ".join(f"{reason} {number}" for reason, number in reasons)
        total = sum(number for _, number in reasons)
        lines.append(f"Due nudges that did not leave, by reason: {kept} ({total} in all).")
    return lines


def _next_lines(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    namespace: str,
    outbox: Path,
    schema_prefix: str,
    command: str,
) -> list[str]:
    folder = outbox / namespace
    messages = len(list(folder.glob("*.txt")))
    lines = [f"Look at    {shown_path(folder)}  ({messages} messages as they would have left)"]
    sent = _rows(
        connection,
        _prefixed(
            f"select account_id from nudges.nudge_events where namespace = '{namespace}' and kind = 'sent' "
            "order by tier desc, account_id limit 1",
            schema_prefix,
        ),
    )
    # Nothing was ever tried for it. Best is one that somebody wanted to be left alone; a very small world may
    # have none but the control group.
    left_alone = _rows(
        connection,
        _prefixed(
            f"""select account_id, arg_min(reason_code, tier) as reason
            from onboarding.fct_nudge_decisions
            where arm in ('treatment', 'control') and account_id not in
                (select account_id from nudges.nudge_events where namespace = '{namespace}'
                    and account_id is not null)
            group by account_id having not bool_or(decision in ('send', 'done'))
            order by any_value(arm) = 'treatment' desc,
                bool_or(reason_code in ({_LEFT_ALONE_ON_PURPOSE})) desc, reason, account_id limit 1""",
            schema_prefix,
        ),
    )
    lines += [f"Ask why    {command} explain {account_id}   (was nudged)" for (account_id,) in sent]
    lines += [
        f"Ask why    {command} explain {account_id}   (slipped and was left alone: {reason})"
        for account_id, reason in left_alone
    ]
    schema = f"{schema_prefix}onboarding"
    lines.append(
        f"In SQL     select account_id, next_milestone_key, hours_overdue "
        f"from {schema}.fct_onboarding_progress "
        "where is_slipped"
    )
    lines.append(
        f"           on {shown_path(path.parent / 'marts.duckdb')}, the copy that never blocks a tick"
    )
    lines.append(f"Next       {command} ui   (events keep arriving while it runs)")
    return lines


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> float | None:
    rows = _rows(connection, sql)
    return None if not rows or rows[0][0] is None else float(rows[0][0])


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """Rows, or none where the relation does not exist: the summary also speaks before a first tick."""
    try:
        return connection.execute(sql).fetchall()
    except duckdb.CatalogException:
        return []


def _prefixed(sql: str, schema_prefix: str) -> str:
    for schema in ("onboarding_intermediate.", "onboarding.", "nudges."):
        sql = sql.replace(schema, f"{schema_prefix}{schema}")
    return sql
