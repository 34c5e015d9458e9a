"""Accounts that never existed: when they sign up, which arm they get, how long they take.

Belongs here: the model of the simulations and what is true under it. Does not belong here: looking at it.

Accounts sign up evenly, 70 % ever reach first value, those after log-normal times with a median of 20 days
and a sigma of 0.9 (mean 30.0 days). A treatment changes the times alone: `pace` 0.8 means that treated
accounts need 80 % of the time, 1 means no effect.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
import numpy.typing as npt
from scipy import stats

from experiments.survival import Arm, Booleans, Floats

SHARE_THAT_ARRIVES = 0.7
MEDIAN_DAYS = 20.0
SIGMA = 0.9


@dataclass(frozen=True)
class Accounts:
    """One experiment's accounts: day of sign-up, arm, days to first value (infinite where it never comes)."""

    signed_up: Floats
    is_treated: Booleans
    takes: Floats

    def arms_on(self, day: float) -> tuple[Arm, Arm]:
        """Control and treatment as a data cut-off on this day shows them: the slow way, by definition."""
        arms = []
        for is_in_arm in (~self.is_treated, self.is_treated):
            is_there = is_in_arm & (self.signed_up <= day)
            age = day - self.signed_up[is_there]
            takes = self.takes[is_there]
            arms.append(Arm(np.minimum(takes, age), takes <= age, age))
        return arms[0], arms[1]

    def only(self, is_kept: Booleans) -> "Accounts":
        """Some of them."""
        return Accounts(self.signed_up[is_kept], self.is_treated[is_kept], self.takes[is_kept])


RAMP = (0.2, 0.5, 0.8)
"""Share treated of those who sign up in the first, second and third thirty days."""


def ramped(
    random: np.random.Generator, accounts: int, *, pace_per_epoch: float
) -> tuple[Accounts, npt.NDArray[np.int64]]:
    """Accounts that sign up evenly over a ramp's 90 days, and the epoch, 0 to 2, of each.

    The treatment does nothing; in both arms each epoch's accounts take `pace_per_epoch` of the time of those
    of the epoch before, as when the product gets easier.
    """
    signed_up = (np.arange(accounts) + random.random(accounts)) * 90 / accounts
    epoch = (signed_up // 30).astype(np.int64)
    is_treated = random.random(accounts) < np.array(RAMP)[epoch]
    takes = days_to_first_value(random, accounts) * pace_per_epoch**epoch
    return Accounts(signed_up, is_treated, takes), epoch


def days_to_first_value(random: np.random.Generator, accounts: int, *, pace: float = 1.0) -> Floats:
    """Times of so many accounts of one arm."""
    times = pace * random.lognormal(log(MEDIAN_DAYS), SIGMA, accounts)
    return np.where(random.random(accounts) < SHARE_THAT_ARRIVES, times, np.inf)


def arriving(
    random: np.random.Generator, accounts: int, *, days: float, treatment_share: float, pace: float = 1.0
) -> Accounts:
    """Accounts that sign up evenly over so many days, one somewhere in each interval, arms by lot."""
    signed_up = (np.arange(accounts) + random.random(accounts)) * days / accounts
    is_treated = random.random(accounts) < treatment_share
    takes = days_to_first_value(random, accounts)
    return Accounts(signed_up, is_treated, np.where(is_treated, pace * takes, takes))


def watched(random: np.random.Generator, accounts: int, follow_up: Floats, *, pace: float = 1.0) -> Arm:
    """An arm whose accounts were each watched for so many days."""
    takes = days_to_first_value(random, accounts, pace=pace)
    return Arm(np.minimum(takes, follow_up), takes <= follow_up, follow_up)


def true_restricted_mean(horizon: float, *, pace: float = 1.0) -> float:
    """E[min(T, horizon)] of the model, in days."""
    return _moment_within(horizon, pace, 1) + horizon * _share_beyond(horizon, pace)


def true_standard_deviation(horizon: float, *, pace: float = 1.0) -> float:
    """The standard deviation of min(T, horizon), in days."""
    square = _moment_within(horizon, pace, 2) + horizon**2 * _share_beyond(horizon, pace)
    return sqrt(square - true_restricted_mean(horizon, pace=pace) ** 2)


def true_completer_mean(*, pace: float = 1.0) -> float:
    """E[T | T is finite]: what an average over those who arrived means to estimate."""
    return pace * MEDIAN_DAYS * exp(SIGMA**2 / 2)


def _moment_within(horizon: float, pace: float, order: int) -> float:
    """E[T^order; T <= horizon], the partial moment of a log-normal time."""
    location = log(pace * MEDIAN_DAYS)
    moment = exp(order * location + order**2 * SIGMA**2 / 2)
    within = stats.norm.cdf((log(horizon) - location) / SIGMA - order * SIGMA)
    return float(SHARE_THAT_ARRIVES * moment * within)


def _share_beyond(horizon: float, pace: float) -> float:
    within = stats.norm.cdf((log(horizon) - log(pace * MEDIAN_DAYS)) / SIGMA)
    return float(1 - SHARE_THAT_ARRIVES * within)
