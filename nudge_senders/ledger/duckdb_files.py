"""Why a DuckDB file cannot be opened, told as `what; remedy` on one line. Opening it is the callers' work."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

_HELD_HERE = "Unique file handle conflict"
#: In this process somebody writes to a file that another wants to read only, or the other way round.
_HELD_OTHERWISE = "different configuration than existing connections"
_LOCKED = (
    "Could not set lock",
    "Conflicting lock",
    "being used by another process",
    _HELD_HERE,
    _HELD_OTHERWISE,
)
_UNOPENED = ("Cannot open file", "not a valid DuckDB database file", "storage version")


def is_locked(error: duckdb.Error) -> bool:
    """Does somebody else hold the file? The word alone says nothing: a damaged file has a "block at
    location"."""
    text = str(error)
    return any(sign in text for sign in _LOCKED)


def is_held_by_this_process(error: duckdb.Error) -> bool:
    """Has another instance of DuckDB in this process opened the file?"""
    return _HELD_HERE in str(error)


def is_about_opening(error: duckdb.Error) -> bool:
    """Was the file never opened, so that nothing in it can have changed?"""
    return is_locked(error) or any(sign in str(error) for sign in _UNOPENED)


def why_locked(error: duckdb.Error) -> str:
    """DuckDB names the process that holds the file: `held in /usr/bin/python (PID 123)`."""
    if any(sign in str(error) for sign in (_HELD_HERE, _HELD_OTHERWISE)):
        return "the warehouse file is open in this process already; close that connection, and try again"
    held = re.search(r"held in (?P<program>.*?) \(PID (?P<pid>\d+)\)", str(error))
    who = f"process {held['pid']} ({held['program']})" if held else "another process"
    return (
        f"the warehouse file is locked by {who}; wait until it ends (a tick takes seconds), "
        "or close the program that keeps it open"
    )


def why_unreadable(path: Path, error: duckdb.Error) -> str:
    """For everything but a lock."""
    text = str(error)
    if "storage version" in text:
        age = "an older" if "with an older" in text else "a newer"
        return (
            f"the file was written by {age} DuckDB{_written_by(path)} than this one ({duckdb.__version__}) "
            f"can read; install that version of the duckdb package, or write the file again with "
            f"{duckdb.__version__}"
        )
    if "not a valid DuckDB database file" in text:
        return "is not a DuckDB file; point MILESTONE_AGENT_DUCKDB_PATH at one"
    if "permission" in text.lower():
        return "may not be opened by this user; change the permissions of the file and of its folder"
    first_line = text.splitlines()[0] if text else "unknown reason"
    if "Cannot open file" in text:
        return f"cannot be opened ({first_line}); check the path and the folder it names"
    return (
        f"cannot be opened ({first_line}); restore it from a backup, or check that it is a whole DuckDB file"
    )


def _written_by(path: Path) -> str:
    """` (v2.0.0)`: the version that DuckDB writes into the header at byte 52, empty where it is not
    legible."""
    try:
        with path.open("rb") as file:
            header = file.read(84)
    except OSError:
        return ""
    version = header[52:84].split(b"\0")[0]
    return f" ({version.decode('ascii')})" if re.fullmatch(rb"v[0-9A-Za-z.\-]{1,30}", version) else ""
