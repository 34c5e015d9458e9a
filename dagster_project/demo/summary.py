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


def summary(path: Path, *, namespace: str, outbox: Path, schema_prefix: str = "") -> str:
    """The demo's last words for the warehouse at `path`; raises `Refused` when the demo did not make it."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        marker = read_marker(connection)
        if marker is None:
            raise Refused(f"{path} was not made by the demo, so there is nothing planted in it.")
        lines = [
            f"Demo warehouse {path}: {marker.accounts} accounts over {marker.days} days, seed {marker.seed}, "
            f"present {marker.created_at:%Y-%m-%d %H:%M} UTC",
            "",
            *_finding_lines(findings(connection, schema_prefix=schema_prefix)),
            "",
            *_sent_lines(connection, namespace, schema_prefix),
            "",
            *_next_lines(connection, path, namespace, outbox, schema_prefix),
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
    """Messages that left, per tier, and why the other due nudges did not."""
    tiers = _rows(
        connection,
        _prefixed(
            f"""select tier, any_value(channel), count(distinct nudge_id) from nudges.nudge_events
            where namespace = '{namespace}' and kind = 'sent' and action = 'deliver' group by tier
                order by tier""",
            schema_prefix,
        ),
    )
    reasons = _rows(
        connection,
        _prefixed(
            """select reason_code, count(*) from onboarding.fct_nudge_decisions where decision <> 'send'
            group by reason_code order by 2 desc, 1 limit 8""",
            schema_prefix,
        ),
    )
    sent = ", ".join(f"{number} in tier {tier} ({channel})" for tier, channel, number in tiers) or "none"
    lines = [f"Nudges that left for the outbox: {sent}."]
    if reasons:
        kept = ", ".join(f"{reason} {number}" for reason, number in reasons)
        lines.append(f"Due nudges that did not leave, by reason: {kept}.")
    return lines


def _next_lines(
    connection: duckdb.DuckDBPyConnection, path: Path, namespace: str, outbox: Path, schema_prefix: str
) -> list[str]:
    folder = outbox / namespace
    messages = len(list(folder.glob("*.txt")))
    lines = [f"Look at    {folder}  ({messages} messages as they would have left)"]
    sent = _rows(
        connection,
        _prefixed(
            f"select account_id from nudges.nudge_events where namespace = '{namespace}' and kind = 'sent' "
            "order by tier desc, account_id limit 1",
            schema_prefix,
        ),
    )
    stopped = _rows(
        connection,
        "select account_id from planted.showcase where story in ('complaint', 'hold_current') "
        "and arm = 'treatment' "
        "order by story limit 1",
    )
    for rows, what in ((sent, "was nudged"), (stopped, "slipped and was left alone")):
        lines += [f"Ask why    milestone-agent explain {account_id}   ({what})" for (account_id,) in rows]
    schema = f"{schema_prefix}onboarding"
    lines.append(
        f"In SQL     select account_id, next_milestone_key, hours_overdue "
        f"from {schema}.fct_onboarding_progress "
        "where is_slipped"
    )
    lines.append(f"           on {path.parent / 'marts.duckdb'}, the copy that never blocks a tick")
    lines.append("Next       milestone-agent ui   (events keep arriving while it runs)")
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
