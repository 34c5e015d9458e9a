"""What an estimator answers: a number with its interval, or the reason why there is none.

Belongs here: the two answers. Does not belong here: how they are computed or shown. A failed computation is
never written as "no effect" or as p = 1: whoever reads the answer has to look at which of the two it is.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty.

    `point`, `standard_error`, `lower` and `upper` are in the unit of the estimand; `level` is the coverage
    of the interval (0.95 = 95 %); `accounts` counts the units behind it; `caveats` are short codes such as
    `small_sample`.
    """

    point: float
    standard_error: float
    lower: float
    upper: float
    level: float
    accounts: int
    caveats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        numbers = (self.point, self.standard_error, self.lower, self.upper)
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError(f"an estimate is made of finite numbers, not of {numbers}; use NotEstimable")
        if not self.lower <= self.point <= self.upper or self.standard_error < 0:
            raise ValueError(f"an interval holds its point, and an error is not negative: {numbers}")
        if not 0 < self.level < 1:
            raise ValueError(f"the level of an interval lies between 0 and 1, not at {self.level}")


@dataclass(frozen=True)
class NotEstimable:
    """Why there is no number, in a closed code and in a sentence."""

    reason: str
    explanation: str
