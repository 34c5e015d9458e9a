"""Every statement that arrived, in order, for whoever wants to analyse them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SentStatement:
    """A statement as it was sent. `error` is BigQuery's reason and message, None when it ran;
    `configuration` is the job's, without the text."""

    sql: str
    job_id: str
    statement_type: str
    session_id: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


class StatementLog:
    """Keeps the statements, and writes each as a line of JSON when there is a file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._kept: list[SentStatement] = []

    def __iter__(self) -> Iterator[SentStatement]:
        with self._lock:
            return iter(list(self._kept))

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def add(self, statement: SentStatement) -> None:
        with self._lock:
            self._kept.append(statement)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(statement), default=str) + "\n")
