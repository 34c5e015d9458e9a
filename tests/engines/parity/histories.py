"""The histories that all engines are given, step by step.

A demo is what the pipeline is for, and is replayed as of its end. A generated history is what loaders do to
it: rows that come late, twice, without values, in other zones, under ids such as `NA`. It is lived through:
a tick, what became of the nudges that were due then and how people answered, and a tick weeks later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from random import Random

from dagster_project.demo.generator import generate as generate_demo
from nudge_senders.ledger.entry import Entry
from tests.engines.parity.engine import Rows
from tests.oracle.generator.load import load
from tests.oracle.generator.world import Options, generate
from tests.oracle.instants import DAY, at, datetime_of
from tests.oracle.ledger import NudgeState
from tests.oracle.policy import load_seeds, read_policy
from tests.oracle.raw import ARRIVES, Row
from tests.parsed_project import SHIPPED_PROJECT
from tests.properties import ledger_rows
from tests.properties.dbt_project_copy import DbtProjectCopy
from tests.properties.scenarios import Scenario

_DEMO_ENDS = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)
_NASTY = Scenario("nasty", Options(seed=71, accounts=150, now=at("2026-03-29 01:00:00")))
#: So long before the last tick that the weeks of the messages have rested by then, as reports want it.
_MESSAGES_BEFORE = 16 * DAY
_ANSWERS = ("opened", "clicked", "unsubscribed", "dismissed", "bounced", "negative_reply", "delivered")


@dataclass(frozen=True)
class Step:
    """The raw data as they had arrived at a naive UTC instant, in a DuckDB file, and a build of them: of a
    tick, before which the entries were appended to the ledger, or of a replay."""

    source: Path
    now: datetime
    is_tick: bool = False
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class History:
    """`second` makes the step that follows, once it is known what was decided in the first."""

    project: Path
    first: Step
    second: Callable[[Rows], Step] | None = None


def a_demo(folder: Path) -> History:
    """60 accounts of the demo as of its end."""
    file = folder / "demo.duckdb"
    generate_demo(file, now=_DEMO_ENDS, accounts=60)
    return History(SHIPPED_PROJECT, Step(file, _DEMO_ENDS.replace(tzinfo=None)))


def a_nasty_one(folder: Path) -> History:
    """150 generated accounts, messages and answers, around a change to summer time."""
    # What is kept of a parse is of the shipped seeds.
    DbtProjectCopy.parsed = None
    project = DbtProjectCopy(folder, _NASTY.seeds(load_seeds(SHIPPED_PROJECT / "seeds")))
    raw = dict(generate(_NASTY.options, project.seeds))
    now = _NASTY.options.now

    def step(name: str, until: int, entries: tuple[Entry, ...] = ()) -> Step:
        file = folder / f"{name}.duckdb"
        load(file, raw, until)
        return Step(file, datetime_of(until), is_tick=True, entries=entries)

    def second(decisions: Rows) -> Step:
        random = Random(_NASTY.options.seed)
        sent_by = now - _MESSAGES_BEFORE
        due = sorted(decisions, key=lambda row: str(row["nudge_id"]))
        played = ledger_rows.play_out(random, due, read_policy(project.seeds), sent_by)
        touches, feedback = ledger_rows.answers(random, played, sent_by)
        feedback += [_answer(nudge, kind, sent_by) for (nudge, _), kind in zip(played, cycle(_ANSWERS))]
        raw["crm.account_touches"] = [*raw["crm.account_touches"], *touches]
        raw["feedback.message_events"] = [*raw["feedback.message_events"], *feedback]
        entries = (row for nudge in played for row in ledger_rows.entries_of(*nudge, sent_by))
        return step("second", now, tuple(map(_entry, entries)))

    return History(project.folder, step("first", now - _MESSAGES_BEFORE - DAY), second)


def _answer(nudge: NudgeState, event_type: str, at: int) -> Row:
    """Of a message that its provider knows by an id of its own."""
    return {
        "event_id": f"{event_type} {nudge.nudge_id}",
        "provider_message_id": f"receipt {nudge.nudge_id}",
        "provider": "hubspot",
        "event_type": event_type,
        "occurred_at": at,
        "loaded_at": at,
        ARRIVES: at,
    }


def _entry(row: Row) -> Entry:
    """The ledger's own id is filled in where the entry is appended."""
    text = {
        "template_key": f"of {row['channel']}",
        "variant": "a" if row["tier"] == 1 else "b",
        "provider_ref": f"receipt {row['nudge_id']}" if row["kind"] == "sent" else None,
    }
    return Entry.from_row(dict.fromkeys(Entry.__dataclass_fields__) | row | text)


HISTORIES: dict[str, Callable[[Path], History]] = {"demo": a_demo, "nasty": a_nasty_one}
