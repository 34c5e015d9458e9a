"""What a halt held back is looked at again when the halt's time is over, whether a row or a file said so."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from dagster_project.settings import Settings
from dagster_project.wake_up import next_wake_at
from dagster_project.warehouse import reading
from nudge_senders.halt_file import FileHalt, add_to_halt_file
from nudge_senders.ledger import open_ledger
from tests.dagster_project.conftest import START


def test_a_tick_wakes_when_a_halt_is_over(tmp_path: Path) -> None:
    settings = Settings.from_environment({"MILESTONE_AGENT_DUCKDB_PATH": str(tmp_path / "w.duckdb")})
    ledger = open_ledger(settings.duckdb_path, clock=lambda: START)
    ledger.migrate()

    def wakes_at() -> datetime | None:
        with reading(settings) as connection:
            return next_wake_at(connection, settings, as_of=None, tick_at=START)

    ledger.append_halt(scope="all", who="kim", why="for good")
    assert wakes_at() is None
    for hours in (-1, 5):
        ledger.append_halt(scope="all", who="kim", why="night", until_at=START + timedelta(hours=hours))
    assert wakes_at() == START + timedelta(hours=5)
    for hours in (-1, 2):
        line = FileHalt(scope="channel:email", until_at=START + timedelta(hours=hours))
        add_to_halt_file(settings.halt_file, line)
    assert wakes_at() == START + timedelta(hours=2)
