"""Whether one arm arrives sooner than the other, over all of its time.

Belongs here: the log-rank test. Does not belong here: a size of the effect, which the restricted mean gives
in days. The test is at its best where the ratio of the arms' hazards stays the same, and weak where nudging
only brings forward what would have happened anyway.
"""

from collections.abc import Sequence

import numpy as np

from experiments.rank_test import RankTest
from experiments.result import NotEstimable
from experiments.survival import Arm


def log_rank(strata: Sequence[tuple[Arm, Arm]]) -> RankTest | NotEstimable:
    """The log-rank test of (control, treatment) pairs, one per epoch of allocation.

    At each time of an arrival, d accounts of both arms out of n at risk arrive, n1 of the latter treated:
    d * n1 / n arrivals of treated accounts are expected, with the hypergeometric variance
    d * n1 * (n - n1) * (n - d) / (n^2 * (n - 1)). Observed less expected and the variances are added up over
    times and strata (Mantel 1966; Peto and Peto 1972). A stratum in which one arm is empty adds nothing.
    """
    score = variance = 0.0
    accounts = 0
    for control, treatment in strata:
        accounts += control.accounts + treatment.accounts
        stratum_score, stratum_variance = _observed_less_expected(control, treatment)
        score += stratum_score
        variance += stratum_variance
    return RankTest.from_score(score, variance, accounts=accounts)


def _observed_less_expected(control: Arm, treatment: Arm) -> tuple[float, float]:
    arrivals = [arm.durations[arm.is_reached] for arm in (control, treatment)]
    times = np.unique(np.concatenate(arrivals))
    treated_events = np.bincount(np.searchsorted(times, arrivals[1]), minlength=times.size)
    events = treated_events + np.bincount(np.searchsorted(times, arrivals[0]), minlength=times.size)
    treated = treatment.accounts - np.searchsorted(np.sort(treatment.durations), times, side="left")
    at_risk = treated + control.accounts - np.searchsorted(np.sort(control.durations), times, side="left")
    share = treated / at_risk
    survivors = np.divide(at_risk - events, at_risk - 1, out=np.zeros(times.size), where=at_risk > 1)
    score = (treated_events - events * share).sum()
    return float(score), float((events * share * (1 - share) * survivors).sum())
