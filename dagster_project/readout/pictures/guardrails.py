"""Whether nudges annoy: what must not happen more often, against what was agreed."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from dagster_project.readout import names
from dagster_project.readout.pictures.frame import (
    COLOURS,
    INK,
    QUIET,
    SMALL,
    as_svg,
    axes,
    figure,
    sentence_picture,
    size_inches,
)
from experiments.guardrails import Guardrail
from experiments.readout import Readout
from experiments.result import Estimate
from experiments.row import TREATMENT

_BLUE = COLOURS[TREATMENT]
_LIMIT = "#9b1c31"
_ROW = 0.68
"""Inches per guardrail."""


def guardrails_picture(readout: Readout) -> str:
    """Per guardrail the share of treated accounts less that of control, in percentage points, with its
    always-valid interval (grey where its floor may not be read yet) and the margin that was agreed. An SVG.
    """
    guardrails = readout.guardrails
    if not guardrails:
        return sentence_picture(
            "guardrails", "Do nudges annoy: nothing to draw", "No limit was agreed for this experiment."
        )
    title = _title(guardrails)
    drawn = figure(title, height=1.28 + _ROW * len(guardrails))
    area = axes(drawn, title, bottom=0.72, left=2.0, right=1.2)
    area.grid(visible=False)
    area.set_ylim(len(guardrails) - 0.5, -0.5)
    area.set_yticks([])
    area.spines["left"].set_visible(False)
    _set_width(area, guardrails)
    area.axvline(0, color=INK, linewidth=1)
    for row, guardrail in enumerate(guardrails):
        _draw(area, row, guardrail)
    area.xaxis.set_major_locator(MaxNLocator(5))
    area.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g}" if value else "0"))
    area.set_xlabel(
        "more often with nudges than without (percentage points)\nred line: the limit that was agreed",
        fontsize=SMALL,
        color=INK,
    )
    return as_svg(drawn, name="guardrails", told=title)


def _title(guardrails: Sequence[Guardrail]) -> str:
    crossed = [names.guardrail(one.name) for one in guardrails if one.is_crossed]
    if crossed:
        return textwrap.shorten(f"Over the agreed limit with nudges: {', '.join(crossed)}", 130)
    unknown = sum(one.floor is None for one in guardrails)
    if unknown == len(guardrails):
        return "Do nudges annoy: too early to tell"
    told = "Nothing is known to be over its agreed limit with nudges"
    return f"{told} ({unknown} of {len(guardrails)} cannot be told yet)" if unknown else told


def _set_width(area: Axes, guardrails: Sequence[Guardrail]) -> None:
    values = [0.0]
    for one in guardrails:
        values.append(one.margin)
        if isinstance(one.excess, Estimate):
            values += [one.excess.lower, one.excess.upper]
    low, high = min(values) * 100, max(values) * 100
    room = 0.08 * max(high - low, 0.1)
    area.set_xlim(low - room, high + room)


def _draw(area: Axes, row: int, guardrail: Guardrail) -> None:
    margin = guardrail.margin * 100
    area.plot([margin, margin], [row - 0.3, row + 0.3], color=_LIMIT, linewidth=2.4)
    colour = _LIMIT if guardrail.is_crossed else QUIET if guardrail.floor is None else _BLUE
    excess = guardrail.excess
    if isinstance(excess, Estimate):
        area.errorbar(
            [excess.point * 100],
            [row],
            xerr=[[(excess.point - excess.lower) * 100], [(excess.upper - excess.point) * 100]],
            fmt="o",
            color=colour,
            markersize=5,
            capsize=3,
            linewidth=1.6,
        )
        told = f"{names.points(excess.point)}\n({names.between(excess.lower, excess.upper, 'share')})"
        if guardrail.floor is None:
            told += "\ntoo few to tell"
    else:
        told = "not to be\ntold yet"
    _write(area, row, told, at=1, colour=colour if isinstance(excess, Estimate) else QUIET)
    name = textwrap.shorten(names.guardrail(guardrail.name), 30, placeholder=" ...")
    _write(area, row - 0.2, _fitting(name), at=None, colour=INK, weight="bold")
    _write(area, row + 0.18, counts(guardrail), at=None, colour=QUIET)


def _fitting(name: str) -> str:
    """One word longer than the margin is cut as well."""
    return name if len(name) <= 26 else f"{name[:23]}..."


def counts(guardrail: Guardrail) -> str:
    """The accounts behind a guardrail."""
    treatment, control = guardrail.treatment, guardrail.control
    return (
        f"{treatment.events:,} of {treatment.accounts:,} with,\n"
        f"{control.events:,} of {control.accounts:,} without"
    )


def _write(
    area: Axes, row: float, text: str, *, at: float | None, colour: str, weight: str = "normal"
) -> None:
    """Beside the drawing: to its right, or in the left margin where `at` is None."""
    inset = -1.9 / size_inches(area)[0]
    area.annotate(
        text,
        (inset if at is None else at, row),
        xycoords=("axes fraction", "data"),
        xytext=(0 if at is None else 8, 0),
        textcoords="offset points",
        ha="left",
        va="center" if at is not None or weight != "bold" else "bottom",
        fontsize=SMALL,
        fontweight=weight,
        color=colour,
        annotation_clip=False,
        parse_math=False,
    )
