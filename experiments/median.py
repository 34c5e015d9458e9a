"""The time by which half of the accounts have arrived.

Belongs here: the median of a Kaplan-Meier curve and its interval. Does not belong here: a difference of
medians, or a median of those who arrived, which has no meaning while others are still on their way.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from experiments.result import NotEstimable
from experiments.survival import Floats, KaplanMeier

_SAME_SHARE = 1e-9


@dataclass(frozen=True)
class Median:
    """Days by which half have arrived, with the limits of the interval; None where it has no limit."""

    days: float
    lower: float | None
    upper: float | None


def median(curve: KaplanMeier, *, level: float = 0.95) -> Median | NotEstimable:
    """The median and its interval after Brookmeyer and Crowley (1982).

    The interval holds the times at which the pointwise interval of the curve, taken on the logarithm of the
    share with Greenwood's variance, holds one half: the default of R's `survfit`. As there, a curve that runs
    level at exactly one half has its median in the middle of the level stretch, and the time at which the
    curve falls to 0 bounds nothing, for Greenwood's variance has no value there.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, not at {level}")
    days = _first_at_half(curve.times, curve.survival)
    if days is None:
        share = 1 - float(curve.survival[-1]) if curve.times.size else 0.0
        return NotEstimable(
            "median_not_reached",
            f"the curve ends with {share:.0%} of {curve.accounts} accounts arrived; a median needs half",
        )
    has_variance = curve.survival > 0
    times, survival = curve.times[has_variance], curve.survival[has_variance]
    quantile = float(stats.norm.ppf(0.5 + level / 2))
    factor = np.exp(quantile * np.sqrt(curve.greenwood_variance[has_variance]) / survival)
    return Median(
        days=days,
        lower=_first_at_half(times, survival / factor),
        upper=_first_at_half(times, np.minimum(survival * factor, 1.0)),
    )


def _first_at_half(times: Floats, shares: Floats) -> float | None:
    """Where a share that only falls comes to one half: the middle of the stretch if it stays there."""
    reached = np.flatnonzero(shares <= 0.5 + _SAME_SHARE)
    if reached.size == 0:
        return None
    first = int(reached[0])
    below = np.flatnonzero(shares[first:] < shares[first] - _SAME_SHARE)
    if abs(shares[first] - 0.5) <= _SAME_SHARE and below.size:
        return float((times[first] + times[first + int(below[0])]) / 2)
    return float(times[first])
