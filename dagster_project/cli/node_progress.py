"""Progress of dbt's nodes: one line that is rewritten on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from dagster_project.dbt_in_process import NodeEvent, NodeFinished, NodeStarted

_SECONDS_BETWEEN_PLAIN_LINES = 10.0
_SLOW_SECONDS = 5.0


class NodeProgress:
    """Call it with each event, and `close` at the end. Writes to standard error, so that results can be
    piped.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._last_line_at = time.monotonic()
        self._is_line_open = False

    def __call__(self, event: NodeEvent) -> None:
        name = event.unique_id.split(".")[2]
        if isinstance(event, NodeFinished) and not event.is_good and event.status != "skipped":
            self._line(f"  {event.status}: {name}")
        elif self._is_terminal and isinstance(event, NodeStarted):
            self._rewrite(f"  [{event.position}/{event.total}] {name}")
        elif isinstance(event, NodeFinished) and not self._is_terminal and self._is_worth_a_line(event):
            self._line(f"  {event.position} of {event.total} done, last {name} ({event.seconds:.1f} s)")

    def close(self) -> None:
        if self._is_line_open:
            self._rewrite("")
            self._stream.write("\r")
            self._stream.flush()
            self._is_line_open = False

    def _is_worth_a_line(self, event: NodeFinished) -> bool:
        is_due = time.monotonic() - self._last_line_at >= _SECONDS_BETWEEN_PLAIN_LINES
        return is_due or event.seconds >= _SLOW_SECONDS or event.position == event.total

    def _line(self, text: str) -> None:
        self.close()
        self._last_line_at = time.monotonic()
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _rewrite(self, text: str) -> None:
        self._stream.write(f"\r{text[:100]:<100}")
        self._stream.flush()
        self._is_line_open = True
