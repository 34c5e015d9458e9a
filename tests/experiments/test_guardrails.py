"""Harm that may stop an experiment."""

import numpy as np
import pytest

from experiments.confidence_sequence import half_width
from experiments.guardrails import Guardrail, guardrail
from experiments.result import Estimate, NotEstimable
from experiments.shares import Share


def _floor(answer: Guardrail) -> float:
    assert answer.floor is not None
    return answer.floor


def test_harm_beyond_the_margin_crosses_and_the_same_shares_of_few_accounts_do_not() -> None:
    many = guardrail("unsubscribed", [(Share(80, 4000), Share(100, 1000))], margin=0.02)
    few = guardrail("unsubscribed", [(Share(8, 400), Share(10, 100))], margin=0.02)

    assert many.is_crossed
    assert _floor(many) > 0.02
    assert not few.is_crossed
    assert _floor(few) < 0.02


def test_a_wider_margin_bears_more() -> None:
    strata = [(Share(80, 4000), Share(100, 1000))]
    floor = _floor(guardrail("unsubscribed", strata, margin=0.0))

    assert guardrail("unsubscribed", strata, margin=floor - 1e-9).is_crossed
    assert not guardrail("unsubscribed", strata, margin=floor).is_crossed


def test_less_harm_in_treatment_never_crosses() -> None:
    assert not guardrail("churned", [(Share(900, 1000), Share(5, 1000))], margin=0.0).is_crossed


def test_the_floor_is_the_excess_less_the_half_width_with_agresti_and_caffos_error() -> None:
    answer = guardrail("complained", [(Share(0, 98), Share(10, 48))], margin=0.0)

    error = np.sqrt(0.01 * 0.99 / 100 + 0.22 * 0.78 / 50)
    assert isinstance(answer.excess, Estimate)
    assert answer.excess.point == pytest.approx(10 / 48)
    assert answer.excess.standard_error == pytest.approx(error)
    assert answer.floor == pytest.approx(10 / 48 - half_width(error, alpha=0.1, mixture_variance=0.0025))


def test_nothing_is_read_before_ten_events_in_all() -> None:
    nine = guardrail("complained", [(Share(0, 2000), Share(9, 20))], margin=0.0)
    ten = guardrail("complained", [(Share(0, 2000), Share(10, 20))], margin=0.0)

    assert (nine.floor, nine.is_crossed) == (None, False)
    assert isinstance(nine.excess, Estimate)
    assert ten.floor is not None


def test_no_event_is_no_certainty() -> None:
    answer = guardrail("complained", [(Share(0, 40), Share(0, 10))], margin=0.01)

    assert isinstance(answer.excess, Estimate)
    assert answer.excess.standard_error > 0.05
    assert answer.excess.upper > 0.1


def test_a_ramp_without_harm_does_not_cross() -> None:
    """Churn falls from 40 % to 5 % between epochs while the share of treated rises, or falls too."""
    strata = [(Share(1600, 4000), Share(400, 1000)), (Share(50, 1000), Share(200, 4000))]
    falling = guardrail("churned", strata, margin=0.0)
    rising = guardrail("churned", [(control, treatment) for treatment, control in strata], margin=0.0)

    assert rising.treatment.value - rising.control.value > 0.1
    assert not rising.is_crossed
    assert not falling.is_crossed
    assert isinstance(rising.excess, Estimate)
    assert rising.excess.point == pytest.approx(0)


def test_an_epoch_with_one_empty_arm_is_shown_and_not_compared() -> None:
    pair = (Share(40, 400), Share(30, 100))

    alone = guardrail("churned", [pair], margin=0.0)
    beside = guardrail("churned", [pair, (Share(500, 1000), Share(0, 0))], margin=0.0)

    assert beside.excess == alone.excess
    assert beside.control == Share(540, 1400)


def test_without_accounts_there_is_a_reason_and_nothing_is_crossed() -> None:
    for strata in ([], [(Share(20, 50), Share(0, 0))]):
        answer = guardrail("churned", strata, margin=0.0)

        assert isinstance(answer.excess, NotEstimable)
        assert (answer.floor, answer.is_crossed) == (None, False)


@pytest.mark.parametrize("margin", [-0.1, 1.0, float("nan")])
def test_a_margin_that_is_no_fraction_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        guardrail("churned", [], margin=margin)


@pytest.mark.parametrize(("base", "margin"), [(0.03, 0.0), (0.10, 0.02)])
def test_an_excess_at_the_margin_rarely_crosses_at_any_of_thirty_looks(base: float, margin: float) -> None:
    """60 experiments of 1,500 accounts, one in five treated, whose true excess is the margin."""
    random = np.random.default_rng(17)
    crossed = 0
    for _ in range(60):
        is_treated = random.random(1500) < 0.2
        has_event = random.random(1500) < base + margin * is_treated
        crossed += any(
            guardrail("churned", [_shares(is_treated[:seen], has_event[:seen])], margin=margin).is_crossed
            for seen in range(50, 1501, 50)
        )

    assert crossed / 60 <= 0.05


def _shares(is_treated: np.ndarray, has_event: np.ndarray) -> tuple[Share, Share]:
    control, treatment = (
        Share(int(has_event[rows].sum()), int(rows.sum())) for rows in (~is_treated, is_treated)
    )
    return control, treatment
