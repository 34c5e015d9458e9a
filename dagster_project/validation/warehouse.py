"""Opens the DuckDB file for reading, briefly, and turns whatever is wrong with the file into a refusal.

What is inside is judged elsewhere. Nothing here writes, and nothing keeps the file open.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.settings import Settings
from dagster_project.validation.seed_reader import shown_path

PATIENCE_SECONDS = 3.0
_LOCK_RETRY_SECONDS = 0.2


class WarehouseUnusable(Refused):
    """The file is not there, or cannot be read by this DuckDB."""


@contextmanager
def reading(
    settings: Settings, *, patience_seconds: float | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection in UTC; closed at the end of the block.

    Raises `WarehouseBusy` while another process writes, `WarehouseUnusable` for everything else, both with
    one message of what and remedy. Waits up to `patience_seconds` (3 if not given) for a writer, because a
    tick holds the file briefly.
    """
    connection = _open(
        settings.duckdb_path, PATIENCE_SECONDS if patience_seconds is None else patience_seconds
    )
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
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
            text = str(error)
            if "lock" not in text.lower():
                raise WarehouseUnusable(f"{shown}: {_explained(path, text)}") from error
            if time.monotonic() >= last_try:
                raise WarehouseBusy(f"{shown}: {_who_locks(text)}") from error
            time.sleep(_LOCK_RETRY_SECONDS)


def _who_locks(text: str) -> str:
    """DuckDB names the process that holds the file: `held in /usr/bin/python (PID 123)`."""
    held = re.search(r"held in (?P<program>.*?) \(PID (?P<pid>\d+)\)", text)
    who = f"process {held['pid']} ({held['program']})" if held else "another process"
    return (
        f"the warehouse file is locked by {who}; wait until it ends (a tick takes seconds), "
        "or close the program that keeps it open"
    )


def _explained(path: Path, text: str) -> str:
    if "storage version" in text:
        age = "an older" if "with an older" in text else "a newer"
        by = _written_by(path)
        return (
            f"the file was written by {age} DuckDB{by} than this one ({duckdb.__version__}) can read; "
            f"install that version of the duckdb package, or write the file again with {duckdb.__version__}"
        )
    if "not a valid DuckDB database file" in text:
        return "is not a DuckDB file; point MILESTONE_AGENT_DUCKDB_PATH at one"
    if "permission" in text.lower():
        return "may not be read by this user; change its permissions"
    first_line = text.splitlines()[0] if text else "unknown reason"
    return (
        f"cannot be opened ({first_line}); restore it from a backup, or check that it is a whole DuckDB file"
    )


def _written_by(path: Path) -> str:
    """` v2.0.0`: the version that DuckDB writes into the header at byte 52, empty where it is not legible."""
    with path.open("rb") as file:
        header = file.read(84)
    version = header[52:84].split(b"\0")[0]
    return f" ({version.decode('ascii')})" if re.fullmatch(rb"v[0-9A-Za-z.\-]{1,30}", version) else ""
