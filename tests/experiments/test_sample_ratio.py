"""The split of accounts between arms."""

import numpy as np
import pytest

from experiments.result import NotEstimable
from experiments.sample_ratio import SampleRatio, sample_ratio

FIFTH = {"treatment": 0.2, "control": 0.8}


def _test(observed: dict[str, int], shares: dict[str, float] = FIFTH) -> SampleRatio:
    answer = sample_ratio(observed, shares)
    assert isinstance(answer, SampleRatio)
    return answer


def test_mendels_peas_have_the_textbook_chi_square() -> None:
    """315, 108, 101 and 32 peas against 9:3:3:1: chi-square 0.470 with three degrees of freedom."""
    shares = {"a": 9 / 16, "b": 3 / 16, "c": 3 / 16, "d": 1 / 16}

    answer = _test({"a": 315, "b": 108, "c": 101, "d": 32}, shares)

    assert answer.chi_square == pytest.approx(0.470, abs=0.0005)
    assert answer.p_value == pytest.approx(0.925, abs=0.0005)


def test_the_split_that_kohavi_prints_has_his_p_value() -> None:
    """Kohavi, Tang and Xu (2020), ch. 21: 821,588 and 815,482 users of an even split, p = 1.8E-6."""
    answer = _test({"control": 821_588, "treatment": 815_482}, {"control": 0.5, "treatment": 0.5})

    assert answer.p_value == pytest.approx(1.8e-6, abs=0.05e-6)
    assert answer.is_alarm


def test_a_quarter_where_a_fifth_was_configured_is_an_alarm() -> None:
    assert _test({"treatment": 250, "control": 750}).is_alarm
    assert not _test({"treatment": 210, "control": 790}).is_alarm


def test_the_share_that_was_configured_counts_and_not_an_even_split() -> None:
    assert _test({"treatment": 500, "control": 500}).is_alarm
    assert not _test({"treatment": 500, "control": 500}, {"treatment": 0.5, "control": 0.5}).is_alarm


def test_an_arm_without_any_account_is_an_alarm() -> None:
    assert _test({"control": 1000}).is_alarm


def test_too_few_accounts_give_a_reason_and_no_p_value() -> None:
    answer = sample_ratio({"treatment": 4, "control": 20}, FIFTH)

    assert isinstance(answer, NotEstimable)
    assert answer.reason == "too_few_accounts"


def test_an_arm_that_was_not_configured_is_refused() -> None:
    with pytest.raises(ValueError, match="not configured"):
        sample_ratio({"treatment": 200, "control": 800, "holdout": 1}, FIFTH)


def test_a_sound_split_alarms_less_than_once_in_a_hundred() -> None:
    treated = np.random.default_rng(3).binomial(600, 0.2, 3000)

    alarms = sum(_test({"treatment": int(n), "control": 600 - int(n)}).is_alarm for n in treated)

    assert alarms / 3000 < 0.005
