"""An interval that may be looked at as often as one likes.

Belongs here: the normal-mixture confidence sequence in information form. Does not belong here: the rule
that decides by it. The guarantee is asymptotic: it needs a burn-in, and it was checked by simulation for
the restricted mean.
"""

import math
from dataclasses import dataclass

from experiments.result import Estimate, NotEstimable

BURN_IN_EVENTS = 20
"""Arrivals per arm before the sequence is read. Without a burn-in it does not keep its promise."""


@dataclass(frozen=True)
class ConfidenceSequence:
    """One look. `log_e` is the logarithm of the evidence against no effect; it may fall again, its maximum
    decides."""

    interval: Estimate
    log_e: float

    def anytime_p_value(self, highest_log_e_before: float = -math.inf) -> float:
        """min(1, 1 / running maximum of e): valid at whatever moment one stops."""
        return min(1.0, math.exp(-max(self.log_e, highest_log_e_before)))


def half_width(standard_error: float, *, alpha: float, mixture_variance: float) -> float:
    """Half the width of the two-sided sequence that misses the truth at any look with probability alpha.

    With standard error s and mixture variance g (the unit of the estimand squared, fixed before the start):

        s * sqrt((1 + s^2/g) * (2 ln(1/alpha) + ln(1 + g/s^2)))

    Waudby-Smith and others, "Time-uniform central limit theory and asymptotic confidence sequences", with N
    rho^2 written as g/s^2, so that censored data need no N. Either side alone misses with about half of
    alpha. Raises ValueError outside of the formula's domain.
    """
    if not 0 < alpha < 1 or mixture_variance <= 0:
        raise ValueError(f"alpha lies in (0, 1) and the variance above 0: {alpha}, {mixture_variance}")
    if not standard_error > 0:
        raise ValueError(f"a standard error above 0 is needed, not {standard_error}")
    ratio = mixture_variance / standard_error**2
    return standard_error * math.sqrt((1 + 1 / ratio) * (2 * math.log(1 / alpha) + math.log1p(ratio)))


def confidence_sequence(
    estimate: Estimate | NotEstimable, *, alpha: float, mixture_variance: float, fewest_events: int
) -> ConfidenceSequence | NotEstimable:
    """The interval around an estimate that holds over all looks with probability 1 - alpha.

    Its half width is that of `half_width`; the evidence against no effect is

        log e = z^2/2 * r/(1 + r) - ln(1 + r)/2,   r = g/s^2, z = point/s

    with mixture variance g and standard error s. `fewest_events` is the number of arrivals in
    the arm that has fewer of them.
    """
    if not 0 < alpha < 1 or mixture_variance <= 0:
        raise ValueError(f"alpha lies in (0, 1) and the variance above 0: {alpha}, {mixture_variance}")
    if isinstance(estimate, NotEstimable):
        return estimate
    if fewest_events < BURN_IN_EVENTS:
        return NotEstimable(
            "burn_in",
            f"{fewest_events} accounts of the smaller arm have arrived; it is read from {BURN_IN_EVENTS} on",
        )
    if estimate.standard_error == 0:
        return NotEstimable("no_variation", "every account took the same time")
    half = half_width(estimate.standard_error, alpha=alpha, mixture_variance=mixture_variance)
    variance = estimate.standard_error**2
    ratio = mixture_variance / variance
    log_e = estimate.point**2 / variance / 2 * ratio / (1 + ratio) - math.log1p(ratio) / 2
    return ConfidenceSequence(
        Estimate(
            point=estimate.point,
            standard_error=estimate.standard_error,
            lower=estimate.point - half,
            upper=estimate.point + half,
            level=1 - alpha,
            accounts=estimate.accounts,
            caveats=estimate.caveats,
        ),
        log_e,
    )
