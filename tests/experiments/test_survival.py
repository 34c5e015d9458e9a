"""Kaplan-Meier, restricted means and their gates."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.metrics.restricted_means import p_value_of
from experiments.result import Estimate, NotEstimable
from experiments.survival import (
    Arm,
    kaplan_meier,
    restricted_mean,
    restricted_mean_difference,
    standard_deviation_within,
)
from tests.experiments.published import (
    MAINTAINED_RELAPSED,
    MAINTAINED_WEEKS,
    NOT_MAINTAINED_RELAPSED,
    NOT_MAINTAINED_WEEKS,
    SIX_MP,
    cirrhosis,
)


def test_the_curve_of_the_maintained_group_is_the_printed_one() -> None:
    curve = kaplan_meier(MAINTAINED_WEEKS, MAINTAINED_RELAPSED)

    assert curve.times.tolist() == [9, 13, 18, 23, 31, 34, 48]
    assert curve.at_risk.tolist() == [11, 10, 8, 7, 5, 4, 2]
    assert curve.survival.round(3).tolist() == [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]
    # std.err of summary(survfit(Surv(time, status) ~ x, data = aml))
    printed = [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535]
    assert np.sqrt(curve.greenwood_variance).round(4).tolist() == printed


def test_the_curve_under_6_mp_is_the_printed_one() -> None:
    """Kleinbaum and Klein, ch. 2; the errors as in summary(survfit(...)) of `gehan`."""
    curve = kaplan_meier(SIX_MP.durations, SIX_MP.is_reached)

    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.survival.round(4).tolist() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    printed = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert np.sqrt(curve.greenwood_variance).round(4).tolist() == printed


def test_greenwood_has_no_value_where_everybody_has_arrived() -> None:
    curve = kaplan_meier(np.array([1.0, 2.0]), np.array([True, True]))

    assert curve.greenwood_variance[0] == pytest.approx(0.125)
    assert np.isnan(curve.greenwood_variance[1])


@pytest.mark.parametrize(
    ("weeks", "relapsed", "mean", "standard_error"),
    [
        # print(survfit(Surv(time, status) ~ x, aml), print.rmean = TRUE), up to week 161.
        (MAINTAINED_WEEKS, MAINTAINED_RELAPSED, 52.6, 19.83),
        (NOT_MAINTAINED_WEEKS, NOT_MAINTAINED_RELAPSED, 22.7, 4.18),
    ],
)
def test_restricted_means_and_their_errors_are_the_printed_ones(
    weeks: np.ndarray, relapsed: np.ndarray, mean: float, standard_error: float
) -> None:
    answer = restricted_mean(kaplan_meier(weeks, relapsed), horizon_days=161)

    assert answer.days == pytest.approx(mean, abs=0.05)
    assert answer.standard_error == pytest.approx(standard_error, abs=0.005)


def test_a_difference_of_restricted_means_is_the_printed_one() -> None:
    """survRM2's vignette: 7.146 (0.283) under penicillamine, 7.283 (0.295) under placebo, difference -0.137
    (-0.939, 0.665), p = 0.738."""
    arms = [cirrhosis("penicillamine"), cirrhosis("placebo")]
    means = [restricted_mean(kaplan_meier(arm.durations, arm.is_reached), horizon_days=10) for arm in arms]
    difference = restricted_mean_difference(arms[0], arms[1], horizon_days=10)

    assert [round(mean.days, 3) for mean in means] == [7.146, 7.283]
    assert [round(mean.standard_error, 3) for mean in means] == [0.283, 0.295]
    assert isinstance(difference, Estimate)
    assert (round(difference.point, 3), round(difference.lower, 3), round(difference.upper, 3)) == (
        -0.137,
        -0.939,
        0.665,
    )
    assert round(p_value_of(difference) or 0, 3) == 0.738


def test_the_curve_agrees_with_scipy_on_ties_and_censoring() -> None:
    random = np.random.default_rng(11)
    days = np.ceil(random.exponential(20, 300))
    reached = random.random(300) < 0.6

    curve = kaplan_meier(days, reached)

    theirs = stats.ecdf(stats.CensoredData(uncensored=days[reached], right=days[~reached])).sf
    assert curve.survival == pytest.approx(theirs.evaluate(curve.times), abs=1e-12)


def test_without_censoring_the_restricted_mean_is_the_plain_mean_of_capped_times() -> None:
    days = np.random.default_rng(5).gamma(2, 20, 400)

    answer = restricted_mean(kaplan_meier(days, np.ones(400, dtype=np.bool_)), horizon_days=60)

    capped = np.minimum(days, 60)
    assert answer.days == pytest.approx(capped.mean(), abs=1e-9)
    # Greenwood divides by n where the sample variance divides by n - 1.
    assert answer.standard_error == pytest.approx(capped.std() / np.sqrt(400), rel=1e-9)


def test_the_spread_counts_the_share_that_the_curve_gives_to_censored_accounts() -> None:
    """One of three arrives on day 1, one leaves on day 2, the last arrives on day 3: shares 1/3 and 2/3."""
    curve = kaplan_meier(np.array([1.0, 2.0, 3.0]), np.array([True, False, True]))

    assert standard_deviation_within(curve, horizon_days=4) ** 2 == pytest.approx(8 / 9)
    assert standard_deviation_within(curve, horizon_days=2) ** 2 == pytest.approx(2 / 9)


def test_without_censoring_the_spread_is_that_of_capped_times() -> None:
    days = np.random.default_rng(6).gamma(2, 20, 500)
    curve = kaplan_meier(days, np.ones(500, dtype=np.bool_))

    spread = standard_deviation_within(curve, horizon_days=60)

    assert spread == pytest.approx(np.minimum(days, 60).std(), rel=1e-9)


@pytest.mark.parametrize("horizon", [0.0, -1.0, float("nan"), float("inf")])
def test_a_horizon_that_is_none_is_refused(horizon: float) -> None:
    curve = kaplan_meier(MAINTAINED_WEEKS, MAINTAINED_RELAPSED)

    with pytest.raises(ValueError, match="horizon"):
        standard_deviation_within(curve, horizon_days=horizon)
    with pytest.raises(ValueError, match="horizon"):
        restricted_mean(curve, horizon_days=horizon)


def test_days_saved_are_positive_where_treated_accounts_are_faster() -> None:
    saved = restricted_mean_difference(_arm(200, mean=40), _arm(200, mean=15), horizon_days=30)

    assert isinstance(saved, Estimate)
    assert saved.lower > 0


def test_an_arm_of_24_accounts_gets_no_interval_and_one_of_25_a_caveat() -> None:
    assert _reason(restricted_mean_difference(_arm(24), _arm(100), horizon_days=20)) == "too_few_accounts"

    saved = restricted_mean_difference(_arm(25), _arm(100), horizon_days=20)

    assert isinstance(saved, Estimate)
    assert saved.caveats == ("small_sample",)


def test_nine_accounts_watched_to_the_horizon_are_too_few_and_ten_are_enough() -> None:
    """Whether they arrived before it does not matter: only how long ago they signed up."""
    young = np.full(50, 20.0)
    for share_arrived in (0.0, 0.5, 1.0):
        old = np.where(np.arange(10) < share_arrived * 10, 5.0, 30.0)
        nine, ten = (
            Arm(
                np.concatenate((young, old[:number])),
                np.concatenate((young > 20, old[:number] < 30)),
                np.concatenate((young, np.full(number, 30.0))),
            )
            for number in (9, 10)
        )

        assert _reason(restricted_mean_difference(nine, _arm(100), horizon_days=30)) == "too_few_watched"
        assert isinstance(restricted_mean_difference(ten, _arm(100), horizon_days=30), Estimate)


def test_where_ages_are_not_known_only_who_has_not_arrived_is_known_to_have_been_watched() -> None:
    days = np.concatenate((np.full(50, 5.0), np.full(9, 30.0)))
    nine = Arm(days, days < 30)
    ten = Arm(np.append(days, 30.0), np.append(days < 30, False))

    assert _reason(restricted_mean_difference(nine, _arm(100), horizon_days=30)) == "too_few_watched"
    assert isinstance(restricted_mean_difference(ten, _arm(100), horizon_days=30), Estimate)


@pytest.mark.parametrize("ages", [[30.0], [30.0, float("nan")]])
def test_ages_that_are_not_those_of_the_accounts_are_refused(ages: list[float]) -> None:
    with pytest.raises(ValueError, match="watched_days"):
        Arm(np.array([1.0, 2.0]), np.array([True, False]), np.array(ages))


def test_an_empty_arm_is_a_reason_and_not_an_error() -> None:
    empty = Arm(np.array([]), np.array([], dtype=np.bool_))

    assert _reason(restricted_mean_difference(empty, _arm(100), horizon_days=30)) == "too_few_accounts"


@pytest.mark.parametrize("days", [[-1.0, 2.0], [float("nan"), 2.0], [float("inf"), 2.0]])
def test_a_duration_that_is_none_is_refused(days: list[float]) -> None:
    with pytest.raises(ValueError, match="finite number of days"):
        Arm(np.array(days), np.array([True, False]))


def test_an_arm_is_taken_from_the_outcomes_of_the_warehouse() -> None:
    outcomes = pd.DataFrame(
        {
            "arm": ["control", "treatment", "treatment"],
            "duration_days": [3.0, 1.5, 9.0],
            "is_first_value_reached": [True, True, False],
            "watched_days": [8.0, 40.0, 9.0],
        }
    )

    arm = Arm.from_outcomes(outcomes, "treatment")

    assert [arm.watched_to(days) for days in (9, 10, 41)] == [2, 1, 0]

    assert arm.durations.tolist() == [1.5, 9.0]
    assert arm.is_reached.tolist() == [True, False]


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """600 pairs of arms without an effect, staggered sign-ups: 95 % give or take three standard errors."""
    random = np.random.default_rng(2026)
    covered = 0
    for _ in range(600):
        saved = restricted_mean_difference(_watched(random, 200), _watched(random, 100), horizon_days=30)
        assert isinstance(saved, Estimate)
        covered += saved.lower <= 0 <= saved.upper

    assert 0.92 <= covered / 600 <= 0.98


def _watched(random: np.random.Generator, accounts: int) -> Arm:
    """Seven in ten arrive, log-normally with median 20 days; watched for 0 to 90 days since sign-up."""
    arrives = random.random(accounts) < 0.7
    days = np.where(arrives, random.lognormal(np.log(20), 0.9, accounts), np.inf)
    watched = random.uniform(0, 90, accounts)
    return Arm(np.minimum(days, watched), days <= watched)


def _arm(accounts: int, mean: float = 40) -> Arm:
    days = np.random.default_rng(accounts).exponential(mean, accounts)
    return Arm(np.minimum(days, 60.0), days <= 60)


def _reason(answer: Estimate | NotEstimable) -> str:
    assert isinstance(answer, NotEstimable)
    return answer.reason
