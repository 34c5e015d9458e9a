"""Accounts old enough that their time within the horizon is known: min(time to first value, horizon).

Belongs here: the comparisons that need no curve, because nobody is censored before the horizon. Does not
belong here: finding those accounts. They check the restricted mean, which also uses the younger ones.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from experiments.rank_test import RankTest
from experiments.result import Estimate, NotEstimable
from experiments.survival import LEAST_ACCOUNTS, SMALL_SAMPLE_BELOW, Floats


def matured_mean_difference(
    control: Floats, treatment: Floats, *, level: float = 0.95
) -> Estimate | NotEstimable:
    """Days saved within the horizon: mean capped days of control less that of treatment, Welch's interval.

    Welch (1947): variances of their own, t with the degrees of freedom of Satterthwaite. Raises ValueError
    for days that are not finite or below 0.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, not at {level}")
    for name, days in (("control", control), ("treatment", treatment)):
        _refuse_unsound(days)
        if days.size < LEAST_ACCOUNTS:
            return NotEstimable(
                "too_few_accounts",
                f"{name} has {days.size} matured accounts; an interval needs {LEAST_ACCOUNTS}",
            )
    if np.ptp(control) == 0 and np.ptp(treatment) == 0:
        return NotEstimable("no_variation", "every account of an arm took the same time")
    parts = np.array([days.var(ddof=1) / days.size for days in (control, treatment)])
    freedom = parts.sum() ** 2 / (parts**2 / (np.array([control.size, treatment.size]) - 1)).sum()
    standard_error = float(np.sqrt(parts.sum()))
    half = float(stats.t.ppf(0.5 + level / 2, freedom)) * standard_error
    point = float(control.mean() - treatment.mean())
    is_small = min(control.size, treatment.size) < SMALL_SAMPLE_BELOW
    return Estimate(
        point=point,
        standard_error=standard_error,
        lower=point - half,
        upper=point + half,
        level=level,
        accounts=int(control.size + treatment.size),
        caveats=("small_sample",) if is_small else (),
    )


def capped_rank_test(strata: Sequence[tuple[Floats, Floats]]) -> RankTest | NotEstimable:
    """The rank test of (control, treatment) capped days, one pair per epoch, whatever the size of an outlier.

    Within a stratum of n accounts: Wilcoxon's sum of mid-ranks (Mann and Whitney 1947) with its variance
    for ties, n1 * n0 / 12 * (n + 1 - sum(t^3 - t) / (n * (n - 1))), no correction for continuity. Strata
    are added up with van Elteren's (1960) weights 1 / (n + 1). A stratum in which one arm is empty adds
    nothing. Raises ValueError for days that are not finite or below 0.
    """
    score = variance = 0.0
    accounts = 0
    for control, treatment in strata:
        _refuse_unsound(control)
        _refuse_unsound(treatment)
        size = control.size + treatment.size
        accounts += size
        if control.size == 0 or treatment.size == 0:
            continue
        ranks = stats.rankdata(np.concatenate((control, treatment)))
        ties = np.unique(ranks, return_counts=True)[1].astype(np.float64)
        tied = float((ties**3 - ties).sum()) / (size * (size - 1.0))
        weight = 1 / (size + 1)
        score += weight * (treatment.size * (size + 1) / 2 - float(ranks[control.size :].sum()))
        variance += weight**2 * treatment.size * control.size / 12 * (size + 1 - tied)
    return RankTest.from_score(score, variance, accounts=accounts)


def _refuse_unsound(days: Floats) -> None:
    if days.ndim != 1 or not np.isfinite(days).all() or (days < 0).any():
        raise ValueError("capped days are one column of finite numbers, not below 0")
