"""How long work tells where it is: a bar on a terminal, plain lines elsewhere, and a word in every silence.

Only the demo's own work reports here; a tick reports its nodes itself, and is silent between them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

Progress = Callable[[str, float], None]
"""Called with what is being done and the share done so far, from 0 to 1."""


def no_progress(what: str, share: float) -> None:
    """For callers that do not want to hear."""


def progress_on(stream: TextIO) -> Progress:
    """A bar that redraws itself on a terminal; elsewhere one line per stage and per further tenth of the
    whole.
    """
    return _bar(stream) if stream.isatty() else _lines(stream)


def _bar(stream: TextIO) -> Progress:
    width = 30

    def report(what: str, share: float) -> None:
        filled = round(width * min(max(share, 0.0), 1.0))
        end = "\n" if share >= 1 else ""
        stream.write(f"\r[{'#' * filled}{'.' * (width - filled)}] {share:4.0%} {what:<40.40}{end}")
        stream.flush()

    return report


def _lines(stream: TextIO) -> Progress:
    last: dict[str, int] = {}

    def report(what: str, share: float) -> None:
        tenth = int(share * 10)
        if last.get(what) != tenth:
            last[what] = tenth
            stream.write(f"{what} ({share:.0%})\n")
            stream.flush()

    return report


class StillWorking:
    """While the block runs, a word whenever nothing was `heard` for `seconds`: long work must not look dead.

    A line of its own; on a terminal one that the next report writes over.
    """

    def __init__(self, stream: TextIO, *, seconds: float = 10.0) -> None:
        self._stream = stream
        self._seconds = seconds
        self._started_at = self._heard_at = time.monotonic()
        self._last = ""
        self._is_line_open = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="still working", daemon=True)

    def heard(self, what: str) -> None:
        """Something was reported; `what` is named in the next silence."""
        self._last, self._heard_at, self._is_line_open = what, time.monotonic(), False

    def __enter__(self) -> StillWorking:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        if self._is_line_open:
            self._stream.write(f"\r{'':<100}\r")
            self._stream.flush()

    def _watch(self) -> None:
        while not self._ended.wait(max(self._heard_at + self._seconds - time.monotonic(), 0.05)):
            if time.monotonic() - self._heard_at < self._seconds:
                continue
            self._heard_at = time.monotonic()
            so_far = f"{self._heard_at - self._started_at:.0f} s so far"
            text = f"  still working, {so_far}" + (f"; last heard of {self._last}" if self._last else "")
            self._is_line_open = self._stream.isatty()
            self._stream.write(f"\r{text:<100.100}" if self._is_line_open else f"{text}\n")
            self._stream.flush()
