"""The plan of an experiment, the accounts it needs, and the two answers."""

from datetime import date
from typing import Any

import pytest

from experiments.design import Experiment
from experiments.power import accounts_needed
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


def test_the_textbook_case_of_half_a_deviation_needs_126_accounts() -> None:
    """Two arms, 80 % power, 5 % two-sided, normal: 63 per arm."""
    assert accounts_needed(delta_days=0.5, standard_deviation_days=1, treatment_share=0.5) == 126


@pytest.mark.parametrize("wrong", [{"delta_days": 0}, {"treatment_share": 1}, {"power": 0.01}])
def test_a_size_outside_of_the_formula_is_refused(wrong: dict[str, float]) -> None:
    sound = {"delta_days": 3.0, "standard_deviation_days": 20.0, "treatment_share": 0.2}
    with pytest.raises(ValueError):
        accounts_needed(**{**sound, **wrong})


@pytest.mark.parametrize("numbers", [(float("nan"), 1, 0, 2), (1, 1, 2, 3), (1, -1, 0, 2)])
def test_an_estimate_is_made_of_sound_numbers(numbers: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError):
        Estimate(*numbers, level=0.95, accounts=30)
