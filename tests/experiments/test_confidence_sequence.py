"""The interval that may be read at any time."""

import math

import numpy as np
import pytest

from experiments.confidence_sequence import confidence_sequence, half_width
from experiments.result import Estimate, NotEstimable
from experiments.survival import Arm, restricted_mean_difference


def _estimate(point: float, standard_error: float) -> Estimate:
    half = 1.96 * standard_error
    return Estimate(point, standard_error, point - half, point + half, 0.95, 400)


def test_the_half_width_is_the_published_one_for_a_mean() -> None:
    """Waudby-Smith and others: sd * sqrt(2 (n rho^2 + 1) / (n^2 rho^2) * ln(sqrt(n rho^2 + 1) / alpha))."""
    n, rho, sd, alpha = 500, 0.13, 21.8, 0.05
    published = sd * math.sqrt(
        2 * (n * rho**2 + 1) / (n**2 * rho**2) * math.log(math.sqrt(n * rho**2 + 1) / alpha)
    )
    standard_error = sd / math.sqrt(n)

    look = confidence_sequence(
        _estimate(0.0, standard_error),
        alpha=alpha,
        mixture_variance=standard_error**2 * n * rho**2,
        fewest_events=100,
    )

    assert not isinstance(look, NotEstimable)
    assert look.interval.upper == pytest.approx(published, rel=1e-12)


def test_the_interval_is_the_point_give_or_take_the_half_width() -> None:
    look = confidence_sequence(_estimate(2.0, 1.3), alpha=0.05, mixture_variance=9, fewest_events=20)

    assert not isinstance(look, NotEstimable)
    half = half_width(1.3, alpha=0.05, mixture_variance=9)
    assert (look.interval.lower, look.interval.upper) == (2.0 - half, 2.0 + half)


@pytest.mark.parametrize(
    ("error", "alpha", "variance"),
    [(0.0, 0.05, 9), (float("nan"), 0.05, 9), (1.0, 0.0, 9), (1.0, 1.0, 9), (1.0, 0.05, 0)],
)
def test_a_half_width_outside_of_the_formula_is_refused(error: float, alpha: float, variance: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        half_width(error, alpha=alpha, mixture_variance=variance)


@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_the_interval_excludes_zero_exactly_when_the_evidence_reaches_one_over_alpha(alpha: float) -> None:
    for point in np.linspace(0.1, 9, 90):
        look = confidence_sequence(
            _estimate(float(point), 1.3), alpha=alpha, mixture_variance=9, fewest_events=20
        )
        assert not isinstance(look, NotEstimable)
        assert (look.interval.lower > 0) == (look.log_e > math.log(1 / alpha))


def test_it_is_wider_than_the_interval_of_a_single_look() -> None:
    fixed = _estimate(2.0, 1.0)

    look = confidence_sequence(fixed, alpha=0.05, mixture_variance=9, fewest_events=20)

    assert not isinstance(look, NotEstimable)
    assert look.interval.lower < fixed.lower
    assert look.interval.upper > fixed.upper


def test_nothing_is_read_before_the_burn_in() -> None:
    look = confidence_sequence(_estimate(9.0, 1.0), alpha=0.01, mixture_variance=9, fewest_events=19)

    assert isinstance(look, NotEstimable)
    assert look.reason == "burn_in"


def test_a_reason_stays_a_reason() -> None:
    reason = NotEstimable("too_few_watched", "3 accounts")

    assert confidence_sequence(reason, alpha=0.01, mixture_variance=9, fewest_events=50) is reason


def test_a_p_value_does_not_grow_again() -> None:
    look = confidence_sequence(_estimate(0.0, 1.0), alpha=0.05, mixture_variance=9, fewest_events=20)

    assert not isinstance(look, NotEstimable)
    assert look.anytime_p_value() == 1.0
    assert look.anytime_p_value(highest_log_e_before=math.log(40)) == pytest.approx(0.025)


def test_weekly_looks_without_an_effect_rarely_find_one() -> None:
    """150 experiments of 450 accounts over 90 days, read weekly until day 120, at 5 %."""
    random = np.random.default_rng(7)
    found = 0
    for _ in range(150):
        signed_up = random.uniform(0, 90, 450)
        is_treated = random.random(450) < 0.2
        arrives = random.random(450) < 0.7
        took = np.where(arrives, random.lognormal(np.log(20), 0.9, 450), np.inf)
        found += any(_excludes_zero(signed_up, took, is_treated, day) for day in range(14, 121, 7))

    assert found / 150 <= 0.05


def _excludes_zero(signed_up: np.ndarray, took: np.ndarray, is_treated: np.ndarray, day: int) -> bool:
    watched = day - signed_up
    known = watched > 0
    arms = [
        Arm(np.minimum(took, watched)[rows], (took <= watched)[rows])
        for rows in (known & ~is_treated, known & is_treated)
    ]
    look = confidence_sequence(
        restricted_mean_difference(arms[0], arms[1], horizon_days=30),
        alpha=0.05,
        mixture_variance=9,
        fewest_events=min(int(arm.is_reached.sum()) for arm in arms),
    )
    return not isinstance(look, NotEstimable) and not look.interval.lower <= 0 <= look.interval.upper
