"""Whether the destinations that the policy names could deliver from here.

The closed list of names, what each needs and how it is asked belong to nudge_senders; that a seed names a
known one is checked in policy_rules.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from dagster_project.settings import Settings
from dagster_project.validation.report import Problem, Severity
from dagster_project.validation.seed_reader import Seed, shown_path
from nudge_senders.registry import (
    KNOWN_DESTINATIONS,
    OUTBOX,
    check_destination,
    settings_problem,
)
from nudge_senders.settings import SenderSettings


def check_destinations(
    settings: Settings, policy: Seed, environ: Mapping[str, str], *, ask: bool
) -> Iterator[Problem]:
    """A live tier without the settings that it needs is refused. With `ask`, the outbox has to be writable,
    and a rehearsal hears which destinations going live would lack."""
    senders = _senders(settings, environ)
    for row in policy.rows:
        name = row.text("destination")
        if name not in KNOWN_DESTINATIONS or not row.is_on("is_enabled"):
            continue
        problem = settings_problem(name, senders)
        if problem is None:
            continue
        what = f"destination {name} of tier {row.text('tier')} {problem.removeprefix(f'{name} ')}"
        remedy = "set these variables, or stay in shadow (unset MILESTONE_AGENT_LIVE)"
        if settings.is_live:
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


def ask_destinations(settings: Settings, policy: Seed, environ: Mapping[str, str]) -> Iterator[str]:
    """One line for every known destination: what it lacks, or what its provider answers to a harmless
    question. Those that the policy names come first."""
    required = {row.text("destination") for row in policy.rows if row.is_on("is_enabled")}
    senders = _senders(settings, environ)
    for name in sorted(KNOWN_DESTINATIONS - {OUTBOX}, key=lambda name: (name not in required, name)):
        need = "required by the policy" if name in required else "not in the policy"
        problem = settings_problem(name, senders)
        if problem is None:
            answer = check_destination(name, senders)
            yield f"{name} ({need}): {'good' if answer.is_good else 'NOT good'}: {answer.said}"
        else:
            yield f"{name} ({need}): {problem.removeprefix(f'{name} is ')}"


def _senders(settings: Settings, environ: Mapping[str, str]) -> SenderSettings:
    return SenderSettings(
        namespace=settings.namespace,
        home=settings.home,
        env=settings.env,
        environ=environ,
        outbox=settings.outbox,
    )


def _is_writable(folder: Path) -> bool:
    """Whether the folder, or the nearest one above it that exists, takes new files."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return existing.is_dir() and os.access(existing, os.W_OK)
