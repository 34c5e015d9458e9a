"""The history of readouts in the warehouse: one decision per data cut-off and the rows that belong to it.

What was written for a cut-off stays: the same cut-off writes nothing again. What the numbers mean is said in
`experiments`; the columns are described in the README.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dagster_project.clock import naive_utc
from dagster_project.connection import Connection
from dagster_project.readout.page import PastDecision
from dagster_project.readout.plan import Plan
from dagster_project.settings import Settings
from experiments.decision import Crossing, FinalLook, IntervalKind, Record, Status, Verdict, at_level
from experiments.planning import Planning
from experiments.readout import Readout
from experiments.result import Estimate

READOUTS = "experiment_readouts"
DECISIONS = "experiment_decisions"
_TABLES = (Path(__file__).parent / "tables.sql").read_text(encoding="utf-8")
_SEPARATOR = "\n"


@dataclass(frozen=True)
class Past:
    """What earlier cut-offs left: the record, whether this cut-off is written already, and how many looks
    were made under another plan of the same start."""

    record: Record
    is_written: bool
    looks_of_other_plans: int


def read_past(connection: Connection, settings: Settings, plan: Plan, cutoff: datetime) -> Past:
    """The record of the last decision before `cutoff` under this plan."""
    schema = settings.schema("onboarding")
    if not connection.columns_of(schema, DECISIONS):
        return Past(Record(), is_written=False, looks_of_other_plans=0)
    decisions = connection.relation(schema, DECISIONS)
    key, moment = plan.experiment.experiment_key, naive_utc(cutoff)
    cursor = connection.execute(
        f"select * from {decisions} where experiment_key = ? and plan_hash = ? and data_cutoff < ? "
        "order by data_cutoff desc limit 1",
        [key, plan.plan_hash, moment],
    )
    names, rows = [column[0] for column in cursor.description or ()], cursor.fetchall()
    return Past(
        record=_record(dict(zip(names, rows[0], strict=True))) if rows else Record(),
        is_written=bool(
            _count(
                connection,
                f"select count(*) from {decisions} "
                "where experiment_key = ? and plan_hash = ? and data_cutoff = ?",
                [key, plan.plan_hash, moment],
            )
        ),
        looks_of_other_plans=_count(
            connection,
            f"select count(*) from {decisions} where experiment_key = ? and plan_hash <> ? "
            "and data_cutoff >= ? and data_cutoff < ? and status not in ('too_early', 'invalid')",
            [key, plan.plan_hash, naive_utc(plan.epochs[0].starts_at), moment],
        ),
    )


def read_decisions(
    connection: Connection, settings: Settings, plan: Plan, cutoff: datetime
) -> tuple[PastDecision, ...]:
    """What the cut-offs before `cutoff` came to, under any plan of the experiment, oldest first."""
    schema = settings.schema("onboarding")
    if not connection.columns_of(schema, DECISIONS):
        return ()
    rows = connection.execute(
        f"select data_cutoff, status, reasons from {connection.relation(schema, DECISIONS)} "
        "where experiment_key = ? and data_cutoff < ? order by data_cutoff, computed_at",
        [plan.experiment.experiment_key, naive_utc(cutoff)],
    ).fetchall()
    return tuple(
        PastDecision(_utc(at), Status(status), tuple(str(reasons).split(_SEPARATOR)))
        for at, status, reasons in rows
    )


def write(connection: Connection, settings: Settings, plan: Plan, readout: Readout, now: datetime) -> None:
    """Append the decision and its rows in one transaction; nothing when the cut-off is written already."""
    schema = settings.schema("onboarding")
    readouts, decisions = connection.relation(schema, READOUTS), connection.relation(schema, DECISIONS)
    for statement in _TABLES.format(readouts=readouts, decisions=decisions).split(";"):
        if statement.strip():
            connection.define(statement)
    with connection.transaction() as kept:
        if not read_past(kept, settings, plan, readout.cutoff).is_written:
            kept.append(decisions, _COLUMNS["decisions"], [_decision(plan, readout, now)])
            kept.append(
                readouts, _COLUMNS["readouts"], [_row(plan, readout, row, now) for row in readout.rows]
            )


def _columns() -> dict[str, dict[str, str]]:
    """The columns of each table with their types, as `tables.sql` defines them."""
    found: dict[str, dict[str, str]] = {}
    for name, body in re.findall(r"\{(\w+)\} \((.*?)\n\)", _TABLES, re.DOTALL):
        found[name] = dict(re.findall(r"(\w+) (\w+)", body.replace(" not null", "")))
    return found


_COLUMNS = _columns()


def _head(plan: Plan, readout: Readout, now: datetime) -> dict[str, Any]:
    return {
        "experiment_key": plan.experiment.experiment_key,
        "plan_hash": plan.plan_hash,
        "data_cutoff": naive_utc(readout.cutoff),
        "computed_at": naive_utc(now),
    }


def _row(plan: Plan, readout: Readout, row: Any, now: datetime) -> dict[str, Any]:
    place = row.place
    return {
        **_head(plan, readout, now),
        "metric": place.metric,
        "basis": str(place.basis),
        "parameter_days": place.parameter_days,
        "epoch": place.epoch,
        "arm": place.arm,
        "unit": place.unit,
        **{
            name: getattr(row, name)
            for name in (
                "interval_kind",
                "point",
                "standard_error",
                "lower",
                "upper",
                "level",
                "p_value",
                "p_value_adjusted",
                "accounts",
                "accounts_reached",
                "share_censored",
                "accounts_at_risk",
                "reason",
                "explanation",
            )
        },
        "caveats": ", ".join(row.caveats) or None,
    }


def _decision(plan: Plan, readout: Readout, now: datetime) -> dict[str, Any]:
    decision, record = readout.decision, readout.decision.record
    interval, crossing, final = decision.interval, record.crossing, record.final
    outlook = readout.planning if isinstance(readout.planning, Planning) else None
    detectable = outlook.detectable_days if outlook else None
    return {
        **_head(plan, readout, now),
        "look": record.looks,
        "status": str(decision.status),
        "reasons": _SEPARATOR.join(decision.reasons),
        "interval_kind": str(decision.kind) if decision.kind else None,
        "point": interval.point if interval else None,
        "lower": interval.lower if interval else None,
        "upper": interval.upper if interval else None,
        "level": interval.level if interval else None,
        "accounts": sum(arm.accounts for arm in readout.arms),
        "accounts_needed": outlook.accounts_needed if outlook else None,
        "accounts_more": outlook.accounts_more if outlook else None,
        "days_more": outlook.days_more if outlook else None,
        "detectable_days": detectable if isinstance(detectable, float) else None,
        "highest_log_e": record.highest_log_e if math.isfinite(record.highest_log_e) else None,
        "crossed_at": naive_utc(crossing.at) if crossing else None,
        "crossed_by": str(crossing.kind) if crossing else None,
        "is_crossed_above": crossing.is_benefit if crossing else None,
        "crossed_point": crossing.point if crossing else None,
        "crossed_lower": crossing.lower if crossing else None,
        "crossed_upper": crossing.upper if crossing else None,
        "final_at": naive_utc(final.at) if final else None,
        "final_point": final.estimate.point if final else None,
        "final_standard_error": final.estimate.standard_error if final else None,
        "final_level": final.estimate.level if final else None,
        "final_accounts": final.estimate.accounts if final else None,
        "verdict": str(record.verdict.status) if record.verdict else None,
        "verdict_at": naive_utc(record.verdict.at) if record.verdict else None,
        "failures": _SEPARATOR.join(readout.failures),
    }


def _record(row: dict[str, Any]) -> Record:
    return Record(
        looks=int(row["look"]),
        highest_log_e=-math.inf if row["highest_log_e"] is None else float(row["highest_log_e"]),
        crossing=_crossing(row),
        final=_final(row),
        verdict=Verdict(Status(row["verdict"]), _utc(row["verdict_at"])) if row["verdict"] else None,
    )


def _crossing(row: dict[str, Any]) -> Crossing | None:
    if row["crossed_at"] is None:
        return None
    return Crossing(
        at=_utc(row["crossed_at"]),
        kind=IntervalKind(row["crossed_by"]),
        is_benefit=bool(row["is_crossed_above"]),
        point=float(row["crossed_point"]),
        lower=float(row["crossed_lower"]),
        upper=float(row["crossed_upper"]),
    )


def _final(row: dict[str, Any]) -> FinalLook | None:
    if row["final_at"] is None:
        return None
    point = float(row["final_point"])
    estimate = Estimate(
        point,
        float(row["final_standard_error"]),
        point,
        point,
        float(row["final_level"]),
        int(row["final_accounts"]),
    )
    return FinalLook(_utc(row["final_at"]), at_level(estimate, estimate.level))


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)


def _count(connection: Connection, sql: str, values: list[object]) -> int:
    row = connection.execute(sql, values).fetchone()
    return int(row[0]) if row else 0
