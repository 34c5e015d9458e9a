"""The demo's world as its days go by: what it holds lies aside until the instant at which it was loaded.

Belongs here: when a row arrives, and how a story adds its own. Does not belong here: what the demo holds
(`dagster_project.demo`), or what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.demo.customers import HEARTBEAT_SOURCES
from dagster_project.demo.generator import generate
from tests.oracle.instants import instant_of
from tests.oracle.raw import COLUMNS, History, Row

#: What arrives by itself -> when. An account without a sign-up date was there before.
_ARRIVALS = {
    "crm.accounts": "coalesce(signed_up_at, timestamp '1970-01-01')",
    "crm.account_aliases": "updated_at",
    "crm.account_touches": "loaded_at",
    "segment.tracks": "uuid_ts",
    "segment.groups": "uuid_ts",
    "amplitude.events": "loaded_at",
    "mixpanel.events": "loaded_at",
    "integrations.sync_runs": "loaded_at",
    "feedback.message_events": "loaded_at",
}


class LivingDemo:
    """A demo warehouse at `path` that was made of its last instant and is lived through from `start` on."""

    def __init__(
        self, path: Path, *, start: datetime, end: datetime, seeds_dir: Path, accounts: int, days: int
    ) -> None:
        self._path = path
        generate(path, now=end, accounts=accounts, days=days, seeds_dir=seeds_dir, events=accounts * 20)
        with self._open() as connection:
            # Nobody was seen, and nothing was written down, by a CRM that did not know them yet.
            connection.execute(
                "update crm.accounts set updated_at = least(updated_at, coalesce(signed_up_at, $1))",
                [_naive(start)],
            )
            connection.execute(
                "update crm.contacts set last_seen_at = greatest(updated_at, least(last_seen_at, $1))",
                [_naive(start)],
            )
            connection.execute("delete from loader.heartbeats")
            connection.execute("create schema later")
            for table in (*_ARRIVALS, "crm.contacts"):
                connection.execute(f"create table {_later(table)} as from {table}")
                connection.execute(f"delete from {table}")
        self.arrive(start)

    def arrive(self, now: datetime) -> None:
        """Everything that was loaded by `now`; every loader says that it has read up to there."""
        with self._open() as connection:
            for table, arrives_at in _ARRIVALS.items():
                _move(connection, table, f"{arrives_at} <= $1", [_naive(now)])
            _move(connection, "crm.contacts", "account_id in (select account_id from crm.accounts)", [])
            connection.executemany(
                "insert into loader.heartbeats values ($1, $2, $2)",
                [[source, _naive(now)] for source in HEARTBEAT_SOURCES],
            )

    def add(self, table: str, **values: object) -> None:
        """A row of a story; aware instants become what the warehouse stores."""
        stored = [_naive(value) if isinstance(value, datetime) else value for value in values.values()]
        places = ", ".join("?" for _ in stored)
        with self._open() as connection:
            columns = ", ".join(f'"{name}"' for name in values)
            connection.execute(f"insert into {table} ({columns}) values ({places})", stored)

    def execute(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        stored = [_naive(value) if isinstance(value, datetime) else value for value in values]
        with self._open() as connection:
            return connection.execute(sql, stored).fetchall()

    def history(self) -> History:
        """The raw rows as they are now, for a reader that knows no SQL."""
        with self._open() as connection:
            return {table: _rows(connection, table) for table in COLUMNS}

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self._path)) as connection:
            connection.execute("set timezone = 'UTC'")
            yield connection


def _move(connection: duckdb.DuckDBPyConnection, table: str, chosen: str, values: list[object]) -> None:
    connection.execute(f"insert into {table} from {_later(table)} where {chosen}", values)
    connection.execute(f"delete from {_later(table)} where {chosen}", values)


def _later(table: str) -> str:
    return f"later.{table.replace('.', '_')}"


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[Row]:
    names = list(COLUMNS[table])
    columns = ", ".join(f'"{name}"' for name in names)
    found = connection.execute(f"select {columns} from {table}").fetchall()
    return [dict(zip(names, map(_plain, row), strict=True)) for row in found]


def _plain(value: object) -> object:
    return instant_of(value) if isinstance(value, datetime) else value


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
