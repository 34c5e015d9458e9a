"""Shares of accounts, their intervals and tests."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from experiments.rank_test import RankTest
from experiments.result import Estimate, NotEstimable
from experiments.shares import Share, difference_of_shares, two_proportion_test, wilson_interval
from tests.experiments.published import BERKELEY, EIGHT_CLINICS, RABBITS


@pytest.mark.parametrize(
    ("events", "accounts", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_limits_are_those_that_newcombe_prints(
    events: int, accounts: int, lower: float, upper: float
) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 857-872, Table I, method 3."""
    answer = wilson_interval(Share(events, accounts))

    assert isinstance(answer, Estimate)
    assert (round(answer.lower, 4), round(answer.upper, 4)) == (lower, upper)


@pytest.mark.parametrize(
    ("treatment", "control", "lower", "upper"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_limits_of_a_difference_are_those_that_newcombe_prints(
    treatment: tuple[int, int], control: tuple[int, int], lower: float, upper: float
) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 873-890, Table II, method 10."""
    answer = difference_of_shares(Share(*treatment), Share(*control))

    assert isinstance(answer, Estimate)
    assert (round(answer.lower, 4), round(answer.upper, 4)) == (lower, upper)


@pytest.mark.parametrize(
    ("tables", "chi_square", "p_value"),
    [
        # Agresti, "Categorical Data Analysis": CMH = 6.38, P = 0.012.
        (EIGHT_CLINICS, "6.38", "0.012"),
        # Penn State STAT 504, lesson 5; mantelhaen.test(UCBAdmissions, correct = FALSE).
        (BERKELEY, "1.52", "0.217"),
        # Agresti on Mantel's rabbits: 5.66; P is that of this chi-square.
        (RABBITS, "5.66", "0.017"),
    ],
)
def test_chi_squares_by_strata_are_the_printed_ones(
    tables: list[tuple[tuple[int, int], tuple[int, int]]], chi_square: str, p_value: str
) -> None:
    strata = [(Share(*second), Share(*first)) for first, second in tables]

    answer = two_proportion_test(strata)

    assert isinstance(answer, RankTest)
    assert f"{answer.z**2:.2f}" == chi_square
    assert f"{answer.p_value:.3f}" == p_value


def test_berkeleys_paradox_turns_round_without_the_departments() -> None:
    """SAS prints 92.2053 for all departments at once (pooled chi-square), in favour of men."""
    men, women = (
        Share(sum(row[sex][0] for row in BERKELEY), sum(row[sex][1] for row in BERKELEY)) for sex in (0, 1)
    )

    at_once = two_proportion_test([(women, men)])
    by_department = two_proportion_test([(Share(*women), Share(*men)) for men, women in BERKELEY])

    assert isinstance(at_once, RankTest)
    assert at_once.z**2 * at_once.accounts / (at_once.accounts - 1) == pytest.approx(92.2053, abs=0.00005)
    assert at_once.z > 0
    assert isinstance(by_department, RankTest)
    assert by_department.z < 0


_counts = st.integers(1, 60).flatmap(lambda accounts: st.tuples(st.integers(0, accounts), st.just(accounts)))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(_counts, _counts)
def test_swapping_the_arms_turns_everything_round(first: tuple[int, int], second: tuple[int, int]) -> None:
    one, other = Share(*first), Share(*second)

    there, back = difference_of_shares(one, other), difference_of_shares(other, one)

    assert isinstance(there, Estimate)
    assert isinstance(back, Estimate)
    assert (there.point, there.lower, there.upper) == pytest.approx((-back.point, -back.upper, -back.lower))
    assert -1 <= there.lower <= there.upper <= 1
    tests = two_proportion_test([(one, other)]), two_proportion_test([(other, one)])
    if isinstance(tests[0], RankTest):
        assert isinstance(tests[1], RankTest)
        assert tests[0].z == pytest.approx(-tests[1].z)
    else:
        assert tests[0] == tests[1]


def test_a_single_stratum_is_the_pooled_test_but_for_one_account() -> None:
    answer = two_proportion_test([(Share(48, 80), Share(56, 70))])
    table = np.array([[56, 14], [48, 32]])

    pooled = stats.chi2_contingency(table, correction=False).statistic
    assert isinstance(answer, RankTest)
    assert answer.z**2 == pytest.approx(pooled * 149 / 150)


def test_a_stratum_with_one_empty_arm_adds_nothing() -> None:
    full = (Share(3, 20), Share(9, 20))

    alone = two_proportion_test([full])
    beside = two_proportion_test([full, (Share(5, 30), Share(0, 0)), (Share(1, 1), Share(0, 0))])

    assert isinstance(alone, RankTest)
    assert isinstance(beside, RankTest)
    assert beside.z == alone.z


def test_million_accounts_do_not_overflow() -> None:
    # A frame gives NumPy's integers, whatever the annotation says.
    answer = two_proportion_test([(Share(np.int64(400_000), np.int64(1_000_000)), Share(402_000, 1_000_000))])  # type: ignore[arg-type]

    assert isinstance(answer, RankTest)
    assert answer.z == pytest.approx(2.885, abs=0.01)


@pytest.mark.parametrize("counts", [(-1, 10), (11, 10), (0, -1)])
def test_counts_that_cannot_be_are_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot have an event"):
        Share(*counts)


@pytest.mark.parametrize("counts", [(1.0, 10), (1, float("nan"))])
def test_a_fraction_of_an_account_is_refused(counts: Any) -> None:
    with pytest.raises(TypeError):
        Share(*counts)


def test_no_accounts_and_no_events_are_reasons() -> None:
    empty, some = Share(0, 0), Share(1, 4)

    answers = [
        wilson_interval(empty),
        difference_of_shares(empty, some),
        difference_of_shares(some, empty),
        two_proportion_test([(Share(0, 9), Share(0, 9))]),
        two_proportion_test([]),
    ]

    reasons = [answer.reason for answer in answers if isinstance(answer, NotEstimable)]
    assert reasons == ["too_few_accounts"] * 3 + ["no_variation"] * 2
    with pytest.raises(ValueError, match="no share"):
        _ = empty.value


def test_the_interval_of_a_rare_difference_covers_about_as_often_as_it_says() -> None:
    """Exact coverage with 60 and 40 accounts at 3 % and 8 %: no simulation."""
    covered = 0.0
    for first in range(61):
        for second in range(41):
            weight = stats.binom.pmf(first, 60, 0.08) * stats.binom.pmf(second, 40, 0.03)
            if weight < 1e-9:
                continue
            answer = difference_of_shares(Share(first, 60), Share(second, 40))
            assert isinstance(answer, Estimate)
            covered += weight * (answer.lower <= 0.05 <= answer.upper)

    assert 0.93 <= covered <= 0.98
    assert math.isfinite(covered)
