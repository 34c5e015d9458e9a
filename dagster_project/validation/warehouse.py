"""Opens the warehouse for a brief look, and turns whatever is wrong with a DuckDB file into a refusal.

What is inside is judged elsewhere. Nothing here writes, and nothing keeps the file open.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dagster_project.connection import Connection
from dagster_project.duckdb_connection import DuckDBConnection
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.settings import Settings
from dagster_project.validation.seed_reader import shown_path
from dagster_project.warehouse import reading as reading_cloud
from nudge_senders.ledger.duckdb_files import is_locked, why_locked, why_unreadable

PATIENCE_SECONDS = 3.0
_LOCK_RETRY_SECONDS = 0.2


class WarehouseUnusable(Refused):
    """The file is not there, or cannot be read by this DuckDB."""


@contextmanager
def reading(settings: Settings, *, patience_seconds: float | None = None) -> Iterator[Connection]:
    """A read-only connection in UTC, on any target; closed at the end of the block.

    Of a file it raises `WarehouseBusy` while another process writes, `WarehouseUnusable` for everything else,
    both with one message of what and remedy. Waits up to `patience_seconds` (3 if not given) for a writer,
    because a tick holds the file briefly. A cloud warehouse raises `Refused`.
    """
    if not settings.is_embedded:
        with reading_cloud(settings) as cloud:
            yield cloud
        return
    connection = _open(
        settings.duckdb_path, PATIENCE_SECONDS if patience_seconds is None else patience_seconds
    )
    try:
        connection.execute("set timezone = 'UTC'")
        yield DuckDBConnection(connection)
    finally:
        connection.close()


def _open(path: Path, patience_seconds: float) -> duckdb.DuckDBPyConnection:
    shown = shown_path(path)
    if not path.exists():
        raise WarehouseUnusable(
            f"{shown}: there is no warehouse file; point MILESTONE_AGENT_DUCKDB_PATH at your DuckDB file, "
            "or run `milestone-agent demo` to make one"
        )
    if path.is_dir():
        raise WarehouseUnusable(
            f"{shown}: is a folder, not a DuckDB file; point MILESTONE_AGENT_DUCKDB_PATH at the file"
        )
    last_try = time.monotonic() + patience_seconds
    while True:
        try:
            return duckdb.connect(str(path), read_only=True)
        except duckdb.Error as error:
            if not is_locked(error):
                raise WarehouseUnusable(f"{shown}: {why_unreadable(path, error)}") from error
            if time.monotonic() >= last_try:
                raise WarehouseBusy(f"{shown}: {why_locked(error)}") from error
            time.sleep(_LOCK_RETRY_SECONDS)
