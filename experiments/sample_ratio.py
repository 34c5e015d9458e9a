"""Whether the arms came out in the proportion that was configured.

Belongs here: the test of the sample ratio. Does not belong here: what follows from an alarm. Test each
epoch of allocation by itself: the configured share differs between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scipy import stats

from experiments.result import NotEstimable

ALARM_BELOW = 0.001
"""Looked at every hour for a quarter, a sound split still falls below 0.01 in one of ten experiments."""

LEAST_EXPECTED = 5.0
"""Below five expected accounts in an arm the chi-square approximation does not hold."""


@dataclass(frozen=True)
class SampleRatio:
    """The test's answer. `expected` counts accounts per arm, like `observed`."""

    observed: Mapping[str, int]
    expected: Mapping[str, float]
    chi_square: float
    p_value: float

    @property
    def is_alarm(self) -> bool:
        """Whether the split is so improbable that no effect may be read."""
        return self.p_value < ALARM_BELOW


def sample_ratio(observed: Mapping[str, int], shares: Mapping[str, float]) -> SampleRatio | NotEstimable:
    """Pearson's chi-square of the accounts per arm against the configured shares, which add up to 1.

    Raises ValueError when an arm is observed that was not configured, or when shares are no shares.
    """
    if set(observed) - set(shares):
        raise ValueError(f"arms that were not configured: {sorted(set(observed) - set(shares))}")
    if len(shares) < 2 or min(shares.values()) <= 0 or abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(f"two or more shares above 0 add up to 1, unlike {dict(shares)}")
    arms = sorted(shares)
    counts = [observed.get(arm, 0) for arm in arms]
    if min(counts) < 0:
        raise ValueError(f"an arm has no fewer than 0 accounts: {dict(observed)}")
    expected = [sum(counts) * shares[arm] for arm in arms]
    if min(expected) < LEAST_EXPECTED:
        return NotEstimable(
            "too_few_accounts",
            f"an arm is expected to have {min(expected):.1f} accounts; the test needs {LEAST_EXPECTED:.0f}",
        )
    test = stats.chisquare(counts, expected)
    return SampleRatio(
        observed=dict(zip(arms, counts, strict=True)),
        expected=dict(zip(arms, expected, strict=True)),
        chi_square=float(test.statistic),
        p_value=float(test.pvalue),
    )
