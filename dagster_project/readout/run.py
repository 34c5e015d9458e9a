"""Making a readout: read the warehouse, compute, remember. One code for the asset and for the command.

Between reading and writing the file is free: on DuckDB a tick may be waiting for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from dagster_project.readout.frames import observe
from dagster_project.readout.page import PastDecision
from dagster_project.readout.plan import Plan, experiment_keys, read_plan
from dagster_project.readout.store import Past, read_decisions, read_past, write
from dagster_project.settings import Settings
from dagster_project.warehouse import reading, writing
from experiments.readout import Readout, read_out


@dataclass(frozen=True)
class Made:
    """A readout, its plan, whether its data cut-off is new, and what the cut-offs before it came to."""

    readout: Readout
    plan: Plan
    is_new: bool
    past_decisions: tuple[PastDecision, ...]


def keys_of(settings: Settings) -> tuple[str, ...]:
    """The experiments that the seeds of the last tick name."""
    with reading(settings) as connection:
        return experiment_keys(connection, settings)


def make_readout(settings: Settings, experiment_key: str, now: datetime) -> Made:
    """Compute the readout at the data cut-off of the last tick and keep it, once per cut-off.

    Raises `Refused` for an unknown experiment, before the first tick, and while somebody holds the file.
    """
    with reading(settings) as connection:
        plan = read_plan(connection, settings, experiment_key)
        observed = observe(connection, settings, plan)
        past = read_past(connection, settings, plan, observed.cutoff)
        decisions = read_decisions(connection, settings, plan, observed.cutoff)
    readout = read_out(plan.experiment, plan.epochs, observed, past.record)
    readout = _with_other_plans(readout, past)
    if not past.is_written:
        with writing(settings) as connection:
            write(connection, settings, plan, readout, now)
    return Made(readout, plan, is_new=not past.is_written, past_decisions=decisions)


def _with_other_plans(readout: Readout, past: Past) -> Readout:
    """Error rates hold for a plan that was fixed before anybody looked, so that a change is said for ever."""
    if not past.looks_of_other_plans:
        return readout
    told = (
        f"The plan was changed after {past.looks_of_other_plans:,} looks under another one: the error rates "
        "hold only for a plan that is fixed before its first look. A new question needs a new key and salt."
    )
    decision = replace(readout.decision, reasons=(*readout.decision.reasons, told))
    return replace(readout, decision=decision)
