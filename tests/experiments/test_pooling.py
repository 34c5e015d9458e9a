"""Epochs pooled into one answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.pooling import pooled
from experiments.result import Estimate, NotEstimable
from tests.experiments.published import BCG_TRIALS


def _estimate(point: float, standard_error: float, *caveats: str) -> Estimate:
    half = 2 * standard_error
    return Estimate(point, standard_error, point - half, point + half, 0.95, 40, caveats)


def _pooled(*estimates: Estimate) -> Estimate:
    answer = pooled(estimates)
    assert isinstance(answer, Estimate)
    return answer


def test_the_bcg_trials_have_the_printed_fixed_effect() -> None:
    """metan ..., fixedi rr log: -0.4303, interval -0.5097 to -0.3509, z = -10.6247; ratio 0.6503."""
    ill, well, control_ill, control_well = BCG_TRIALS.T
    ratios = np.log(ill / (ill + well)) - np.log(control_ill / (control_ill + control_well))
    errors = np.sqrt(1 / ill - 1 / (ill + well) + 1 / control_ill - 1 / (control_ill + control_well))

    answer = _pooled(*(_estimate(*pair) for pair in zip(ratios.tolist(), errors.tolist(), strict=True)))

    printed = (-0.4303, -0.5097, -0.3509)
    assert (answer.point, answer.lower, answer.upper) == pytest.approx(printed, abs=5e-5)
    assert answer.point / answer.standard_error == pytest.approx(-10.6247, abs=5e-5)
    assert np.exp(answer.point) == pytest.approx(0.6503, abs=5e-5)


def test_a_single_estimate_keeps_its_point_and_error_even_without_variation() -> None:
    for error in (1.3, 0.0):
        answer = _pooled(_estimate(2.0, error, "small_sample"))

        assert (answer.point, answer.standard_error) == (2.0, error)
        assert (answer.accounts, answer.caveats) == (40, ("small_sample",))


_estimates = st.lists(
    st.tuples(st.floats(-50, 50), st.floats(0.01, 20)).map(lambda pair: _estimate(*pair)),
    min_size=2,
    max_size=6,
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(_estimates)
def test_pooling_lies_within_is_more_certain_and_knows_no_order(estimates: list[Estimate]) -> None:
    answer = _pooled(*estimates)

    points = [estimate.point for estimate in estimates]
    assert min(points) - 1e-9 <= answer.point <= max(points) + 1e-9
    assert answer.standard_error <= min(estimate.standard_error for estimate in estimates)
    assert answer.accounts == 40 * len(estimates)
    assert _pooled(*reversed(estimates)).point == pytest.approx(answer.point)


def test_no_variation_in_one_of_several_epochs_does_not_take_all_of_the_weight() -> None:
    answer = pooled([_estimate(2.0, 1.0), _estimate(0.0, 0.0)])

    assert isinstance(answer, NotEstimable)
    assert answer.reason == "no_variation"


def test_no_epoch_is_a_reason_and_caveats_are_kept_once() -> None:
    assert isinstance(pooled([]), NotEstimable)
    both = _pooled(_estimate(1, 1, "small_sample"), _estimate(2, 1), _estimate(3, 1, "small_sample"))
    assert both.caveats == ("small_sample",)
