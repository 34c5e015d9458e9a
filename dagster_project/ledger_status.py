"""The state of the ledger in one look: namespace, counts, doubts, stops, last tick, lease.

States are derived by nudge_senders' view; here they are counted and told. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dagster_project.clock import naive_utc
from dagster_project.errors import Refused
from dagster_project.reasons import sentence
from dagster_project.settings import PREFIX, Settings
from dagster_project.text_layout import instant, paragraph
from dagster_project.validation.source_shapes import read_catalogue
from dagster_project.validation.warehouse import reading

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
    last_tick: Mapping[str, Any]
    lease: Mapping[str, Any]


def read_status(settings: Settings, *, now: datetime) -> LedgerStatus:
    """Raises `Refused` where there is no ledger yet."""
    if settings.target != "duckdb":
        raise Refused(f"ledger status reads DuckDB only, and MILESTONE_AGENT_TARGET is {settings.target}.")
    schema = settings.schema("nudges")
    at = naive_utc(now)
    with reading(settings) as connection:
        if read_catalogue(connection).find(schema, "nudge_states") is None:
            raise Refused(f"There is no ledger in {settings.duckdb_path} yet; run `milestone-agent init`.")

        def rows(query: str, *values: object) -> list[dict[str, Any]]:
            found = connection.execute(query.replace("{nudges}", schema), list(values))
            columns = [str(column[0]) for column in found.description or []]
            return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

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
            halts=rows(
                "select halt_id, scope, who, why, recorded_at, until_at from {nudges}.nudge_halts "
                # A release is a further row of the same halt, so the latest row tells.
                "qualify row_number() over (partition by halt_id "
                "order by recorded_at desc, released_at desc nulls last) = 1 "
                "and released_at is null and (until_at is null or until_at > ?) order by recorded_at",
                at,
            ),
            stops=tuple(_stops(settings)),
            last_tick=ticks[0] if ticks else {},
            lease=leases[0] if leases else {},
        )


def _stops(settings: Settings) -> Iterator[str]:
    if settings.is_halted:
        yield f"{PREFIX}HALT=1 stops all sends"
    if settings.halt_file.exists():
        yield f"the file {settings.halt_file} stops all sends; take it away to go on"


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
    for row in status.doubts:
        yield f"  {row['nudge_id']}  {row['state']}, last attempt {instant(row['last_attempted_at'])}"
        told = f"account {row['account_id']}, {row['milestone_key']}, tier {row['tier']} by {row['channel']}"
        yield from paragraph(f"{told}. {sentence(row['reason_code'])}", indent=6)
    if not status.halts and not status.stops:
        yield "stopped     nothing"
    for stop in status.stops:
        yield f"stopped     {stop}"
    for halt in status.halts:
        until = instant(halt["until_at"]) if halt["until_at"] else "released by a person"
        yield (
            f"stopped     {halt['scope']} by {halt['who']} until {until}: {halt['why']} "
            f"(halt {halt['halt_id']})"
        )


def _tick(status: LedgerStatus) -> Iterator[str]:
    tick = status.last_tick
    if tick:
        yield (
            f"last tick   {tick['tick_id']}, finished {instant(tick['finished_at'])}, "
            f"facts as of {instant(tick['as_of'])}"
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
