"""Comparisons of accounts whose time within the horizon is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from experiments.capped_times import capped_rank_test, matured_mean_difference
from experiments.rank_test import RankTest
from experiments.result import Estimate, NotEstimable
from experiments.survival import Floats
from tests.experiments.published import (
    ARTHRITIS_ACTIVE,
    ARTHRITIS_PLACEBO,
    ASCORBIC_ACID,
    ORANGE_JUICE,
)


def _ranked(*strata: tuple[Floats, Floats]) -> RankTest:
    answer = capped_rank_test(strata)
    assert isinstance(answer, RankTest)
    return answer


def test_teeth_have_the_printed_welch_interval() -> None:
    """t.test(len ~ supp, data = ToothGrowth): t = 1.9153, interval -0.1710156 7.5710156."""
    answer = matured_mean_difference(ORANGE_JUICE, ASCORBIC_ACID)

    assert isinstance(answer, Estimate)
    assert answer.point == pytest.approx(20.66333 - 16.96333, abs=0.00001)
    assert answer.point / answer.standard_error == pytest.approx(1.9153, abs=0.00005)
    assert (answer.lower, answer.upper) == pytest.approx((-0.1710156, 7.5710156), abs=5e-8)
    assert answer.caveats == ("small_sample",)


def test_arthritis_has_the_printed_rank_sum() -> None:
    """PROC NPAR1WAY: sum 999.0, expected 810.0, deviation 63.972744; Kruskal-Wallis chi-square 8.7284."""
    answer = _ranked((ARTHRITIS_ACTIVE, ARTHRITIS_PLACEBO))

    assert answer.z == pytest.approx((999.0 - 810.0) / 63.972744, abs=1e-6)
    assert answer.z**2 == pytest.approx(8.7284, abs=0.00005)
    assert answer.accounts == 59


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(0, 8), min_size=2, max_size=30), st.lists(st.integers(0, 8), min_size=2, max_size=30)
)
def test_a_single_stratum_is_the_asymptotic_mann_whitney_test(first: list[int], second: list[int]) -> None:
    control, treatment = np.array(first, dtype=np.float64), np.array(second, dtype=np.float64)

    there, back = capped_rank_test([(control, treatment)]), capped_rank_test([(treatment, control)])

    if len({*first, *second}) == 1:
        assert isinstance(there, NotEstimable)
        return
    theirs = stats.mannwhitneyu(control, treatment, use_continuity=False, method="asymptotic")
    assert isinstance(there, RankTest)
    assert isinstance(back, RankTest)
    assert there.p_value == pytest.approx(float(theirs.pvalue), abs=1e-12)
    assert there.z == pytest.approx(-back.z, abs=1e-12)
    assert there.z * (theirs.statistic - control.size * treatment.size / 2) >= 0


def test_pairs_as_strata_are_the_sign_test() -> None:
    """With one account per arm and stratum every weight is 1/3: (wins - losses) / root of the pairs."""
    random = np.random.default_rng(3)
    pairs = [(random.random(1), random.random(1)) for _ in range(40)]
    wins = sum(bool(control[0] > treatment[0]) for control, treatment in pairs)

    assert _ranked(*pairs).z == pytest.approx((2 * wins - 40) / np.sqrt(40))


def test_strata_weigh_by_one_over_their_size_plus_one() -> None:
    """Van Elteren (1960): the sum of U / (n + 1) over its standard deviation, from pairs of accounts."""
    random = np.random.default_rng(4)
    strata = [(random.random(30), random.random(10) * 0.9), (random.random(5), random.random(60))]
    score = variance = 0.0
    for control, treatment in strata:
        pairs = control.size * treatment.size
        size = control.size + treatment.size
        wins = float((control[:, None] > treatment[None, :]).sum())
        score += (wins - pairs / 2) / (size + 1)
        variance += pairs / 12 / (size + 1)

    assert _ranked(*strata).z == pytest.approx(score / np.sqrt(variance))


def test_a_ramp_without_an_effect_deceives_the_pooled_rank_test_only() -> None:
    random = np.random.default_rng(6)
    early = (random.exponential(40, 800), random.exponential(40, 200))
    late = (random.exponential(10, 200), random.exponential(10, 800))

    pooled = _ranked((np.concatenate((early[0], late[0])), np.concatenate((early[1], late[1]))))

    assert pooled.p_value < 1e-6
    assert _ranked(early, late).p_value > 0.05


def test_an_arm_of_24_matured_accounts_gets_no_interval_and_one_of_25_does() -> None:
    days = np.random.default_rng(1).random(100)

    refused = matured_mean_difference(days[:24], days)

    assert isinstance(refused, NotEstimable)
    assert refused.reason == "too_few_accounts"
    assert isinstance(matured_mean_difference(days, days[:25]), Estimate)


def test_arms_in_which_everybody_took_the_same_time_have_no_interval() -> None:
    refused = matured_mean_difference(np.full(30, 60.1), np.full(40, 60.1))

    assert isinstance(refused, NotEstimable)
    assert refused.reason == "no_variation"
    ranked = capped_rank_test([(np.full(30, 60.1), np.full(40, 60.1)), (np.array([]), np.array([1.0]))])
    assert isinstance(ranked, NotEstimable)


@pytest.mark.parametrize("days", [[-1.0], [float("nan")], [float("inf")]])
def test_days_that_are_none_are_refused(days: list[float]) -> None:
    sound = np.ones(30)
    with pytest.raises(ValueError, match="finite"):
        matured_mean_difference(sound, np.array(days * 30))
    with pytest.raises(ValueError, match="finite"):
        capped_rank_test([(sound, np.array(days))])


def test_the_welch_interval_covers_skewed_arms_about_as_often_as_it_says() -> None:
    """1500 pairs of 120 and 30 accounts without an effect, half of them at the horizon."""
    random = np.random.default_rng(8)
    covered = 0
    for _ in range(1500):
        days = np.minimum(random.lognormal(4, 1, 150), 55)
        answer = matured_mean_difference(days[:120], days[120:])
        assert isinstance(answer, Estimate)
        covered += answer.lower <= 0 <= answer.upper

    assert 0.93 <= covered / 1500 <= 0.97
