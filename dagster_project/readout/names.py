"""How the parts of a readout are called and how its numbers are written, for somebody who reads none of our
code.

Belongs here: names and formats. Does not belong here: sentences that judge.
"""

from __future__ import annotations

from datetime import date

from experiments.decision import Status
from experiments.row import CONTROL, TREATMENT, Basis, Place

NONE = "-"
"""Stands where there is no number."""

ARMS = {TREATMENT: "with nudges", CONTROL: "without nudges"}

STATUSES = {
    Status.INVALID: "Not valid",
    Status.GUARDRAIL_STOP: "Stop, it annoys",
    Status.TOO_EARLY: "Too early",
    Status.ROLL_OUT: "Roll out",
    Status.STOP_HARM: "Stop, it harms",
    Status.STOP_FUTILE: "Stop, too little",
    Status.RUNNING: "Still open",
    Status.INCONCLUSIVE: "No clear answer",
}

GUARDRAILS = {"unsubscribed": "unsubscribed", "complained": "complained", "churned": "left us (churned)"}

BASES = {
    Basis.ASSIGNED: "all accounts that were assigned, nudged or not",
    Basis.EXPOSED: "only accounts that got stuck, from the moment they did",
    Basis.HELD_OUT: "against the hold-out, which never gets nudges",
}

INTERVALS = {"fixed": "for a single look", "anytime": "for any day", "final": "of the final look"}

CAVEATS = {
    "small_sample": "small sample: the interval may be a little too narrow",
    "biased": "leaves out all who have not arrived, and never decides",
    "upper_end_open": "the upper end is open: too few have arrived",
    "alarm": "the arms are not as they were drawn",
}

_METRICS = {
    "restricted_mean_days": "days to first value",
    "activation_rate": "reached first value",
    "log_rank": "speed over the whole time (log-rank, z)",
    "capped_rank_test": "speed, by ranks (Mann-Whitney, z)",
    "median_days": "days until half have arrived",
    "mean_days_of_completers": "average of those who arrived (biased)",
    "matured_mean_days": "days, watched to the end only",
    "matured_mean_days_adjusted": "the same at equal plan and seats",
    "sample_ratio": "share with nudges",
    **GUARDRAILS,
}


def arm(name: str) -> str:
    """An arm in words; one that we do not know keeps its name."""
    return ARMS.get(name, name)


def guardrail(name: str) -> str:
    """What must not happen more often, as a verb in the past."""
    return GUARDRAILS.get(name, name.replace("_", " "))


def metric(place: Place) -> str:
    """A metric in words, without its window."""
    return _METRICS.get(place.metric) or place.metric.replace("_", " ")


def days(value: float | None) -> str:
    """Days with one decimal, without a sign before nought."""
    return NONE if value is None else f"{round(value, 1) + 0.0:.1f}"


def signed_days(value: float) -> str:
    return f"{round(value, 1) + 0.0:+.1f}"


def percent(share: float | None) -> str:
    """A fraction in percent; one decimal below ten."""
    if share is None:
        return NONE
    value = share * 100
    return f"{value:.1f}".removesuffix(".0") + " %" if abs(value) < 10 else f"{value:.0f} %"


def points(share: float) -> str:
    """A difference of fractions, in percentage points with its sign."""
    return f"{round(share * 100, 1) + 0.0:+.1f}"


def margin(share: float) -> str:
    """A fraction of accounts by which something may be more, in words."""
    value = f"{share * 100:g}"
    return f"{value} percentage {'point' if value == '1' else 'points'}"


def count(number: int | None) -> str:
    return NONE if number is None else f"{number:,}"


def accounts(number: int) -> str:
    return f"{number:,} account" if number == 1 else f"{number:,} accounts"


def probability(p_value: float | None) -> str:
    """A p-value as people write it."""
    if p_value is None:
        return NONE
    if p_value < 0.0001:
        return "< 0.0001"
    return f"{p_value:.4f}" if p_value < 0.01 else f"{p_value:.2f}"


def day(value: date) -> str:
    """`2026-09-14`, of an instant or a date."""
    return f"{value:%Y-%m-%d}"


def number(value: float | None, unit: str) -> str:
    """A number in its unit: `days`, `share` or `z`."""
    if value is None:
        return NONE
    if unit == "share":
        return percent(value)
    return days(value) if unit == "days" else f"{value:.2f}"


def difference(value: float | None, unit: str) -> str:
    """A difference in its unit, with its sign; shares in percentage points."""
    if value is None:
        return NONE
    if unit == "share":
        return f"{points(value)} points"
    return f"{signed_days(value)} days" if unit == "days" else f"{value:+.2f}"


def between(lower: float | None, upper: float | None, unit: str) -> str:
    """An interval in its unit, which stands beside the difference and is not repeated."""
    if lower is None or upper is None:
        return NONE
    if unit == "share":
        return f"{points(lower)} to {points(upper)}"
    return f"{lower:+.2f} to {upper:+.2f}" if unit == "z" else f"{signed_days(lower)} to {signed_days(upper)}"
