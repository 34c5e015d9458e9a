"""The median of a curve and its interval."""

import numpy as np
import pytest

from experiments.median import Median, median
from experiments.result import NotEstimable
from experiments.survival import Arm, kaplan_meier
from tests.experiments.published import MAINTAINED, NOT_MAINTAINED, PLACEBO, SIX_MP


@pytest.mark.parametrize(
    ("arm", "printed"),
    [
        # print(survfit(Surv(time, status) ~ x, data = aml))
        (MAINTAINED, Median(31, 18, None)),
        (NOT_MAINTAINED, Median(23, 8, None)),
        # print(survfit(Surv(time, cens) ~ treat, data = gehan)), R package MASS
        (SIX_MP, Median(23, 16, None)),
        (PLACEBO, Median(8, 4, 12)),
    ],
)
def test_medians_and_their_intervals_are_the_printed_ones(arm: Arm, printed: Median) -> None:
    assert median(kaplan_meier(arm.durations, arm.is_reached)) == printed


def test_a_curve_that_stays_above_one_half_has_no_median() -> None:
    curve = kaplan_meier(np.array([1.0, 2.0, 3.0]), np.array([True, False, False]))

    answer = median(curve)

    assert isinstance(answer, NotEstimable)
    assert answer.reason == "median_not_reached"
    assert "33%" in answer.explanation


def test_nobody_arrived_is_a_reason_and_not_an_error() -> None:
    nobody = kaplan_meier(np.array([]), np.array([], dtype=np.bool_))

    assert isinstance(median(nobody), NotEstimable)


def test_a_level_stretch_at_one_half_has_its_median_in_the_middle() -> None:
    """median(c(1, 2, 4, 8)) is 3, and so says survfit."""
    answer = median(kaplan_meier(np.array([1.0, 2.0, 4.0, 8.0]), np.ones(4, dtype=np.bool_)))

    assert isinstance(answer, Median)
    assert answer.days == 3


def test_a_higher_level_is_wider() -> None:
    days = np.random.default_rng(1).exponential(20, 300)
    curve = kaplan_meier(days, np.ones(300, dtype=np.bool_))

    narrow, wide = median(curve, level=0.8), median(curve, level=0.99)

    assert isinstance(narrow, Median)
    assert isinstance(wide, Median)
    assert None not in (narrow.lower, narrow.upper, wide.lower, wide.upper)
    assert wide.lower < narrow.lower < narrow.days < narrow.upper < wide.upper  # type: ignore[operator]


def test_the_interval_covers_the_true_median_about_as_often_as_it_says() -> None:
    """1000 arms of 100 accounts, exponential with median 20, watched for 10 to 90 days."""
    random = np.random.default_rng(44)
    covered = 0
    for _ in range(1000):
        days = random.exponential(20 / np.log(2), 100)
        watched = random.uniform(10, 90, 100)
        answer = median(kaplan_meier(np.minimum(days, watched), days <= watched))
        assert isinstance(answer, Median)
        covered += (answer.lower or 0) <= 20 <= (answer.upper or np.inf)

    assert 0.93 <= covered / 1000 <= 0.975
