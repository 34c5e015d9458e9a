"""A warehouse with a demo, a ledger and one tick on it, on each engine the same, and commands run against it.

The tick is a replay of the demo's end, so that every row is the same whenever the tests run. What is asserted
stands in the tests.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb

from dagster_project.demo.generator import generate
from dagster_project.settings import PREFIX as OF_THE_ENVIRONMENT
from dagster_project.settings import Settings
from nudge_senders.identity import HASH_KEY_VARIABLE
from tests.engines.command_line.remembered import HASH_KEY, remember

PREFIX = "engines_"
ENDS = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)
_SECONDS_AT_MOST = 1800
_NUDGES = 8


@dataclass(frozen=True)
class World:
    """`rows` answers a query that every engine reads alike, or runs a statement that is kept; names of
    columns are in lower case."""

    name: str
    environ: Mapping[str, str]
    home: Path
    rows: Callable[[str], list[dict[str, Any]]]
    #: how often somebody has logged in so far, where that is done at all
    log_ins: Callable[[], int] | None = None
    printed: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings.from_environment(self.environ)

    @contextmanager
    def in_this_process(self) -> Iterator[Settings]:
        """The environment of the world, as a schedule has it."""
        with patch.dict("os.environ", self.environ):
            yield self.settings

    def run(self, *arguments: str, refuses: bool = False, **environ: str) -> str:
        """What `milestone-agent` prints for these arguments and further variables, without what names the
        engine, its folder or its ledger."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("milestone-agent")), *arguments],
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=_SECONDS_AT_MOST,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert (done.returncode != 0) == refuses, printed[-6000:]
        printed = printed.replace(str(self.home), "HOME")
        printed = re.sub(rf"(HOME/warehouse\.duckdb|\b{self.name}\b)", "WAREHOUSE", printed)
        return re.sub(r"(ledger id +)\w+", r"\1LEDGER", printed)

    def printing(self, *arguments: str) -> str:
        """As `run`, for a command that changes nothing: run once, however often it is asked for."""
        if arguments not in self.printed:
            self.printed[arguments] = self.run(*arguments)
        return self.printed[arguments]


def demo(folder: Path) -> Path:
    """The raw tables of 60 accounts."""
    path = folder / "demo.duckdb"
    generate(path, now=ENDS, accounts=60)
    return path


@contextmanager
def on_duckdb(home: Path, source: Path) -> Iterator[World]:
    home.mkdir(parents=True)
    shutil.copy(source, home / "warehouse.duckdb")

    def rows(sql: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            connection.execute("set timezone = 'UTC'")
            found = connection.execute(sql)
            names = [column[0].lower() for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    yield World("duckdb", _environ({}, home) | {f"{OF_THE_ENVIRONMENT}TARGET": "duckdb"}, home, rows)


@contextmanager
def on_bigquery(home: Path, source: Path) -> Iterator[World]:
    from tests.engines.bigquery.service import standing_in

    with standing_in(home, source) as service:

        def rows(sql: str) -> list[dict[str, Any]]:
            return [{name.lower(): value for name, value in row.items()} for row in service.rows(sql)]

        yield World("bigquery", _environ(service.environ, home), home, rows)
        assert service.stand_in is not None
        assert service.stand_in.unserved == []


@contextmanager
def on_snowflake(home: Path, source: Path) -> Iterator[World]:
    from tests.engines.snowflake.service import standing_in

    with standing_in(home, source) as service:

        def rows(sql: str) -> list[dict[str, Any]]:
            with service.connected(autocommit=True) as connection, connection.cursor() as cursor:
                cursor.execute(sql)
                names = [str(column[0]).lower() for column in cursor.description]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        def log_ins() -> int:
            return (home / "stand_in.log").read_text(encoding="utf-8").count("login-request")

        yield World("snowflake", _environ(service.environ, home), home, rows, log_ins)


def tick(world: World, nudges: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Fill the ledger and tick; returns the nudges that the ledger holds then, which DuckDB finds by a first
    tick of its own."""
    if nudges is None:
        world.run("tick", "--as-of", ENDS.isoformat())
        nudges = world.rows(
            "select nudges.nudge_id, nudges.account_id, nudges.milestone_key, nudges.tier, nudges.channel, "
            "nudges.destination, nudges.contact_id, nudges.template_key, contacts.email "
            f"from {PREFIX}onboarding.fct_nudge_decisions as nudges "
            f"left join {PREFIX}onboarding_intermediate.int_contacts_resolved as contacts "
            "on nudges.account_id = contacts.account_id and nudges.contact_id = contacts.contact_id "
            f"where nudges.arm = 'treatment' order by nudges.nudge_id limit {_NUDGES}"
        )
    else:
        world.run("init")
    with world.in_this_process() as settings:
        remember(world.environ, settings.schema("nudges"), nudges, ENDS)
    world.run("tick", "--as-of", ENDS.isoformat())
    return nudges


def _environ(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    import os

    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(OF_THE_ENVIRONMENT)
    } | dict(environ)
    return kept | {
        f"{OF_THE_ENVIRONMENT}DUCKDB_PATH": str(home / "warehouse.duckdb"),
        f"{OF_THE_ENVIRONMENT}SCHEMA_PREFIX": PREFIX,
        HASH_KEY_VARIABLE: HASH_KEY,
        "PYTHONWARNINGS": "ignore",
    }
