"""How many accounts of each arm have reached first value by which age, and how many are still watched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from dagster_project.readout import names
from dagster_project.readout.pictures.frame import (
    COLOURS,
    INK,
    QUIET,
    SMALL,
    STYLES,
    as_svg,
    axes,
    figure,
    label_ends,
    not_comparable,
    sentence_picture,
    size_inches,
    thinned,
)
from experiments.decision import Status
from experiments.pictured import ActivationCurve
from experiments.readout import Readout

_MOST_STEPS = 300
_MOST_AGES = 7


def activation_picture(readout: Readout) -> str:
    """Share that has reached first value (1 - Kaplan-Meier, in percent) by age in days, as steps, with the
    accounts at risk under the axis and a line at the horizon. An SVG.
    """
    curves = [curve for curve in readout.curves if len(curve.days) and curve.at_risk and curve.at_risk[0]]
    curves.sort(key=lambda curve: curve.arm, reverse=True)
    if readout.decision.status is Status.INVALID:
        return not_comparable("activation", "How many reached first value")
    if not curves:
        return sentence_picture(
            "activation",
            "How many reached first value: nothing to draw yet",
            "No account has been watched yet.",
        )
    title = _title(curves, readout.curves)
    horizon = readout.experiment.horizon_days
    drawn = figure(title, height=4.1)
    area = axes(drawn, title, bottom=1.3, left=1.3, right=1.25)
    area.set_xlim(0, horizon * 1.015)
    for curve in curves:
        days, shares = _steps(curve)
        area.step(
            days,
            shares,
            where="post",
            color=COLOURS.get(curve.arm, INK),
            linestyle=STYLES.get(curve.arm, "-"),
            linewidth=1.8,
        )
    highest = max(float(np.max(curve.share_activated)) for curve in curves)
    area.set_ylim(0, min(1.0, max(0.1, highest * 1.18)))
    area.yaxis.set_major_locator(MaxNLocator(5))
    area.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0 if highest > 0.08 else 1, symbol=" %"))
    area.xaxis.set_major_locator(MaxNLocator(_MOST_AGES, integer=True))
    area.set_ylabel("reached first value (% of accounts)", fontsize=SMALL, color=INK)
    area.set_xlabel("days since sign-up", fontsize=SMALL, color=INK)
    _mark_horizon(area, horizon)
    last = max(float(curve.days[-1]) for curve in curves)
    label_ends(
        area, [_end(curve) for curve in curves], at_x=max(last, area.get_xlim()[1] * (last >= horizon))
    )
    _at_risk(area, curves)
    return as_svg(drawn, name="activation", told=title)


def _title(curves: Sequence[ActivationCurve], all_curves: Sequence[ActivationCurve]) -> str:
    by = min(float(curve.days[-1]) for curve in curves)
    told = [f"{names.percent(_share_at(curve, by))} {names.arm(curve.arm)}" for curve in curves]
    if len(told) == 2:
        told[1] = told[1].removesuffix(" nudges")
    title = f"First value reached by day {by:g}: {', '.join(told)}"
    drawn = {curve.arm for curve in curves}
    missing = [names.arm(curve.arm) for curve in all_curves if curve.arm not in drawn]
    return f"{title} (no account yet {' and '.join(missing)})" if missing else title


def _share_at(curve: ActivationCurve, day: float) -> float:
    return float(curve.share_activated[np.searchsorted(curve.days, day, side="right") - 1])


def _steps(curve: ActivationCurve) -> tuple[list[float], list[float]]:
    """The curve at no more ages than the eye can tell apart."""
    if len(curve.days) <= _MOST_STEPS:
        return curve.days.tolist(), curve.share_activated.tolist()
    ages = np.linspace(float(curve.days[0]), float(curve.days[-1]), _MOST_STEPS)
    return ages.tolist(), [_share_at(curve, age) for age in ages]


def _end(curve: ActivationCurve) -> tuple[float, str, str]:
    share = float(curve.share_activated[-1])
    return share, f"{names.arm(curve.arm)}\n{names.percent(share)}", COLOURS.get(curve.arm, INK)


def _short(accounts: int) -> str:
    """Thousands from a hundred of them on, so that seven numbers have room."""
    return names.count(accounts) if accounts < 100_000 else f"{accounts / 1000:,.0f} k"


def _mark_horizon(area: Axes, horizon: float) -> None:
    area.axvline(horizon, color=QUIET, linewidth=1, linestyle=":")
    area.annotate(
        f"day {horizon:g}: counted up to here",
        (horizon, 0),
        xycoords=("data", "axes fraction"),
        xytext=(-4, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=SMALL,
        color=QUIET,
    )


def _at_risk(area: Axes, curves: Sequence[ActivationCurve]) -> None:
    """The table under the axis: each number stands below its age."""
    width, height = size_inches(area)
    line = 0.19 / height
    top = -0.65 / height
    inset = -1.22 / width
    _write(area, inset, top, "not arrived yet, and still watched, at each age", QUIET)
    for row, curve in enumerate(curves, start=1):
        colour = COLOURS.get(curve.arm, INK)
        _write(area, inset, top - row * line, names.arm(curve.arm), colour)
        for place in thinned(len(curve.at_risk), _MOST_AGES):
            area.annotate(
                _short(curve.at_risk[place]),
                (curve.at_risk_days[place], top - row * line),
                xycoords=("data", "axes fraction"),
                ha="center",
                va="center",
                fontsize=SMALL,
                color=colour,
            )


def _write(area: Axes, x: float, y: float, text: str, colour: str) -> None:
    """Text that begins at a place given in fractions of the area."""
    area.annotate(
        text,
        (x, y),
        xycoords="axes fraction",
        ha="left",
        va="center",
        fontsize=SMALL,
        color=colour,
        annotation_clip=False,
    )
