"""The state of the ledger in one look: namespace, counts, doubts, stops, states set, last tick, lease.

States are derived by nudge_senders' view; here they are counted and told. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dagster_project.clock import naive_utc
from dagster_project.ledger_reading import STANDING_HALTS, reading_ledger
from dagster_project.reasons import SENTENCES, sentence
from dagster_project.settings import PREFIX, Settings
from dagster_project.states_set import states_set_lines, states_still_set
from dagster_project.text_layout import instant, paragraph, printable
from nudge_senders.halt_file import EVERYTHING, FileHalt, read_halt_file

_MOST_DOUBTS = 20


@dataclass(frozen=True)
class LedgerStatus:
    """What `ledger status` tells. Times are naive UTC; `lease` is empty when no tick runs."""

    namespace: str
    is_live: bool
    ledger_id: str
    opened_at: datetime | None
    counts: Mapping[str, int]
    doubts: Sequence[Mapping[str, Any]]
    halts: Sequence[Mapping[str, Any]]
    stops: Sequence[str]
    states_set: Sequence[str]
    last_tick: Mapping[str, Any]
    lease: Mapping[str, Any]
    now: datetime


def read_status(settings: Settings, *, now: datetime) -> LedgerStatus:
    """Raises `Refused` where there is no ledger yet."""
    at = naive_utc(now)
    in_file = {halt.halt_id for halt in read_halt_file(settings.halt_file)}
    with reading_ledger(settings) as rows:
        namespace = settings.namespace
        counted = rows(
            "select state, count(*) as n from {nudges}.nudge_states where namespace = ? "
            "group by state order by state",
            namespace,
        )
        opened = rows(
            "select min(recorded_at) as at_first from {nudges}.nudge_events "
            "where namespace = ? and kind = 'opened'",
            namespace,
        )
        meta = rows("select ledger_id from {nudges}.ledger_meta")
        ticks = rows(
            "select * from {nudges}.ticks where namespace = ? order by finished_at desc limit 1", namespace
        )
        leases = rows("select * from {nudges}.nudge_lease where released_at is null and expires_at > ?", at)
        return LedgerStatus(
            namespace=namespace,
            is_live=settings.is_live,
            ledger_id=str(meta[0]["ledger_id"]) if meta else "-",
            opened_at=opened[0]["at_first"],
            counts={str(row["state"]): int(row["n"]) for row in counted},
            doubts=rows(
                "select * from {nudges}.nudge_states "
                "where namespace = ? and state in ('uncertain', 'needs_review') "
                f"order by last_attempted_at, nudge_id limit {_MOST_DOUBTS}",
                namespace,
            ),
            # Told once where the file holds the same halt.
            halts=[row for row in rows(STANDING_HALTS, at) if row["halt_id"] not in in_file],
            stops=tuple(_stops(settings, now)),
            states_set=tuple(states_set_lines(states_still_set(rows, settings), settings)),
            last_tick=ticks[0] if ticks else {},
            lease=leases[0] if leases else {},
            now=at,
        )


def _stops(settings: Settings, now: datetime) -> Iterator[str]:
    if settings.is_halted:
        yield f"stopped     {PREFIX}HALT=1 stops all sends; unset it to go on"
    for halt in read_halt_file(settings.halt_file):
        if halt.is_standing(now):
            yield from _line_of_file(settings, halt)


def _line_of_file(settings: Settings, halt: FileHalt) -> Iterator[str]:
    by = f" by {printable(halt.who)}" if halt.who else ""
    why = f": {printable(halt.why)}" if halt.why else ""
    what = "all sends" if halt.scope == EVERYTHING else printable(halt.scope)
    yield f"stopped     the file {settings.halt_file} stops {what}{by} {_until(halt.until_at)}{why}"
    yield _to_go_on(halt.halt_id or "--file")


def _to_go_on(what: str) -> str:
    return f"            to go on: milestone-agent ledger release {what}"


def _until(until_at: datetime | None) -> str:
    return f"until {instant(until_at)}" if until_at is not None else "until released by a person"


def status_lines(status: LedgerStatus) -> Iterator[str]:
    """The status as a person reads it, at most 100 columns."""
    yield f"namespace   {status.namespace}"
    if not status.is_live:
        yield "opened      shadow needs no opening; every message goes to the outbox"
    elif status.opened_at is None:
        yield "opened      no: nothing is sent until `milestone-agent ledger open`"
    else:
        yield f"opened      {instant(status.opened_at)}"
    yield f"ledger id   {status.ledger_id}"
    yield from _tick(status)
    yield "states      " + (
        ", ".join(f"{count} {state}" for state, count in status.counts.items()) or "no nudge yet"
    )
    in_doubt = sum(status.counts.get(state, 0) for state in ("uncertain", "needs_review"))
    yield f"in doubt    {in_doubt or 'nothing'}"
    if in_doubt:
        yield "            milestone-agent ledger review says what to look for and how to answer"
    for row in status.doubts:
        yield f"  {row['nudge_id']}  {row['state']}, last attempt {instant(row['last_attempted_at'])}"
        told = f"account {row['account_id']}, {row['milestone_key']}, tier {row['tier']} by {row['channel']}"
        yield from paragraph(f"{told}. {sentence(row['reason_code'])}", indent=6)
    if not status.halts and not status.stops:
        yield "stopped     nothing"
    yield from status.stops
    for halt in status.halts:
        scope, who, why = (printable(str(halt[name] or "-")) for name in ("scope", "who", "why"))
        # The senders give a code, people a sentence.
        yield f"stopped     {scope} by {who} {_until(halt['until_at'])}: {SENTENCES.get(why, why)}"
        yield _to_go_on(halt["halt_id"])
    yield from status.states_set


def _age(elapsed: timedelta) -> str:
    minutes = max(int(elapsed.total_seconds() // 60), 0)
    hours, days = minutes // 60, minutes // 60 // 24
    return f"{days} days" if days > 1 else f"{hours} h" if hours > 1 else f"{minutes} min"


def _tick(status: LedgerStatus) -> Iterator[str]:
    tick = status.last_tick
    if tick:
        yield (
            f"last tick   {tick['tick_id']}, finished {instant(tick['finished_at'])}, "
            f"{_age(status.now - tick['finished_at'])} ago, facts as of {instant(tick['as_of'])}"
        )
        yield f"            {tick['due']} due, {tick['queued']} queued, {tick['sent']} sent"
    else:
        yield "last tick   none has finished"
    lease = status.lease
    if lease:
        yield (
            f"lease       held by {lease['holder']} for tick {lease['tick_id']} "
            f"until {instant(lease['expires_at'])}"
        )
    else:
        yield "lease       free"
