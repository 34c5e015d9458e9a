"""Whether the destinations that the policy names could deliver from here.

The closed list of names and what each needs belong to nudge_senders; that a seed names a known one is
checked in policy_rules.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dagster_project.settings import Settings
from dagster_project.validation.report import Problem, Severity
from dagster_project.validation.seed_reader import Seed, shown_path
from nudge_senders.registry import KNOWN_DESTINATIONS, available_destinations


def check_destinations(settings: Settings, policy: Seed, *, ask: bool) -> Iterator[Problem]:
    """A live tier without a way out is refused. With `ask`, the outbox has to be writable, and a rehearsal
    hears which destinations going live would lack."""
    able = available_destinations()
    for row in policy.rows:
        name = row.text("destination")
        if name not in KNOWN_DESTINATIONS or name in able or not row.is_on("is_enabled"):
            continue
        what = f"destination {name} of tier {row.text('tier')} cannot deliver yet"
        if settings.is_live:
            remedy = f"use one of {', '.join(sorted(able))}, or stay in shadow (unset MILESTONE_AGENT_LIVE)"
            yield policy.error(row, name, what, remedy)
        elif ask:
            yield policy.warning(
                row, name, what, "in shadow its messages go to the outbox; going live would be refused"
            )
    if ask and not settings.is_live and not _is_writable(settings.outbox):
        yield Problem(
            Severity.ERROR,
            shown_path(settings.outbox),
            None,
            "outbox",
            "the outbox cannot be written",
            "change the permissions of the folder of MILESTONE_AGENT_DUCKDB_PATH",
        )


def _is_writable(folder: Path) -> bool:
    """Whether the folder, or the nearest one above it that exists, takes new files."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return existing.is_dir() and os.access(existing, os.W_OK)
