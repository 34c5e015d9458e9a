"""What past accounts say of accounts that are faster."""

import numpy as np
import pytest

from experiments.speed_up import deviation_when_faster
from experiments.survival import Floats, kaplan_meier
from tests.experiments.arrivals import true_restricted_mean, true_standard_deviation, watched


def _of_times(*times: float) -> tuple[Floats, "np.ndarray"]:
    """Times of arrival, those of 100 days never seen to arrive."""
    days = np.array(times)
    return days, days < 100


def test_times_shrink_by_the_factor_that_saves_the_days() -> None:
    """20 and 40 days save 6 of their mean 30 at four fifths: 16 and 32, which lie 8 from their mean."""
    curve = kaplan_meier(*_of_times(20, 40))

    assert deviation_when_faster(curve, horizon_days=60, saved_days=6) == pytest.approx(8, abs=0.01)


def test_where_few_arrive_faster_accounts_differ_more() -> None:
    past = watched(np.random.default_rng(1), 40_000, np.full(40_000, 120.0))
    saved = true_restricted_mean(60) - true_restricted_mean(60, pace=0.8)

    deviation = deviation_when_faster(
        kaplan_meier(past.durations, past.is_reached), horizon_days=60, saved_days=saved
    )

    assert true_standard_deviation(60, pace=0.8) > true_standard_deviation(60) + 0.5
    assert deviation == pytest.approx(true_standard_deviation(60, pace=0.8), rel=0.01)


def test_more_days_than_speed_can_save_are_those_of_accounts_that_arrive_at_once() -> None:
    """Half never arrive: 0 or 60 days, 30 from their mean."""
    curve = kaplan_meier(*_of_times(10, 100))

    assert deviation_when_faster(curve, horizon_days=60, saved_days=20) == pytest.approx(30, abs=0.01)
