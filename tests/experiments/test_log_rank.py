"""The log-rank test, alone and by strata."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from experiments.log_rank import log_rank
from experiments.rank_test import RankTest
from experiments.result import NotEstimable
from experiments.survival import Arm
from tests.experiments.published import (
    MAINTAINED,
    NOT_MAINTAINED,
    PLACEBO,
    PLACEBO_LOG_CELLS,
    SIX_MP,
    SIX_MP_LOG_CELLS,
)


def _test(*strata: tuple[Arm, Arm]) -> RankTest:
    answer = log_rank(strata)
    assert isinstance(answer, RankTest)
    return answer


def test_aml_has_the_printed_chi_square() -> None:
    """survdiff(Surv(time, status) ~ x, data = aml): Chisq= 3.4 on 1 degrees of freedom, p= 0.07; 0.0653."""
    answer = _test((MAINTAINED, NOT_MAINTAINED))

    assert answer.z**2 == pytest.approx(3.4, abs=0.05)
    assert answer.p_value == pytest.approx(0.0653, abs=0.00005)
    assert answer.accounts == 23


def test_remission_has_the_printed_chi_square_and_placebo_relapses_sooner() -> None:
    """Kleinbaum and Klein, ch. 2: log-rank statistic 16.79."""
    answer = _test((SIX_MP, PLACEBO))

    assert answer.z**2 == pytest.approx(16.79, abs=0.005)
    assert answer.z > 0


def test_remission_by_white_blood_cells_has_the_printed_chi_square() -> None:
    """Kleinbaum and Klein, ch. 2, lwbc3 cut at 2.30 and 3.00: chi2(1) = 10.14, Pr>chi2 = 0.0014."""
    strata = [
        (_between(SIX_MP, SIX_MP_LOG_CELLS, low, high), _between(PLACEBO, PLACEBO_LOG_CELLS, low, high))
        for low, high in ((0, 2.30), (2.30, 3.00), (3.00, 9))
    ]

    answer = _test(*strata)

    assert answer.z**2 == pytest.approx(10.14, abs=0.005)
    assert answer.p_value == pytest.approx(0.0014, abs=0.00005)


def test_it_agrees_with_scipy_on_ties_and_censoring() -> None:
    random = np.random.default_rng(12)
    arms = [_random_arm(random, 200, 20), _random_arm(random, 60, 15)]

    theirs = stats.logrank(
        *(
            stats.CensoredData(uncensored=arm.durations[arm.is_reached], right=arm.durations[~arm.is_reached])
            for arm in reversed(arms)
        )
    )

    answer = _test((arms[0], arms[1]))
    assert answer.z == pytest.approx(float(theirs.statistic), abs=1e-9)
    assert answer.p_value == pytest.approx(float(theirs.pvalue), abs=1e-12)


def test_a_ramp_without_an_effect_deceives_the_pooled_test_and_not_the_one_by_epoch() -> None:
    """Early accounts are slow and rarely treated, late ones fast and mostly treated."""
    random = np.random.default_rng(5)
    early = (_random_arm(random, 800, 40), _random_arm(random, 200, 40))
    late = (_random_arm(random, 200, 10), _random_arm(random, 800, 10))

    pooled = _test((_join(early[0], late[0]), _join(early[1], late[1])))

    assert pooled.p_value < 0.001
    assert _test(early, late).p_value > 0.05


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.booleans()), min_size=4, max_size=40))
def test_swapping_the_arms_turns_the_sign_and_the_unit_of_time_does_not_matter(
    rows: list[tuple[int, bool, bool]],
) -> None:
    days = np.array([row[0] for row in rows], dtype=np.float64)
    reached = np.array([row[1] for row in rows], dtype=np.bool_)
    treated = np.array([row[2] for row in rows], dtype=np.bool_)
    control, treatment = (Arm(days[of], reached[of]) for of in (~treated, treated))

    there = log_rank([(control, treatment)])
    back = log_rank([(treatment, control)])
    in_hours = log_rank([(_times(control, 24), _times(treatment, 24))])

    if isinstance(there, NotEstimable):
        assert there == back == in_hours
    else:
        assert isinstance(back, RankTest)
        assert isinstance(in_hours, RankTest)
        assert there.z == pytest.approx(-back.z, abs=1e-9)
        assert there.z == pytest.approx(in_hours.z, abs=1e-12)


def test_without_an_effect_one_test_in_twenty_finds_one() -> None:
    random = np.random.default_rng(9)

    found = sum(
        _test((_random_arm(random, 80, 20), _random_arm(random, 40, 20))).p_value < 0.05 for _ in range(1000)
    )

    assert 0.03 <= found / 1000 <= 0.07


def test_no_arrival_at_all_is_a_reason() -> None:
    waiting = Arm(np.array([3.0, 4.0]), np.array([False, False]))

    for strata in ([(waiting, waiting)], []):
        answer = log_rank(strata)
        assert isinstance(answer, NotEstimable)
        assert answer.reason == "no_variation"


def _random_arm(random: np.random.Generator, accounts: int, mean: float) -> Arm:
    days = np.ceil(random.exponential(mean, accounts))
    watched = np.ceil(random.uniform(5, 60, accounts))
    return Arm(np.minimum(days, watched), days <= watched)


def _between(arm: Arm, cells: np.ndarray, low: float, high: float) -> Arm:
    rows = (cells > low) & (cells <= high)
    return Arm(arm.durations[rows], arm.is_reached[rows])


def _join(first: Arm, second: Arm) -> Arm:
    return Arm(
        np.concatenate((first.durations, second.durations)),
        np.concatenate((first.is_reached, second.is_reached)),
    )


def _times(arm: Arm, factor: float) -> Arm:
    return Arm(arm.durations * factor, arm.is_reached)
