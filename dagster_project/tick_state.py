"""What the warehouse remembers of planning: how far it was built, what it decided, what waits in the queue.

Reads only. Who writes these relations: `int_as_of`, `int_slices_loaded`, decisions and queue belong to dbt,
`nudges.ticks` to the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dagster_project.clock import aware_utc, isoformat_z, naive_utc
from dagster_project.connection import Connection
from dagster_project.errors import Refused, RunFailed
from dagster_project.settings import Settings


@dataclass(frozen=True)
class PlannedAt:
    """The one row of `int_as_of`: whose plan lies in the warehouse."""

    tick_id: str
    tick_at: datetime
    as_of: datetime | None


def planned_at(connection: Connection, settings: Settings) -> PlannedAt | None:
    schema = settings.schema("onboarding_intermediate")
    if not connection.columns_of(schema, "int_as_of"):
        return None
    row = connection.execute(
        f"select tick_id, tick_at, as_of from {connection.relation(schema, 'int_as_of')}"
    ).fetchone()
    if row is None:
        return None
    return PlannedAt(str(row[0]), aware_utc(row[1]), aware_utc(row[2]) if row[2] is not None else None)


def refuse_state_later_than(
    connection: Connection, settings: Settings, instant: datetime, *, remedy: str
) -> None:
    """Merged facts cannot be taken back: state of a later instant would leak into an earlier one."""
    stored = planned_at(connection, settings)
    latest = [stored.tick_at] if stored else []
    schema = settings.schema("onboarding_intermediate")
    columns = connection.columns_of(schema, "int_slices_loaded")
    for column in sorted(columns & {"loaded_through", "written_at"}):
        slices = connection.relation(schema, "int_slices_loaded")
        row = connection.execute(f"select cast(max({column}) as timestamp) from {slices}").fetchone()
        latest += [aware_utc(row[0])] if row and row[0] is not None else []
    late = [moment for moment in latest if naive_utc(moment) > naive_utc(instant)]
    if late:
        raise Refused(
            f"The stored state was built for {isoformat_z(max(late))}, which is later than "
            f"{isoformat_z(instant)}. {remedy}"
        )


def fail_when_facts_run_backwards(planned: PlannedAt | None, last_as_of: datetime | None) -> None:
    """A source that was cut or replaced would make completed customers look slipped; a person has to look."""
    if planned is None or planned.as_of is None or last_as_of is None or planned.as_of >= last_as_of:
        return
    raise RunFailed(
        f"as_of runs backwards: {isoformat_z(planned.as_of)} now, {isoformat_z(last_as_of)} in the last "
        "finished tick. Nothing was sent. See whether a source lost rows or its heartbeat went back; once "
        "that is mended, run 'milestone-agent tick --full-refresh'."
    )


def decision_counts(connection: Connection, settings: Settings) -> tuple[tuple[str, str, int], ...]:
    """(decision, reason_code, number of nudges), most frequent first."""
    rows = connection.execute(
        "select decision, reason_code, count(*) "
        f"from {connection.relation(settings.schema('onboarding'), 'fct_nudge_decisions')} "
        "group by decision, reason_code order by count(*) desc, decision, reason_code"
    ).fetchall()
    return tuple((str(decision), str(reason), int(number)) for decision, reason, number in rows)


@dataclass(frozen=True)
class Checked:
    """What the plan found of the whole: the measures for the next tick, and why everything is held back."""

    wanted: int | None = None
    slips: int | None = None
    is_held: bool | None = None
    holding: tuple[str, ...] = ()


def checked(connection: Connection, settings: Settings) -> Checked:
    """The rows of `int_anomalies_checked`, summed; of a plan without such checks nothing is known."""
    schema = settings.schema("onboarding_intermediate")
    if not {"is_holding", "wanted", "slips"} <= connection.columns_of(schema, "int_anomalies_checked"):
        return Checked()
    checks = connection.relation(schema, "int_anomalies_checked")
    row = connection.execute(
        f"select max(wanted), max(slips), max(case when is_holding then 1 else 0 end) from {checks}"
    ).fetchone()
    holding = connection.execute(
        f"select check_name || ': ' || why from {checks} where is_holding order by check_name"
    ).fetchall()
    if row is None or row[2] is None:
        return Checked()
    return Checked(row[0], row[1], bool(row[2]), tuple(str(why) for (why,) in holding))


def queue_size(connection: Connection, settings: Settings) -> int:
    queue = connection.relation(settings.schema("onboarding"), "sync_nudge_queue")
    row = connection.execute(f"select count(*) from {queue}").fetchone()
    return int(row[0]) if row else 0


def standing_notes(connection: Connection, settings: Settings) -> tuple[str, ...]:
    """What people have to be told at every tick, because a guard stands in for something that is missing."""
    schema = settings.schema("onboarding_intermediate")
    has_both = "has_feedback" in connection.columns_of(schema, "int_feedback_checked") and (
        "emails_per_day_without_feedback" in connection.columns_of(schema, "int_limits")
    )
    if not has_both:
        return ()
    row = connection.execute(
        "select limits.emails_per_day_without_feedback "
        f"from {connection.relation(schema, 'int_feedback_checked')} as feedback "
        f"cross join {connection.relation(schema, 'int_limits')} as limits where not feedback.has_feedback"
    ).fetchone()
    if row is None:
        return ()
    return (
        "No message event was ever loaded, so complaints would go unnoticed: "
        f"at most {row[0]} emails leave within 24 hours.",
    )


def policy_hash(connection: Connection, settings: Settings) -> str:
    """The hash of the policy that was planned with; it goes into every ledger entry as well."""
    hashed = connection.relation(settings.schema("onboarding_intermediate"), "int_policy_hashed")
    row = connection.execute(f"select policy_hash from {hashed}").fetchone()
    return str(row[0]) if row else ""


def account_milestone_counts(connection: Connection, settings: Settings) -> list[tuple[str, int]]:
    """(milestone, accounts whose next milestone it is), for the picture in the run's metadata."""
    schema = settings.schema("onboarding")
    if not {"next_milestone_key"} <= connection.columns_of(schema, "fct_onboarding_progress"):
        return []
    rows = connection.execute(
        "select coalesce(next_milestone_key, 'all done'), count(*) "
        f"from {connection.relation(schema, 'fct_onboarding_progress')} "
        "group by 1 order by 2 desc, 1 limit 12"
    ).fetchall()
    return [(str(key), int(number)) for key, number in rows]
