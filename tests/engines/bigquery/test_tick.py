"""Whole ticks in shadow with the ledger on BigQuery, as the schedule runs them. One story, in its order."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.clock import system_clock
from dagster_project.inputs import source_tables
from dagster_project.manifest import load_manifest
from dagster_project.settings import Settings
from dagster_project.should_tick import Verdict, should_tick
from dagster_project.watching import attempts
from tests.engines.bigquery.needed import ENGINES
from tests.engines.bigquery.service import PREFIX, Service, standing_in

pytestmark = ENGINES


@pytest.fixture
def settings(service: Service, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The service's, with its environment in this process, as a schedule has it."""
    for name, value in service.environ.items():
        monkeypatch.setenv(name, value)
    return Settings.from_environment(service.environ)


def _outbox(service: Service) -> list[str]:
    return sorted(path.name for path in (service.home / "outbox").rglob("*.txt"))


def _entries(service: Service) -> dict[str, list[str]]:
    """Kinds of each nudge in their order."""
    found = service.rows(
        f"select nudge_id, string_agg(kind, ' ' order by fence, seq, recorded_at) as kinds "
        f"from {PREFIX}nudges.nudge_events group by nudge_id"
    )
    return {row["nudge_id"]: row["kinds"].split() for row in found}


def _verdict(settings: Settings) -> Verdict:
    sources = source_tables(load_manifest(settings))
    return should_tick(settings, sources, runs_under_way=0, clock=system_clock)


def test_a_first_tick_sends_to_the_outbox_what_the_ledger_says_it_sent(service: Service) -> None:
    printed = service.run("tick")

    entries = _entries(service)
    assert "Tick of dev/shadow on bigquery" in printed
    assert entries
    assert all(kinds == ["claimed", "attempting", "sent"] for kinds in entries.values())
    assert len(_outbox(service)) == len(entries)


def test_a_second_tick_sends_nothing_again_and_loads_no_seed_again(service: Service) -> None:
    before, sent = _entries(service), _outbox(service)
    printed = service.run("tick")

    assert "8 of 8 done" not in printed
    assert {nudge: kinds for nudge, kinds in _entries(service).items() if nudge in before} == before
    assert set(sent) <= set(_outbox(service))
    [ticks] = service.rows(f"select count(*) as n, count(distinct fence) as fences from {PREFIX}nudges.ticks")
    assert (ticks["n"], ticks["fences"]) == (2, 2)
    [lease] = service.rows(f"select released_at from {PREFIX}nudges.nudge_lease")
    assert lease["released_at"] is not None


def test_the_schedule_rests_until_something_arrives(service: Service, settings: Settings) -> None:
    resting = _verdict(settings)
    service.rows(
        "insert into crm.account_holds (account_id, reason, held_from) "
        "select min(account_id), 'legal review', timestamp '2020-01-01 00:00:00+00' from crm.accounts"
    )
    woken = _verdict(settings)

    assert resting.is_idle, resting.why
    assert woken.is_launching
    assert "arrived or was changed" in woken.why


def test_the_watch_can_look(settings: Settings) -> None:
    finding = attempts(settings, system_clock)

    assert finding.is_good, finding.told


def test_a_halt_is_written_told_and_released(service: Service) -> None:
    service.run("ledger", "halt", "--scope", "channel:email", "--why", "too many complaints", "--who", "ada")
    halted = service.run("ledger", "status")
    service.run("ledger", "release", "--all", "--why", "looked into", "--who", "ada")
    released = service.run("ledger", "status")

    assert "channel:email" in halted
    assert "too many complaints" in halted
    assert "channel:email" not in released
    assert "last tick" in released


def test_a_replay_decides_as_it_does_on_duckdb(demo: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(demo), read_only=True) as connection:
        [(newest,)] = connection.execute("select max(loaded_at) from loader.heartbeats").fetchall()
    as_of = newest.replace(tzinfo=UTC).isoformat()
    with standing_in(tmp_path / "bigquery", demo) as service:
        service.run("tick", "--as-of", as_of)
        there = service.rows(f"select * from {PREFIX}onboarding.fct_nudge_decisions")

    warehouse = Path(shutil.copy(demo, tmp_path / "warehouse.duckdb"))
    on_duckdb = {"MILESTONE_AGENT_TARGET": "duckdb", "MILESTONE_AGENT_DUCKDB_PATH": str(warehouse)}
    Service({**service.environ, **on_duckdb}, tmp_path, None).run("tick", "--as-of", as_of)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(f"select * from {PREFIX}onboarding.fct_nudge_decisions")
        names = [column[0] for column in found.description or []]
        here = [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    assert len(there) > 20
    assert _comparable(there) == _comparable(here)


def _comparable(rows: list[dict[str, Any]]) -> list[str]:
    """Rows in an order of their own, instants without their zone. The tick's id is made anew each time."""
    plain = [
        {
            name: value.replace(tzinfo=None).isoformat() if isinstance(value, datetime) else value
            for name, value in row.items()
            if name != "tick_id"
        }
        for row in rows
    ]
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in plain)
