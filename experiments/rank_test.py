"""What a test without a unit of its own answers: a direction and a p-value, no days.

Belongs here: the answer of the log-rank, rank and Cochran-Mantel-Haenszel tests, and the step from a score to
it. Does not belong here: how a score comes about, and any interval.
"""

import math
from dataclasses import dataclass

from scipy import stats

from experiments.result import NotEstimable


@dataclass(frozen=True)
class RankTest:
    """A two-sided test whose score is normal without an effect.

    `z` is above 0 where treatment arrives sooner or more often; `z` squared is the chi-square on one degree
    of freedom. `accounts` counts both arms.
    """

    z: float
    p_value: float
    accounts: int

    @classmethod
    def from_score(cls, score: float, variance: float, *, accounts: int) -> "RankTest | NotEstimable":
        """The test of a score that has mean 0 and this variance without an effect."""
        if not variance > 0:
            return NotEstimable("no_variation", "no two accounts of different arms can be told apart")
        z = score / math.sqrt(variance)
        return cls(z=z, p_value=float(2 * stats.norm.sf(abs(z))), accounts=accounts)
