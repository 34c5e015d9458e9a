"""One answer out of the epochs of allocation.

Belongs here: the combination of independent estimates of the same effect. Does not belong here: the
estimates, which have to compare arms within an epoch.
"""

import math
from collections.abc import Sequence

from scipy import stats

from experiments.result import Estimate, NotEstimable


def pooled(estimates: Sequence[Estimate], *, level: float = 0.95) -> Estimate | NotEstimable:
    """The mean of the estimates weighted by the inverse of their variances, with a normal interval.

    The fixed effect of Cochran (1954): the standard error is the inverse root of the summed weights. A
    single estimate keeps its point and its error. Caveats of all are kept. An error of 0 among several
    would carry all of the weight and is refused with a reason.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, not at {level}")
    if not estimates:
        return NotEstimable("too_few_accounts", "no epoch can be estimated")
    if len(estimates) == 1:
        point, standard_error = estimates[0].point, estimates[0].standard_error
    elif any(estimate.standard_error == 0 for estimate in estimates):
        return NotEstimable("no_variation", "in an epoch every account gave the same")
    else:
        weights = [estimate.standard_error**-2 for estimate in estimates]
        total = math.fsum(weights)
        points = (weight * estimate.point for weight, estimate in zip(weights, estimates, strict=True))
        point, standard_error = math.fsum(points) / total, 1 / math.sqrt(total)
    half = float(stats.norm.ppf(0.5 + level / 2)) * standard_error
    return Estimate(
        point=point,
        standard_error=standard_error,
        lower=point - half,
        upper=point + half,
        level=level,
        accounts=sum(estimate.accounts for estimate in estimates),
        caveats=tuple(dict.fromkeys(caveat for estimate in estimates for caveat in estimate.caveats)),
    )
