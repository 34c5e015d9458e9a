"""Shares of accounts: how many of them had something happen.

Belongs here: a share, its interval, the difference of two and its test. Does not belong here: which
accounts are old enough to be counted, which has to be settled before.
"""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from experiments.rank_test import RankTest
from experiments.result import Estimate, NotEstimable


@dataclass(frozen=True)
class Share:
    """So many accounts with an event out of so many. Raises ValueError for counts that cannot be."""

    events: int
    accounts: int

    def __post_init__(self) -> None:
        for name in ("events", "accounts"):
            operator.index(getattr(self, name))
        if not 0 <= self.events <= self.accounts:
            raise ValueError(f"of {self.accounts} accounts, {self.events} cannot have an event")

    @property
    def value(self) -> float:
        """The fraction. Raises ValueError without any account, which have no share."""
        if self.accounts == 0:
            raise ValueError("no accounts have no share")
        return self.events / self.accounts


def wilson_interval(share: Share, *, level: float = 0.95) -> Estimate | NotEstimable:
    """A share with Wilson's score interval (1927; method 3 of Newcombe 1998, Statistics in Medicine 17, 857).

    With z of the level, n accounts and x events the limits are (2x + z^2 -+ z * sqrt(z^2 + 4x * (n - x) /
    n)) / (2 * (n + z^2)). The standard error is sqrt(p * (1 - p) / n).
    """
    if share.accounts == 0:
        return NotEstimable("too_few_accounts", "there is no account")
    lower, upper = _wilson_limits(share, level)
    return Estimate(
        point=share.value,
        standard_error=math.sqrt(_binomial_variance(share)),
        lower=lower,
        upper=upper,
        level=level,
        accounts=share.accounts,
    )


def difference_of_shares(treatment: Share, control: Share, *, level: float = 0.95) -> Estimate | NotEstimable:
    """Share of treatment less share of control, with the hybrid score interval.

    Method 10 of Newcombe (1998, Statistics in Medicine 17, 873): each limit is the root of the summed
    squares of the distances of the two shares from their Wilson limits on that side. The standard error is
    the unpooled one, which is 0 where both shares are 0 or 1; the interval is not.
    """
    for name, share in (("treatment", treatment), ("control", control)):
        if share.accounts == 0:
            return NotEstimable("too_few_accounts", f"{name} has no account")
    treatment_lower, treatment_upper = _wilson_limits(treatment, level)
    control_lower, control_upper = _wilson_limits(control, level)
    point = treatment.value - control.value
    below = math.hypot(treatment.value - treatment_lower, control_upper - control.value)
    above = math.hypot(treatment_upper - treatment.value, control.value - control_lower)
    return Estimate(
        point=point,
        standard_error=math.sqrt(_binomial_variance(treatment) + _binomial_variance(control)),
        lower=max(point - below, -1.0),
        upper=min(point + above, 1.0),
        level=level,
        accounts=treatment.accounts + control.accounts,
    )


def two_proportion_test(strata: Sequence[tuple[Share, Share]]) -> RankTest | NotEstimable:
    """The Cochran-Mantel-Haenszel test of (control, treatment) pairs, without a correction for continuity.

    Events of treatment less those expected with the stratum's margins held, and their hypergeometric
    variance n1 * n0 * m * (n - m) / (n^2 * (n - 1)), added up over strata (Cochran 1954; Mantel and
    Haenszel 1959). Of a single stratum the chi-square is (n - 1) / n times that of the pooled
    two-proportion test: the margins are held instead of estimated. A stratum in which one arm is empty adds
    nothing.
    """
    score = variance = 0.0
    accounts = 0
    for control, treatment in strata:
        both = control.accounts + treatment.accounts
        accounts += both
        if both < 2:
            continue
        events = control.events + treatment.events
        score += treatment.events - treatment.accounts * events / both
        spread = (treatment.accounts / both) * (control.accounts / both) * events * (both - events)
        variance += spread / (both - 1)
    return RankTest.from_score(score, variance, accounts=accounts)


def _wilson_limits(share: Share, level: float) -> tuple[float, float]:
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, not at {level}")
    quantile = float(stats.norm.ppf(0.5 + level / 2))
    middle = 2 * share.events + quantile**2
    half = quantile * math.sqrt(quantile**2 + 4 * share.events * (1 - share.value))
    width = 2 * (share.accounts + quantile**2)
    # At 0 and at 1 the limit is the share itself, which rounding must not pass.
    return min((middle - half) / width, share.value), max((middle + half) / width, share.value)


def _binomial_variance(share: Share) -> float:
    return share.value * (1 - share.value) / share.accounts
