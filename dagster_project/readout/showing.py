"""When a readout is computed and drawn, and when what was kept of it is shown again.

What is written for a data cut-off stays, so that the same cut-off, plan and code can show nothing new. What
was shown is kept beside the page; without it, or without the page, both are made again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import experiments
from dagster_project.readout.frames import read_cutoff
from dagster_project.readout.plan import Plan, read_plan
from dagster_project.readout.run import make_readout
from dagster_project.readout.shown import Shown, shown_of
from dagster_project.readout.store import read_past
from dagster_project.readout.writing_page import page_path, replace_whole, write_page
from dagster_project.settings import Settings
from dagster_project.warehouse import reading

_SOURCES = (Path(__file__).parent, Path(experiments.__file__).parent)


@dataclass(frozen=True)
class Showing:
    """What is shown of one experiment; whether its data cut-off is new, and whether it was computed now."""

    shown: Shown
    is_new: bool
    is_computed: bool


def show(settings: Settings, experiment_key: str, now: datetime) -> Showing:
    """The readout at the data cut-off of the last tick, with its page; computed only where something can have
    changed. A readout whose statistics failed in part is tried again. Raises `Refused` as `make_readout`.
    """
    with reading(settings) as connection:
        plan = read_plan(connection, settings, experiment_key)
        cutoff = read_cutoff(connection, settings)
        is_written = read_past(connection, settings, plan, cutoff).is_written
    made_from = _made_from(settings, plan, cutoff)
    kept = _kept(settings, experiment_key, made_from) if is_written else None
    if kept is not None:
        return Showing(kept, is_new=False, is_computed=False)
    made = make_readout(settings, experiment_key, now)
    write_page(settings, made)
    shown = shown_of(made.readout, now)
    _keep(settings, shown, _made_from(settings, made.plan, made.readout.cutoff))
    return Showing(shown, is_new=made.is_new, is_computed=True)


def _made_from(settings: Settings, plan: Plan, cutoff: datetime) -> str:
    """Changes with the cut-off, the namespace whose nudges count, the plan with every step of its roll-out,
    and the code."""
    return hashlib.sha256(
        "\n".join((cutoff.isoformat(), settings.namespace, repr(plan), code_hash())).encode()
    ).hexdigest()


@cache
def code_hash() -> str:
    """Of everything that computes, words and draws a readout."""
    hashed = hashlib.sha256()
    for folder in _SOURCES:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".sql", ".j2"}:
                hashed.update(path.read_bytes())
    return hashed.hexdigest()


def _kept(settings: Settings, experiment_key: str, made_from: str) -> Shown | None:
    path = _path(settings, experiment_key)
    if not (path.is_file() and page_path(settings, experiment_key).is_file()):
        return None
    try:
        stamp, _, told = path.read_text(encoding="utf-8").partition("\n")
        return Shown.from_json(told) if stamp == json.dumps(made_from) else None
    except (ValueError, TypeError, OSError):
        # It is only a copy: whatever is the matter with it, the readout can be computed.
        return None


def _keep(settings: Settings, shown: Shown, made_from: str) -> None:
    path = _path(settings, shown.experiment_key)
    if shown.failures:
        path.unlink(missing_ok=True)
    else:
        replace_whole(path, f"{json.dumps(made_from)}\n{shown.as_json()}\n")


def _path(settings: Settings, experiment_key: str) -> Path:
    return page_path(settings, experiment_key).with_suffix(".jsonl")
