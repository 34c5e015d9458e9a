"""The halt file beside the warehouse: stops that work while the warehouse is locked, one on each line.

A line is `scope`, or `scope TAB until TAB halt id TAB who TAB why`. An empty file stops everything, and so
does whatever cannot be read or understood. What a scope stops is said in `halts`.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

EVERYTHING = "all"
#: More than anybody writes; a file that is larger is none of ours.
_MOST_BYTES = 100_000


@dataclass(frozen=True, kw_only=True)
class FileHalt:
    """One line. `until_at` is aware UTC, None until somebody takes the line away."""

    scope: str = EVERYTHING
    until_at: datetime | None = None
    halt_id: str = ""
    who: str = ""
    why: str = ""

    def is_standing(self, now: datetime) -> bool:
        return self.until_at is None or self.until_at > now

    def line(self) -> str:
        until = "" if self.until_at is None else self.until_at.astimezone(UTC).isoformat()
        cells = (self.scope, until, self.halt_id, self.who, self.why)
        return "\t".join(" ".join(cell.split()) for cell in cells) + "\n"


def read_halt_file(path: Path) -> tuple[FileHalt, ...]:
    """Every line, also those whose time is over; nothing where there is no file. Never raises."""
    try:
        # Of the name itself, so that a link that leads nowhere counts as a file that cannot be read.
        path.lstat()
    except FileNotFoundError:
        return ()
    except OSError as error:
        return (_unreadable(error),)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return (FileHalt(why=f"{path.name} is no file, so it is taken for a stop"),)
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return (_unreadable(error),)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or len(content) > _MOST_BYTES:
        return (FileHalt(),)
    return tuple(_halt_of(line) for line in lines)


def add_to_halt_file(path: Path, halt: FileHalt) -> None:
    """Add a line; one write to the end, so that what stands there stays. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        before = ""
        if path.exists():
            content = path.read_bytes()
            # An empty file stops everything, which it would not do any more with a narrower line in it.
            before = f"{EVERYTHING}\n" if not content.strip() else "" if content.endswith(b"\n") else "\n"
        with path.open("ab") as file:
            file.write(f"{before}{halt.line()}".encode())
            file.flush()
            os.fsync(file.fileno())


def take_from_halt_file(path: Path, halt_ids: Collection[str] | None) -> int:
    """Take away the lines of these halts, or with None the whole file; returns how many lines that were.

    Raises OSError where that cannot be done, and then everything stands as before.
    """
    with _alone(path):
        halts = read_halt_file(path)
        kept = [] if halt_ids is None else [halt for halt in halts if halt.halt_id not in halt_ids]
        if len(kept) == len(halts):
            return 0
        if not kept:
            path.unlink()
        else:
            aside = path.with_name(f"{path.name}.{os.getpid()}")
            aside.write_text("".join(halt.line() for halt in kept), encoding="utf-8")
            os.replace(aside, path)
        return len(halts) - len(kept)


def _halt_of(line: str) -> FileHalt:
    scope, until, halt_id, who, why = (*(cell.strip() for cell in line.split("\t", 4)), "", "", "", "")[:5]
    try:
        until_at = datetime.fromisoformat(until) if until else None
        if until_at is not None and until_at.tzinfo is None:
            raise ValueError("an instant without a zone")
    except ValueError:
        scope, until_at = EVERYTHING, None
    return FileHalt(scope=scope or EVERYTHING, until_at=until_at, halt_id=halt_id, who=who, why=why)


def _unreadable(error: Exception) -> FileHalt:
    return FileHalt(why=f"the halt file cannot be read ({type(error).__name__}), so it is taken for a stop")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two people who stop and release at the same time do not lose a line to each other."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
