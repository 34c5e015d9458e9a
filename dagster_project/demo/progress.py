"""How long work tells where it is: a bar on a terminal, plain lines elsewhere.

Only the demo's own work reports here; a tick reports through its own run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

Progress = Callable[[str, float], None]
"""Called with what is being done and the share done so far, from 0 to 1."""


def no_progress(what: str, share: float) -> None:
    """For callers that do not want to hear."""


def progress_on(stream: TextIO) -> Progress:
    """A bar that redraws itself on a terminal; elsewhere one line per stage and per further quarter of the
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
        quarter = int(share * 4)
        if last.get(what) != quarter:
            last[what] = quarter
            stream.write(f"{what} ({share:.0%})\n")
            stream.flush()

    return report
