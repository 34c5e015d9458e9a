"""Whether it is too early to read the primary metric, and from about when on it can be.

Belongs here: the gates of time and their dates. Does not belong here: the gates of an estimator, which
gives its own reasons.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from experiments.accounts import Accounts, Stratum, day_of
from experiments.confidence_sequence import BURN_IN_EVENTS
from experiments.design import Experiment
from experiments.planning import Base
from experiments.result import NotEstimable
from experiments.row import CONTROL, TREATMENT
from experiments.survival import LEAST_ACCOUNTS, LEAST_WATCHED, Floats, kaplan_meier

LEAST_DAYS = 14.0
"""Two whole weeks, so that every day of the week counts as often."""

STILL_WAITING_UNTIL_KNOWN = 0.5
"""Share taken to be without first value at the horizon while nobody has been watched so long."""


@dataclass(frozen=True)
class Maturity:
    """`gates` says why it is too early, in sentences; empty when it is not. `readable_on` is about the date
    from which it can be read; None when nobody signs up or no gate is closed."""

    gates: tuple[str, ...]
    readable_on: datetime | None


def maturity(
    experiment: Experiment,
    accounts: Accounts,
    answers: Sequence[object],
    base: Base,
    *,
    cutoff: datetime,
) -> Maturity:
    """`answers` are the primary estimate and its confidence sequence, where they may be NotEstimable."""
    reasons = [f"{answer.explanation}." for answer in answers if isinstance(answer, NotEstimable)]
    if not accounts.size:
        return Maturity(("Nobody is enrolled yet.",), None)
    started = float(accounts.signed_up_days.min())
    enough = started + max(LEAST_DAYS, experiment.horizon_days)
    if day_of(cutoff) < enough:
        reasons.insert(
            0,
            f"It has run for {day_of(cutoff) - started:.0f} days, and needs two whole weeks and the "
            f"{experiment.horizon_days:g} days of the horizon.",
        )
    if not reasons:
        return Maturity((), None)
    at = max(enough, *(_readable(experiment, accounts, base, arm) for arm in (CONTROL, TREATMENT)))
    if not math.isfinite(at):
        return Maturity((*dict.fromkeys(reasons), "Nobody has signed up in the last weeks."), None)
    day = cutoff + timedelta(days=max(1, math.ceil(at - day_of(cutoff))))
    come_back = f"At today's pace it can be read from about {day:%Y-%m-%d} on."
    return Maturity((*dict.fromkeys(reasons), come_back), day)


def _readable(experiment: Experiment, accounts: Accounts, base: Base, arm: str) -> float:
    """Day since 1970 on which the arm will have enough accounts, arrivals and accounts watched to the
    horizon."""
    rows = accounts.is_treated if arm == TREATMENT else ~accounts.is_treated
    signed_up = np.sort(accounts.signed_up_days[rows])
    share = base.treatment_share if arm == TREATMENT else 1 - base.treatment_share
    waiting = _share_waiting(accounts.strata, experiment.horizon_days)
    arrivals = math.ceil(BURN_IN_EVENTS / (1 - waiting))
    per_day, last = base.sign_ups_per_day * share, float(accounts.signed_up_days.max())
    return max(
        _nth_sign_up(signed_up, LEAST_ACCOUNTS, per_day, last),
        _nth_sign_up(signed_up, LEAST_WATCHED, per_day, last) + experiment.horizon_days,
        _nth_sign_up(signed_up, arrivals, per_day, last) + experiment.horizon_days,
    )


def _nth_sign_up(signed_up: Floats, number: int, per_day: float, last: float) -> float:
    """When the account of this number signed up, or will at today's pace."""
    if number <= signed_up.size:
        return float(signed_up[number - 1])
    return last + (number - signed_up.size) / per_day if per_day > 0 else math.inf


def _share_waiting(strata: Sequence[Stratum], horizon_days: float) -> float:
    """Share without first value at the horizon, from all accounts; between .05 and .95."""
    if not strata:
        return STILL_WAITING_UNTIL_KNOWN
    arms = [arm for each in strata for arm in (each.control, each.treatment)]
    if sum(arm.watched_to(horizon_days) for arm in arms) < LEAST_WATCHED:
        return STILL_WAITING_UNTIL_KNOWN
    durations = np.concatenate([arm.durations for arm in arms])
    reached = np.concatenate([arm.is_reached for arm in arms])
    curve = kaplan_meier(durations, reached)
    before = int(np.searchsorted(curve.times, horizon_days, side="right"))
    waiting = float(curve.survival[before - 1]) if before else 1.0
    return min(0.95, max(0.05, waiting))
