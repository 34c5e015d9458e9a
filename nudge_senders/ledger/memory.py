"""What is remembered of the ledger outside of the warehouse: which one it was and how much it held.

A restored backup, a deleted log or a wrong file then shows as "another ledger" or "fewer entries". The file
lies beside the warehouse and is rewritten whole; a missing one remembers nothing.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

MEMORY_FILE = "ledger_seen.json"


@dataclass(frozen=True)
class Memory:
    """What was last seen of one namespace."""

    ledger_id: str
    entries: int
    fence: int


def recall(home: Path, namespace: str) -> Memory | None:
    """What was last seen; None if nothing. Raises ValueError for a file that cannot be understood."""
    path = home / MEMORY_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        seen = json.loads(text).get(namespace)
        return (
            None if seen is None else Memory(str(seen["ledger_id"]), int(seen["entries"]), int(seen["fence"]))
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {error!r}") from error


def remember(home: Path, namespace: str, memory: Memory) -> None:
    """Put what is seen now in place of what was seen before, durably."""
    path = home / MEMORY_FILE
    try:
        everything = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(everything, dict):
            everything = {}
    except (FileNotFoundError, ValueError):
        everything = {}
    everything[namespace] = asdict(memory)
    aside = path.with_name(f"{MEMORY_FILE}.{os.getpid()}")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(everything, file, indent=2, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)
