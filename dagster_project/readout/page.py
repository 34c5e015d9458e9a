"""A readout as one HTML file that needs nothing else: no script, no address outside.

Belongs here: what the page is made of and in which order. Does not belong here: the words, the cells of the
tables, the pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from dagster_project.readout import explained, names, tables, words
from dagster_project.readout.pictures import (
    activation_picture,
    days_saved_picture,
    growth_picture,
    guardrails_picture,
)
from dagster_project.readout.pictures.frame import SENTENCE
from dagster_project.text_layout import instant
from experiments.decision import Status
from experiments.readout import Readout


@dataclass(frozen=True)
class PastDecision:
    """What an earlier data cut-off (UTC) came to."""

    cutoff: datetime
    status: Status
    reasons: tuple[str, ...] = ()


def page(readout: Readout, *, past_decisions: Sequence[PastDecision] = ()) -> str:
    """The whole page. `past_decisions`, in any order, are told where the status changed. The same readout
    gives the same bytes.
    """
    captions = explained.captions(readout)
    return _template().render(
        key=readout.experiment.experiment_key,
        status=readout.decision.status.value,
        status_name=names.STATUSES[readout.decision.status],
        verdict=words.verdict(readout),
        reasons=readout.decision.reasons,
        cutoff=instant(readout.cutoff),
        looks=readout.decision.record.looks,
        next_step=words.next_step(readout),
        deciding=words.interval_named(readout.decision.interval, readout.decision.kind),
        history=_changes(past_decisions),
        status_names=names.STATUSES,
        pictures={
            "activation": _shown(activation_picture(readout), captions["activation"]),
            "days_saved": _shown(days_saved_picture(readout), captions["days_saved"]),
            "guardrails": _shown(guardrails_picture(readout), captions["guardrails"]),
            "growth": _shown(growth_picture(readout), captions["growth"]),
        },
        horizon=f"{readout.experiment.horizon_days:g}",
        arms=tables.arm_lines(readout),
        metric_tables=tables.metric_tables(readout),
        checks=tables.check_lines(readout),
        failures=readout.failures,
        guardrail_lines=tables.guardrail_lines(readout),
        outlook=words.outlook(readout),
        parameters=tables.parameters(readout),
        explanations=explained.explanations(readout),
        glossary=explained.glossary(readout),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")


def _shown(svg: str, caption: str) -> tuple[Markup, str]:
    """A picture of ours, whose texts are escaped already, with its caption where something is drawn."""
    return Markup(svg), "" if f'class="{SENTENCE}"' in svg else caption


def _changes(past: Sequence[PastDecision]) -> list[PastDecision]:
    """The decisions that differ from the one before, oldest first."""
    told: list[PastDecision] = []
    for one in sorted(past, key=lambda one: one.cutoff):
        if not told or told[-1].status is not one.status:
            told.append(one)
    return told
