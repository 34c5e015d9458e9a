"""The planted numbers are true of the raw rows: counted again by plain Python, without the generator."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from dagster_project.demo.generator import SEEDS_DIR
from tests.demo.conftest import NOW

PRESENT = NOW.replace(tzinfo=None)
# What the warehouse stores has no zone.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Heard:
    source: str
    event_id: str
    name: str
    hint: str | None
    user: str | None
    occurred_at: datetime
    loaded_at: datetime


@dataclass
class Reached:
    completed_at: datetime
    known_at: datetime


@dataclass
class Story:
    """What plain Python makes of one account's raw rows."""

    account_id: str
    path: str
    signed_up_at: datetime
    reached: dict[int, Reached] = field(default_factory=dict)

    @property
    def furthest(self) -> int:
        return max(self.reached, default=0)


def raw_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[Heard]:
    tracks = connection.execute(
        'select id, event, context_group_id, user_id, "timestamp", uuid_ts from segment.tracks'
    ).fetchall()
    yield from (Heard("segment", *row) for row in tracks)
    for event_id, name, groups, *rest in connection.execute(
        "select insert_id, event_type, groups, user_id, event_time, loaded_at from amplitude.events"
    ).fetchall():
        yield Heard("amplitude", event_id, name, json.loads(groups).get("company"), *rest)
    for event_id, name, properties, *rest in connection.execute(
        'select insert_id, event, properties, distinct_id, "time", loaded_at from mixpanel.events'
    ).fetchall():
        yield Heard("mixpanel", event_id, name, json.loads(properties).get("company_id"), *rest)


def paths() -> dict[str, list[tuple[set[str], float]]]:
    """Per path the spellings and the slip hours of each milestone, in order."""
    found: dict[str, list[tuple[set[str], float]]] = defaultdict(list)
    with (SEEDS_DIR / "critical_path.csv").open(encoding="utf-8") as lines:
        for row in sorted(csv.DictReader(lines), key=lambda row: int(row["milestone_order"])):
            found[row["path_key"]].append((set(row["event_name"].split("|")), float(row["slip_hours"])))
    return found


@pytest.fixture(scope="module")
def stories(world: object) -> dict[str, Story]:
    with duckdb.connect(str(world), read_only=True) as connection:
        return read_stories(connection)


def read_stories(connection: duckdb.DuckDBPyConnection) -> dict[str, Story]:
    known_paths = paths()
    crm = connection.execute(
        "select account_id, signed_up_at, segment, path_key from crm.accounts"
    ).fetchall()
    aliases = {
        (source, external): account
        for source, external, account in connection.execute(
            "select source_name, external_id, account_id from crm.account_aliases"
        ).fetchall()
    }
    groups = dict(connection.execute("select user_id, group_id from segment.groups").fetchall())
    contacts = dict(connection.execute("select user_id, account_id from crm.contacts").fetchall())
    merged = {external for source, external in aliases if source == "crm"}
    accounts = {account_id for account_id, *_ in crm}

    def account_of(row: Heard) -> str | None:
        name = row.hint or groups.get(row.user or "") or contacts.get(row.user or "")
        if name is None:
            return None
        name = aliases.get((row.source, name), aliases.get(("crm", name), name))
        return name if name in accounts else None

    usable = [
        (account, row)
        for row in raw_rows(connection)
        if EARLIEST <= row.occurred_at <= row.loaded_at + timedelta(minutes=15)
        and (account := account_of(row))
    ]
    first_seen: dict[str, datetime] = {}
    for account, row in usable:
        first_seen[account] = min(row.occurred_at, first_seen.get(account, row.occurred_at))
    found = {}
    for account_id, signed_up_at, segment, path_key in crm:
        start = signed_up_at or first_seen[account_id]
        if account_id not in merged and start <= PRESENT:
            path = path_key or (segment if segment in known_paths else "default")
            found[account_id] = Story(account_id, path, start)
    for account, row in usable:
        if account not in found:
            continue
        for order, (spellings, _) in enumerate(known_paths[found[account].path], start=1):
            if row.name in spellings:
                before = found[account].reached.setdefault(order, Reached(row.occurred_at, row.loaded_at))
                before.completed_at = min(before.completed_at, row.occurred_at)
                before.known_at = min(before.known_at, row.loaded_at)
    return found


def planted(connection: duckdb.DuckDBPyConnection, key: str) -> float:
    row = connection.execute("select planted_value from planted.facts where fact_key = ?", [key]).fetchone()
    assert row is not None
    return float(row[0])


def test_accounts_are_those_that_exist_at_the_present(
    reading: duckdb.DuckDBPyConnection, stories: dict[str, Story]
) -> None:
    assert planted(reading, "accounts") == len(stories)


def test_milestones_skips_and_detours(reading: duckdb.DuckDBPyConnection, stories: dict[str, Story]) -> None:
    told = list(stories.values())
    assert planted(reading, "milestones_completed") == sum(len(story.reached) for story in told)
    assert planted(reading, "skipped_steps") == sum(story.furthest - len(story.reached) for story in told) > 5
    detours = 0
    for story in told:
        times = [story.reached[order].completed_at for order in sorted(story.reached)]
        detours += times != sorted(times)
    assert planted(reading, "out_of_order_accounts") == detours > 5


def test_late_news_and_early_first_values(
    reading: duckdb.DuckDBPyConnection, stories: dict[str, Story]
) -> None:
    late = [
        reached
        for story in stories.values()
        for reached in story.reached.values()
        if reached.known_at > reached.completed_at + timedelta(hours=24)
    ]
    assert planted(reading, "late_milestones") == len(late) > 5
    known_paths = paths()
    first_values = {
        story.account_id: story.reached[len(known_paths[story.path])].completed_at - story.signed_up_at
        for story in stories.values()
        if story.furthest == len(known_paths[story.path])
    }
    assert planted(reading, "first_value_accounts") == len(first_values)
    early = [hours for hours in first_values.values() if hours <= timedelta(hours=36)]
    assert planted(reading, "ahead_of_schedule") == len(early) > 5


def test_the_account_called_na_has_milestones(
    reading: duckdb.DuckDBPyConnection, stories: dict[str, Story]
) -> None:
    assert planted(reading, "milestones_of_na") == len(stories["NA"].reached) > 0


def test_slipped_accounts_of_the_default_path(
    reading: duckdb.DuckDBPyConnection, stories: dict[str, Story]
) -> None:
    path = paths()["default"]
    holds = {
        account: (held_from, held_until)
        for account, held_from, held_until in reading.execute(
            "select account_id, held_from, held_until from crm.account_holds"
        ).fetchall()
    }
    slipped = 0
    for story in stories.values():
        if story.path != "default" or story.furthest == len(path):
            continue
        start = max([story.signed_up_at, *(reached.completed_at for reached in story.reached.values())])
        slips_at: datetime | None = start + timedelta(hours=path[story.furthest][1])
        held_from, held_until = holds.get(story.account_id, (None, None))
        if held_from is not None and slips_at is not None and held_from < slips_at:
            if held_until is None:
                slips_at = None
            else:
                slips_at += max(held_until - max(held_from, start), timedelta())
        slipped += slips_at is not None and slips_at <= PRESENT
    assert planted(reading, "slipped_accounts") == slipped > 50


def test_the_control_group_follows_the_published_hash(
    reading: duckdb.DuckDBPyConnection, stories: dict[str, Story]
) -> None:
    with (SEEDS_DIR / "experiments.csv").open(encoding="utf-8") as lines:
        salt = next(csv.DictReader(lines))["salt"]
    with (SEEDS_DIR / "experiment_epochs.csv").open(encoding="utf-8") as lines:
        share = float(next(csv.DictReader(lines))["treatment_share"])
    internal = {
        row[0] for row in reading.execute("select account_id from crm.accounts where is_internal").fetchall()
    }
    assert planted(reading, "internal_accounts") == len(internal) > 5
    control = 0
    for account_id in set(stories) - internal:
        digest = hashlib.md5(f"{salt}:{account_id}".encode(), usedforsecurity=False).hexdigest()
        control += int(digest[:8], 16) % 10_000 >= share * 10_000
    assert planted(reading, "control_accounts") == control
    assert 0.7 < control / len(stories) < 0.9


def test_rows_sent_again_on_the_same_day(reading: duckdb.DuckDBPyConnection) -> None:
    rows = 0
    distinct = set()
    for row in raw_rows(reading):
        rows += 1
        distinct.add((row.source, row.event_id, row.loaded_at.date()))
    assert planted(reading, "duplicate_rows") == rows - len(distinct) > 50


def test_broken_clocks(reading: duckdb.DuckDBPyConnection) -> None:
    broken = [
        row
        for row in raw_rows(reading)
        if row.occurred_at < EARLIEST or row.occurred_at > row.loaded_at + timedelta(minutes=15)
    ]
    assert planted(reading, "broken_clock_rows") == len(broken) > 5
