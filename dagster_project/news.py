"""When a finding is worth a word: once it has stayed bad for as long as it may, again every six hours, and
when it is over. Pure; what is remembered between two looks is a sensor's cursor."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from dagster_project.watching import Finding

TOLD_AGAIN_AFTER = timedelta(hours=6)


@dataclass(frozen=True)
class Remembered:
    """Of one look: since when it is bad, when that was last told, and whether it was good the last time."""

    bad_since: datetime | None = None
    told_at: datetime | None = None
    was_good: bool | None = None


def news(before: Remembered, finding: Finding, now: datetime) -> tuple[Remembered, str | None]:
    """What to remember, and what to say, if anything."""
    if finding.is_good:
        over = f"over: {finding.told}" if before.told_at is not None else None
        return Remembered(was_good=True), over
    bad_since = before.bad_since or now
    is_ripe = now - bad_since >= finding.bears
    is_due = before.told_at is None or now - before.told_at >= TOLD_AGAIN_AFTER
    if is_ripe and is_due:
        return Remembered(bad_since, now, was_good=False), finding.told
    return Remembered(bad_since, before.told_at, was_good=False), None


def read_cursor(text: str | None) -> dict[str, Remembered]:
    """What was remembered by name; nothing where the cursor is none of ours."""
    try:
        kept = json.loads(text or "{}")
        return {
            name: Remembered(_instant(state["bad_since"]), _instant(state["told_at"]), state["was_good"])
            for name, state in kept.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def write_cursor(remembered: dict[str, Remembered]) -> str:
    return json.dumps(
        {name: asdict(state) for name, state in remembered.items()}, default=str, sort_keys=True
    )


def _instant(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept is not None else None
