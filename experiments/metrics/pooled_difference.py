"""A difference between arms, per epoch and over all of them.

Belongs here: how epochs come together. A ramp compared as one shows an effect that is not there, so arms are
compared within an epoch, and the differences are pooled by inverse variance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from experiments.accounts import Stratum
from experiments.pooling import pooled
from experiments.result import Estimate, NotEstimable
from experiments.survival import restricted_mean_difference

Answer = Estimate | NotEstimable
Part = TypeVar("Part")


@dataclass(frozen=True)
class Differences:
    """The answer of every epoch and the pooled one."""

    by_epoch: tuple[tuple[int, Answer], ...]
    overall: Answer

    def weights(self) -> dict[int, float]:
        """Share that each estimable epoch has in the pooled answer: 1/variance, added up to 1."""
        inverse = {
            epoch: 1 / answer.standard_error**2
            for epoch, answer in self.by_epoch
            if isinstance(answer, Estimate) and answer.standard_error > 0
        }
        total = sum(inverse.values())
        return {epoch: weight / total for epoch, weight in inverse.items()}


def differences(
    parts: Sequence[tuple[int, Part]], estimate: Callable[[Part], Answer], *, level: float = 0.95
) -> Differences:
    """Estimate each epoch's part and pool what can be estimated; a single estimate stays as it is.

    Where no epoch can be estimated, the answer is the reason of the last of them, which new accounts belong
    to.
    """
    answers = tuple((epoch, estimate(part)) for epoch, part in parts)
    estimates = [answer for _, answer in answers if isinstance(answer, Estimate)]
    if len(estimates) == 1:
        return Differences(answers, estimates[0])
    if estimates:
        return Differences(answers, pooled(estimates, level=level))
    reasons = [answer for _, answer in answers if isinstance(answer, NotEstimable)]
    return Differences(answers, reasons[-1] if reasons else NO_COMPARISON)


NO_COMPARISON = NotEstimable("one_arm", "no epoch has accounts in both arms")


def restricted_mean_differences(
    strata: Sequence[Stratum], *, horizon_days: float, level: float = 0.95
) -> Differences:
    """Days saved within the horizon, control minus treatment."""

    def estimate(stratum: Stratum) -> Answer:
        return restricted_mean_difference(
            stratum.control, stratum.treatment, horizon_days=horizon_days, level=level
        )

    return differences([(each.epoch, each) for each in strata], estimate, level=level)
