"""The days saved as they were known over calendar time, with the interval that may be read on any day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
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
    date_axis,
    date_number,
    figure,
    not_comparable,
    sentence_picture,
    thinned,
    written_day,
)
from experiments.decision import IntervalKind, Status
from experiments.pictured import PastLook
from experiments.readout import Readout
from experiments.result import Estimate
from experiments.row import TREATMENT

_MOST_LOOKS = 180
_BLUE = COLOURS[TREATMENT]
_WORTH = "#00664b"

_FAR_OFF = 4.0
"""A final look that would make the picture this many times as wide is named at the edge instead."""


def days_saved_picture(readout: Readout) -> str:
    """Days saved within the horizon at each past look (line) with the confidence sequence of then (band),
    the interval that decides today (bar), 0, the least that is worth it, and the date of the final look. An
    SVG.
    """
    looks = [look for look in readout.past_looks if look.point is not None]
    interval = readout.decision.interval
    horizon = readout.experiment.horizon_days
    if readout.decision.status is Status.INVALID:
        return not_comparable("days-saved", f"Days saved within the first {horizon:g}")
    if not looks and interval is None:
        return sentence_picture(
            "days-saved", f"Days saved within the first {horizon:g}: nothing to draw yet", _why_not(readout)
        )
    title = _title(readout, interval)
    drawn = figure(title, height=3.7)
    area = axes(drawn, title, bottom=0.7, left=0.7, right=1.25)
    shown = [readout.past_looks[place] for place in thinned(len(readout.past_looks), _MOST_LOOKS)]
    _set_limits(area, readout, looks, interval)
    _draw_looks(area, shown)
    _draw_lines(area, readout)
    if interval is not None:
        _draw_today(area, readout, interval)
    _mark_final(area, readout)
    area.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    area.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g}" if value else "0"))
    area.set_ylabel(f"days saved within the first {horizon:g}", fontsize=SMALL, color=INK)
    area.set_xlabel("date of the look (UTC)", fontsize=SMALL, color=INK)
    date_axis(area)
    return as_svg(drawn, name="days-saved", told=title)


def _why_not(readout: Readout) -> str:
    told = " ".join(readout.decision.reasons)
    return told or "Too few accounts have been watched long enough to compare the arms."


def _title(readout: Readout, interval: Estimate | None) -> str:
    within = f"within the first {readout.experiment.horizon_days:g}"
    if interval is None:
        return f"Days saved {within}: no interval to decide by today"
    told = f"{names.signed_days(interval.point)} ({_range(interval)})"
    return f"Days saved {within}: {told}"


def _range(interval: Estimate) -> str:
    return f"{names.signed_days(interval.lower)} to {names.signed_days(interval.upper)}"


def _set_limits(area: Axes, readout: Readout, looks: list[PastLook], interval: Estimate | None) -> None:
    """Both axes. Bands of the first looks may be many times as wide as what matters: they are cut off."""
    instants = [look.at for look in readout.past_looks] + [readout.cutoff]
    first, last = min(instants), max(instants)
    length = max(last - first, timedelta(days=7))
    final = _final_at(readout)
    if final - first <= _FAR_OFF * length:
        last = max(last, final)
    margin = max(last - first, timedelta(days=7)) * 0.02
    area.set_xlim(date_number(first - margin), date_number(last + margin))
    delta = readout.experiment.min_delta_days
    values = [0.0, 1.5 * delta, -0.75 * delta]
    if interval is not None:
        values += [interval.lower, interval.upper]
    recent = looks[len(looks) // 2 :]
    for look in recent:
        values += [value for value in (look.point, look.lower, look.upper) if value is not None]
    low, high = min(values), max(values)
    room = 0.12 * (high - low)
    area.set_ylim(low - room, high + room)


def _final_at(readout: Readout) -> datetime:
    on = readout.experiment.final_readout_on
    return datetime(on.year, on.month, on.day, tzinfo=UTC)


def _draw_looks(area: Axes, shown: list[PastLook]) -> None:
    when = [date_number(look.at) for look in shown]
    point, lower, upper = (
        np.array([np.nan if value is None else value for value in column], dtype=np.float64)
        for column in (
            [look.point for look in shown],
            [look.lower for look in shown],
            [look.upper for look in shown],
        )
    )
    area.fill_between(when, lower, upper, color=_BLUE, alpha=0.16, linewidth=0)
    area.plot(when, point, color=_BLUE, linewidth=1.8)
    known = [place for place, value in enumerate(point) if not np.isnan(value)]
    if len(known) == 1:
        area.plot([when[known[0]]], [point[known[0]]], "o", color=_BLUE, markersize=4)


def _draw_lines(area: Axes, readout: Readout) -> None:
    delta = readout.experiment.min_delta_days
    area.axhline(0, color=INK, linewidth=1)
    area.axhline(delta, color=_WORTH, linewidth=1.2, linestyle=(0, (5, 2)))
    for height, text, colour in (
        (0.0, "0: no difference", INK),
        (delta, f"{delta:g} days:\nthe least that\nis worth it", _WORTH),
    ):
        area.annotate(
            text,
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center" if height == 0 else "bottom",
            ha="left",
            fontsize=SMALL,
            color=colour,
            annotation_clip=False,
        )


def _draw_today(area: Axes, readout: Readout, interval: Estimate) -> None:
    """The interval that decides: of today, or of the final look once that was taken."""
    final = readout.decision.record.final
    is_final = readout.decision.kind is IntervalKind.FINAL and final is not None
    at = final.at if is_final and final is not None else readout.cutoff
    area.errorbar(
        [date_number(at)],
        [interval.point],
        yerr=[[interval.point - interval.lower], [interval.upper - interval.point]],
        fmt="o",
        color=INK,
        markersize=5,
        capsize=4,
        linewidth=1.6,
        zorder=5,
    )
    low, high = area.get_xlim()
    is_left = date_number(at) < low + 0.5 * (high - low)
    area.annotate(
        f"{'final look' if is_final else 'today'}: {names.signed_days(interval.point)}\n({_range(interval)})",
        (date_number(at), interval.upper),
        xytext=(6 if is_left else -6, 2),
        textcoords="offset points",
        ha="left" if is_left else "right",
        va="bottom",
        fontsize=SMALL,
        fontweight="bold",
        color=INK,
        bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1},
        annotation_clip=False,
    )


def _mark_final(area: Axes, readout: Readout) -> None:
    at = date_number(_final_at(readout))
    low, high = area.get_xlim()
    text = f"final look on {written_day(readout.experiment.final_readout_on)}"
    is_inside = low <= at <= high
    if is_inside:
        area.axvline(at, color=QUIET, linewidth=1, linestyle=":")
    is_left = is_inside and at < low + 0.4 * (high - low)
    area.annotate(
        text if is_inside else f"{text} {'→' if at > high else '←'}",
        (at if is_inside else high, 0),
        xycoords=("data", "axes fraction"),
        xytext=(4 if is_left else -4, 4),
        textcoords="offset points",
        ha="left" if is_left else "right",
        va="bottom",
        fontsize=SMALL,
        color=QUIET,
    )
