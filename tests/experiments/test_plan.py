"""The plan of an experiment, the accounts it needs, and the two answers."""

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.design import Experiment
from experiments.power import accounts_needed, detectable_days, power_of
from experiments.result import Estimate


def _plan(**changes: Any) -> Experiment:
    values: dict[str, Any] = {
        "experiment_key": "ttfv_nudge",
        "salt": "ttfv-nudge-v1",
        "horizon_days": 60,
        "min_delta_days": 3,
        "final_readout_on": date(2027, 12, 31),
    }
    return Experiment(**{**values, **changes})


def test_alpha_is_split_between_reading_at_any_time_and_once() -> None:
    assert _plan().alpha == pytest.approx(0.05)
    assert _plan().mixture_variance == 9


@pytest.mark.parametrize(
    "change",
    [
        {"salt": ""},
        {"horizon_days": 0},
        {"horizon_days": float("nan")},
        {"min_delta_days": -3},
        {"min_delta_days": 60},
        {"holdout_share": 1},
        {"alpha_anytime": 0},
    ],
)
def test_a_plan_that_cannot_be_held_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        _plan(**change)


@pytest.mark.parametrize(
    ("deviation", "days", "share", "accounts"),
    [(21.8, 3, 0.2, 2591), (21.8, 3, 0.5, 1658), (9.2, 2, 0.2, 1039), (34.4, 3, 0.5, 4128)],
)
def test_accounts_needed_follow_the_formula(
    deviation: float, days: float, share: float, accounts: int
) -> None:
    needed = accounts_needed(delta_days=days, standard_deviation_days=deviation, treatment_share=share)

    assert needed == pytest.approx(accounts, rel=0.001)


@pytest.mark.parametrize(
    ("alpha", "printed"),
    [
        (0.1, {0.95: 10.8, 0.9: 8.6, 0.8: 6.2, 0.5: 2.7}),
        # For 80 % at 0.05 the table has 7.9 where the formula gives 7.85.
        (0.05, {0.95: 13.0, 0.9: 10.5, 0.5: 3.8}),
        (0.02, {0.95: 15.8, 0.9: 13.0, 0.8: 10.0, 0.5: 5.4}),
        (0.01, {0.95: 17.8, 0.9: 14.9, 0.8: 11.7, 0.5: 6.6}),
    ],
)
def test_sizes_follow_the_table_that_pocock_prints(alpha: float, printed: dict[float, float]) -> None:
    """Pocock (1983), "Clinical Trials", Table 9.1: an arm needs 2 * f(alpha, beta) * (SD / delta)^2."""
    for power, factor in printed.items():
        needed = accounts_needed(
            delta_days=0.01, standard_deviation_days=10, treatment_share=0.5, alpha=alpha, power=power
        )
        assert round(needed / 4 / 1000**2, 1) == factor


@pytest.mark.parametrize(
    ("delta", "deviation", "power", "per_arm"),
    [
        # Armitage, Berry and Matthews: forced expiratory volume, n > 84.1, so 85 men in a group.
        (0.25, 0.5, 0.9, 85),
        # powerandsamplesize.com, two-sample equality, after Chow, Shao and Wang (2008), p. 58.
        (5, 10, 0.8, 63),
    ],
)
def test_sizes_of_an_arm_are_the_printed_ones(
    delta: float, deviation: float, power: float, per_arm: int
) -> None:
    needed = accounts_needed(
        delta_days=delta, standard_deviation_days=deviation, treatment_share=0.5, power=power
    )

    assert math.ceil(needed / 2) == per_arm


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(50, 10**6), st.floats(0.02, 0.98), st.floats(0.001, 0.2), st.floats(0.3, 0.99))
def test_size_difference_and_power_are_inverse_to_each_other(
    accounts: int, share: float, alpha: float, power: float
) -> None:
    plan = {"standard_deviation_days": 21.8, "treatment_share": share, "alpha": alpha}

    days = detectable_days(accounts=accounts, power=power, **plan)

    assert accounts_needed(delta_days=days, power=power, **plan) == pytest.approx(accounts, abs=1)
    # The look in the wrong direction adds the little that the size leaves out.
    assert power - 1e-9 <= power_of(accounts=accounts, delta_days=days, **plan) <= power + alpha / 2
    assert power_of(accounts=accounts, delta_days=0, **plan) == pytest.approx(alpha)
    assert power_of(accounts=accounts, delta_days=-days, **plan) >= power - 1e-9


def test_each_arm_weighs_with_its_own_deviation() -> None:
    """By hand: (1.959964 + .841621)^2 * (24^2 / .2 + 20^2 / .8) / 3^2 = 7.84888 * 3380 / 9 = 2947.7."""
    plan = {"standard_deviation_days": 20, "treated_deviation_days": 24, "treatment_share": 0.2}

    assert accounts_needed(delta_days=3, **plan) == 2948
    assert detectable_days(accounts=2948, **plan) == pytest.approx(3, abs=0.001)
    assert power_of(accounts=2948, delta_days=3, **plan) == pytest.approx(0.8, abs=0.001)


def test_the_power_of_a_plan_is_how_often_its_look_finds_the_difference() -> None:
    """20,000 looks at a normal difference of 3 days, 2,000 accounts at 20/80, deviation 21.8."""
    error = 21.8 * math.sqrt((1 / 0.2 + 1 / 0.8) / 2000)
    looks = np.random.default_rng(3).normal(3, error, 20_000)

    power = power_of(accounts=2000, delta_days=3, standard_deviation_days=21.8, treatment_share=0.2)

    assert power == pytest.approx(float((np.abs(looks) > 1.959964 * error).mean()), abs=0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        {"delta_days": 0},
        {"delta_days": float("nan")},
        {"treatment_share": 1},
        {"power": 0.01},
        {"alpha": 0},
        {"standard_deviation_days": float("nan")},
        {"treated_deviation_days": 0},
    ],
)
def test_a_size_outside_of_the_formula_is_refused(wrong: dict[str, float]) -> None:
    sound = {"delta_days": 3.0, "standard_deviation_days": 20.0, "treatment_share": 0.2}
    with pytest.raises(ValueError):
        accounts_needed(**{**sound, **wrong})


@pytest.mark.parametrize(
    "wrong", [{"accounts": 0}, {"treatment_share": 0}, {"standard_deviation_days": 0}, {"alpha": 1}]
)
def test_what_so_many_accounts_show_is_refused_outside_of_the_formula(wrong: dict[str, Any]) -> None:
    plan: dict[str, Any] = {"accounts": 900, "standard_deviation_days": 20.0, "treatment_share": 0.2}
    with pytest.raises(ValueError):
        detectable_days(**{**plan, **wrong})
    with pytest.raises(ValueError):
        power_of(delta_days=3, **{**plan, **wrong})


@pytest.mark.parametrize("numbers", [(float("nan"), 1, 0, 2), (1, 1, 2, 3), (1, -1, 0, 2)])
def test_an_estimate_is_made_of_sound_numbers(numbers: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError):
        Estimate(*numbers, level=0.95, accounts=30)
