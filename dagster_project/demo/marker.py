"""Whether a warehouse file is the demo's own, and how a new one takes its place.

The only guard between the demo and somebody's real warehouse: nothing here writes to a file without the
marker.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.errors import Refused, WarehouseBusy
from nudge_senders.ledger.duckdb_files import is_locked, why_locked

GENERATOR_VERSION = 2


@dataclass(frozen=True)
class Marker:
    """What the demo writes into its own file (`planted.marker`); `created_at` is naive UTC, the world's first
    present.
    """

    seed: int
    created_at: datetime
    generator_version: int
    accounts: int
    days: int

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            "create table planted.marker (seed bigint, created_at timestamp, generator_version integer, "
            "accounts bigint, days integer)"
        )
        connection.execute(
            "insert into planted.marker values (?, ?, ?, ?, ?)",
            [self.seed, self.created_at, self.generator_version, self.accounts, self.days],
        )


def read_marker(connection: duckdb.DuckDBPyConnection) -> Marker | None:
    """The marker of an open warehouse; none when the demo did not make it."""
    found = connection.execute(
        "select count(*) from information_schema.tables "
        "where table_schema = 'planted' and table_name = 'marker'"
    ).fetchone()
    if not found or not found[0]:
        return None
    row = connection.execute(
        "select seed, created_at, generator_version, accounts, days from planted.marker"
    ).fetchone()
    return Marker(*row) if row else None


def marker_of(path: Path) -> Marker | None:
    """The marker of the file at `path`, none when there is no such file.

    Raises `Refused` when a file is there that the demo did not make or that cannot be read, and leaves it
    untouched.
    """
    if not path.exists():
        return None
    remedy = "Move it away, or point MILESTONE_AGENT_DUCKDB_PATH at a new file for the demo."
    if not path.is_file():
        raise Refused(f"{path} is not a file. {remedy}")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            marker = read_marker(connection)
    except duckdb.Error as error:
        if is_locked(error):
            raise WarehouseBusy(f"{path}: {why_locked(error)}.") from None
        raise Refused(
            f"{path} cannot be read as a DuckDB warehouse ({_first_line(error)}). {remedy}"
        ) from None
    if marker is None:
        raise Refused(
            f"{path} was not made by the demo, which writes only to files that it made itself. {remedy}"
        )
    return marker


def put_in_place(built: Path, path: Path, *, was_ours: bool) -> None:
    """Let the built file take the place of the demo's former one, with the outbox and the pages that
    belonged to that one.

    The write-ahead log of the former file has to go first: it must not be replayed onto the new one.
    """
    if was_ours:
        wal_of(path).unlink(missing_ok=True)
    built.replace(path)
    if was_ours:
        for folder in ("outbox", "experiments"):
            shutil.rmtree(path.parent / folder, ignore_errors=True)
        for leftover in ("marts.duckdb", "ledger_seen.json"):
            (path.parent / leftover).unlink(missing_ok=True)


def wal_of(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
