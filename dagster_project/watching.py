"""Is the pipeline at work? Two looks that a person would take: when a tick last finished, and whether what is
due is tried at all.

Each look gives a finding that names no account. Whom a finding is told, and when again, is said in `news`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dagster_project.clock import Clock
from dagster_project.errors import Refused
from dagster_project.inputs import SourceTable
from dagster_project.ledger_opening import ledger_of
from dagster_project.settings import Settings
from dagster_project.should_tick import Verdict, should_tick
from dagster_project.warehouse import reading
from nudge_senders.errors import SenderError, UnusableQueueRow
from nudge_senders.halts import StandingHalts, read_halts
from nudge_senders.ledger import Ledger, TickRecord
from nudge_senders.nudge import Nudge
from nudge_senders.settings import SenderSettings

TICK_INTERVAL = timedelta(minutes=5)
#: Three ticks may be missed, and one may be under way.
OLDEST_FINISHED_TICK = 3 * TICK_INTERVAL + timedelta(minutes=5)
#: The next look comes soon, so this one does not queue for a file that somebody writes.
_PATIENCE_SECONDS = 1.0

# A decision's last change tells since when it has been to send: a change is written down once.
_DUE_IN_TWO_TICKS = """
with finished as (
    select tick_id, tick_at, row_number() over (order by finished_at desc, fence desc) as recency
    from {ticks} where namespace = $namespace
),

waiting_since as (
    select nudge_id, max(tick_at) as decided_at from {changes} where namespace = $namespace group by nudge_id
)

select decisions.*
from {decisions} as decisions
inner join finished as last on decisions.tick_id = last.tick_id and last.recency = 1
inner join finished as earlier on earlier.recency = 2
inner join waiting_since
    on decisions.nudge_id = waiting_since.nudge_id and waiting_since.decided_at <= earlier.tick_at
where decisions.decision = 'send'
    and decisions.namespace = $namespace
    and not exists (
        select 1 from {entries} as entries
        where entries.namespace = $namespace
            and entries.nudge_id = decisions.nudge_id
            and entries.recorded_at >= waiting_since.decided_at
    )
"""


@dataclass(frozen=True)
class Finding:
    """`told` is one line without names; `facts` are numbers and instants. `bears` is for how long a bad
    finding may pass by itself before it is worth a word."""

    is_good: bool
    told: str
    facts: Mapping[str, str | int]
    bears: timedelta = timedelta(0)


def freshness(settings: Settings, sources: Sequence[SourceTable], clock: Clock) -> Finding:
    """Did a tick finish lately, if there was anything to do?"""
    verdict = should_tick(settings, sources, runs_under_way=0, clock=clock)
    if verdict.is_idle or verdict.is_blind:
        return freshness_of(None, verdict, clock())
    try:
        last = _ledger(settings, clock).last_finished_tick(settings.namespace)
    except SenderError as error:
        return _blind(type(error).__name__)
    return freshness_of(last, verdict, clock())


def freshness_of(last: TickRecord | None, verdict: Verdict, now: datetime) -> Finding:
    """The rule itself. Before the first tick of a namespace there is nothing that could be old."""
    if verdict.is_blind:
        return _blind(verdict.why)
    if verdict.is_idle:
        return Finding(True, verdict.why, {})
    if last is None:
        return Finding(True, "no tick has finished yet in this namespace", {})
    minutes = int((now - last.finished_at).total_seconds() // 60)
    facts: dict[str, str | int] = {"last finished tick": last.tick_id, "minutes ago": minutes}
    told = f"the last finished tick is {minutes} min old"
    if now - last.finished_at <= OLDEST_FINISHED_TICK:
        return Finding(True, told, facts)
    # After a quiet night the first arrival finds an old tick, and the next one is on its way.
    return Finding(False, f"{told}, and {verdict.why}", facts, bears=3 * TICK_INTERVAL)


def attempts(settings: Settings, clock: Clock) -> Finding:
    """Is everything tried that was to be sent in two finished ticks? What a halt holds back is not missed."""
    if settings.is_absent:
        return Finding(True, "there is no warehouse yet", {})
    try:
        waiting = _due_in_two_ticks(settings)
        halts = _halts(settings, clock) if waiting else StandingHalts(frozenset())
    except (Refused, SenderError) as error:
        return _blind(type(error).__name__)
    missed = [row for row in waiting if not _is_stopped(halts, row)]
    facts: dict[str, str | int] = {
        "not attempted": len(missed),
        "held back by a halt": len(waiting) - len(missed),
    }
    if not missed:
        return Finding(True, "nothing that is due waits for its attempt", facts)
    channels = ", ".join(sorted({str(row["channel"]) for row in missed}))
    told = f"{len(missed)} nudges were to be sent in two finished ticks and were not attempted ({channels})"
    return Finding(False, told, facts)


def _due_in_two_ticks(settings: Settings) -> list[dict[str, Any]]:
    marts, ledger = settings.schema("onboarding"), settings.schema("nudges")
    places = {
        "decisions": (marts, "fct_nudge_decisions"),
        "changes": (marts, "fct_nudge_decision_changes"),
        "ticks": (ledger, "ticks"),
        "entries": (ledger, "nudge_events"),
    }
    with reading(settings, patience_seconds=_PATIENCE_SECONDS) as connection:
        if not all(connection.columns_of(*place) for place in places.values()):
            return []
        names = {name: connection.relation(*place) for name, place in places.items()}
        found = connection.execute(_DUE_IN_TWO_TICKS.format(**names), {"namespace": settings.namespace})
        columns = [str(column[0]) for column in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _is_stopped(halts: StandingHalts, row: Mapping[str, Any]) -> bool:
    try:
        return halts.stops(Nudge.from_row(row))
    except UnusableQueueRow:
        return halts.stops_everything


def _halts(settings: Settings, clock: Clock) -> StandingHalts:
    senders = SenderSettings(
        namespace=settings.namespace, home=settings.home, env=settings.env, is_halted=settings.is_halted
    )
    return read_halts(_ledger(settings, clock), senders)


def _ledger(settings: Settings, clock: Clock) -> Ledger:
    return ledger_of(settings, clock, patience_seconds=_PATIENCE_SECONDS)


def _blind(why: str) -> Finding:
    # Everybody holds the file now and then; who keeps it open stops the ticks.
    return Finding(False, f"the warehouse cannot be read ({why})", {}, bears=OLDEST_FINISHED_TICK)
