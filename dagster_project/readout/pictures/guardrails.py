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
)
from experiments.guardrails import Guardrail
from experiments.readout import Readout
from experiments.result import Estimate
from experiments.row import TREATMENT

_BLUE = COLOURS[TREATMENT]
_LIMIT = "#9b1c31"
_ROW = 0.62
"""Inches per guardrail."""


def guardrails_picture(readout: Readout) -> str:
    """Per guardrail the share of treated accounts less that of control, in percentage points, with its
    interval, the margin that was agreed, and the floor: what it is at least, on any day. An SVG.
    """
    guardrails = readout.guardrails
    if not guardrails:
        return sentence_picture(
            "guardrails", "Do nudges annoy: nothing to draw", "No limit was agreed for this experiment."
        )
    title = _title(guardrails)
    drawn = figure(title, height=1.45 + _ROW * len(guardrails))
    area = axes(drawn, title, bottom=0.85, left=2.25, right=1.3)
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
        "more often with nudges than without (percentage points)\n"
        "red line: the limit that was agreed      ▸ at least this much, on whatever day one looks",
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
        if one.floor is not None and one.floor > min(values):
            values.append(one.floor)
    low, high = min(values) * 100, max(values) * 100
    room = 0.08 * max(high - low, 0.1)
    area.set_xlim(low - room, high + room)


def _draw(area: Axes, row: int, guardrail: Guardrail) -> None:
    margin = guardrail.margin * 100
    area.plot([margin, margin], [row - 0.3, row + 0.3], color=_LIMIT, linewidth=2.4)
    colour = _LIMIT if guardrail.is_crossed else _BLUE
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
    else:
        told = "not to be\ntold yet"
    if guardrail.floor is not None and guardrail.floor * 100 >= area.get_xlim()[0]:
        area.plot([guardrail.floor * 100], [row], ">", color=colour, markersize=7, markerfacecolor="white")
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
    inset = -2.15 / float(area.figure.get_size_inches()[0] * area.get_position().width)
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
