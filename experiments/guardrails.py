"""Harm that may stop an experiment: unsubscribes, complaints, tickets, churn.

Belongs here: whether treatment has more of it than the margin allows. Does not belong here: what is
counted, and what is done when a guardrail is crossed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from experiments.confidence_sequence import half_width
from experiments.pooling import pooled
from experiments.result import Estimate, NotEstimable
from experiments.shares import Share, difference_of_shares

ALPHA = 0.05
"""Probability of stopping, at any of all looks, over a guardrail whose excess is within its margin."""

HARM = 0.05
"""Excess for which the sequence is tuned: the root of the mixture variance. Never tuned on the data."""

BURN_IN_EVENTS = 10
"""Events in both arms together before the floor is read."""


@dataclass(frozen=True)
class Guardrail:
    """One guardrail at one look. Shares, `excess`, `floor` and `margin` are fractions of accounts.

    `control` and `treatment` add up all epochs, for showing; a ramp makes their difference meaningless.
    `excess` compares within epochs; its interval is the always-valid one at 1 - 2 * ALPHA. `floor` is the
    excess that is certain with 1 - ALPHA over all looks, None as long as it may not be read.
    """

    name: str
    margin: float
    control: Share
    treatment: Share
    excess: Estimate | NotEstimable
    floor: float | None
    is_crossed: bool


def guardrail(name: str, strata: Sequence[tuple[Share, Share]], *, margin: float) -> Guardrail:
    """Whether treatment exceeds control by more than the margin; (control, treatment) per epoch.

    The excess is the difference of the shares, pooled over epochs by inverse variance. The variances come
    from shares shrunk by one event and one account without (Agresti and Caffo 2000), so that no event is no
    certainty. The floor is one-sided: excess less `half_width` at twice ALPHA. It may be looked at at any
    time, needs no correction for other guardrails and can only stop. An epoch in which one arm is empty is
    left out of the excess. Raises ValueError for a margin that is no fraction.
    """
    if not 0 <= margin < 1:
        raise ValueError(f"a margin is a fraction from 0 up to 1, not {margin}")
    differences = [_excess(control, treatment) for control, treatment in strata]
    excess = pooled([difference for difference in differences if isinstance(difference, Estimate)])
    floor = None
    if isinstance(excess, Estimate):
        half = half_width(excess.standard_error, alpha=2 * ALPHA, mixture_variance=HARM**2)
        excess = replace(excess, lower=excess.point - half, upper=excess.point + half, level=1 - 2 * ALPHA)
        if sum(share.events for pair in strata for share in pair) >= BURN_IN_EVENTS:
            floor = excess.lower
    return Guardrail(
        name=name,
        margin=margin,
        control=_sum([control for control, _ in strata]),
        treatment=_sum([treatment for _, treatment in strata]),
        excess=excess,
        floor=floor,
        is_crossed=floor is not None and floor > margin,
    )


def _excess(control: Share, treatment: Share) -> Estimate | NotEstimable:
    difference = difference_of_shares(treatment, control)
    if isinstance(difference, NotEstimable):
        return difference
    variance = _shrunk_variance(control) + _shrunk_variance(treatment)
    return replace(difference, standard_error=math.sqrt(variance))


def _shrunk_variance(share: Share) -> float:
    fraction = (share.events + 1) / (share.accounts + 2)
    return fraction * (1 - fraction) / (share.accounts + 2)


def _sum(shares: Sequence[Share]) -> Share:
    return Share(sum(share.events for share in shares), sum(share.accounts for share in shares))
