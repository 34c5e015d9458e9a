"""The comparison adjusted for plan and seats."""

import numpy as np
import pandas as pd
import pytest

from experiments.adjusted import adjusted_mean_difference
from experiments.capped_times import matured_mean_difference
from experiments.result import Estimate, NotEstimable
from tests.experiments.published import CARS_ARE_MANUAL, CARS_MILES, CARS_WEIGHT


def _adjusted(days: np.ndarray, is_treated: np.ndarray, **covariates: object) -> Estimate:
    frame = pd.DataFrame(covariates, index=range(days.size))
    answer = adjusted_mean_difference(days, is_treated, frame)
    assert isinstance(answer, Estimate)
    return answer


def test_cars_have_the_printed_coefficient() -> None:
    """lm(mpg ~ am + wt, data = mtcars): am -0.02362; lm(mpg ~ am): 7.245. Each car stands twice."""
    miles, is_manual, weight = (np.tile(of, 2) for of in (CARS_MILES, CARS_ARE_MANUAL, CARS_WEIGHT))

    assert -_adjusted(miles, is_manual, seats=np.expm1(weight)).point == pytest.approx(-0.02362, abs=5e-6)
    assert -_adjusted(miles, is_manual).point == pytest.approx(7.245, abs=5e-4)


def test_the_error_is_hc2_by_its_definition() -> None:
    """Against the whole design matrix and its hat matrix, with missing values, ties and a plan of one."""
    days, is_treated, frame = _accounts(300, seed=2)
    frame.loc[:9, "seats"] = np.nan
    frame.loc[5:30, "plan"] = None
    frame.loc[299, "plan"] = "alone"
    logs = np.log1p(frame["seats"])
    plans = pd.get_dummies(frame["plan"].fillna("missing"), dtype=float)
    design = np.column_stack((is_treated, plans, logs.fillna(logs.mean()), logs.isna())).astype(float)
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ days
    hat = ((design @ inverse) * design).sum(axis=1)
    squares = (days - design @ coefficients) ** 2 / np.where(hat < 1 - 1e-9, 1 - hat, np.inf)
    variance = inverse @ (design.T * squares) @ design @ inverse

    answer = adjusted_mean_difference(days, is_treated, frame)

    assert isinstance(answer, Estimate)
    assert answer.point == pytest.approx(-coefficients[0], rel=1e-9)
    assert answer.standard_error == pytest.approx(np.sqrt(variance[0, 0]), rel=1e-9)


def test_without_covariates_the_error_is_that_of_welch() -> None:
    days, is_treated, frame = _accounts(200, seed=3)

    answer = adjusted_mean_difference(days, is_treated, frame[[]])
    welch = matured_mean_difference(days[~is_treated], days[is_treated])

    assert isinstance(answer, Estimate)
    assert isinstance(welch, Estimate)
    assert answer.point == pytest.approx(welch.point)
    assert answer.standard_error == pytest.approx(welch.standard_error)


def test_covariates_that_explain_days_narrow_the_interval_as_r_squared_says_and_move_nothing() -> None:
    """200 experiments of 200 accounts, true effect 5 days, plan and seats explain half of the variance."""
    points, plain, errors = [], [], []
    for seed in range(200):
        days, is_treated, frame = _accounts(200, seed=1000 + seed, effect=5.0)
        answer = adjusted_mean_difference(days, is_treated, frame)
        unadjusted = adjusted_mean_difference(days, is_treated, frame[[]])
        assert isinstance(answer, Estimate)
        assert isinstance(unadjusted, Estimate)
        points.append(answer.point)
        plain.append(unadjusted.standard_error)
        errors.append(answer.standard_error)

    assert np.mean(points) == pytest.approx(5.0, abs=4 * np.std(points) / np.sqrt(200))
    assert np.mean(errors) == pytest.approx(np.std(points), rel=0.15)
    assert np.mean(errors) ** 2 / np.mean(plain) ** 2 == pytest.approx(0.5, abs=0.05)


def test_a_plan_told_twice_and_constant_seats_change_nothing() -> None:
    days, is_treated, frame = _accounts(120, seed=4)
    by_plan = frame["plan"].map({"free": 1.0, "team": 5.0, "large": 100.0})

    alone = _adjusted(days, is_treated, plan=frame["plan"])

    assert _adjusted(days, is_treated, plan=frame["plan"], seats=by_plan) == alone
    assert _adjusted(days, is_treated, plan=frame["plan"], seats=7) == alone
    assert _adjusted(days, is_treated, plan=frame["plan"], seats=None) == alone


def test_missing_seats_that_say_the_same_as_known_ones_are_one_column() -> None:
    """Each plan has its number of seats, unknown for some of one plan: as good as a plan of their own."""
    days, is_treated, frame = _accounts(120, seed=10)
    is_unknown = (frame["plan"] == "large") & (frame.index < 60)
    seats = frame["plan"].map({"free": 1.0, "team": 5.0, "large": 100.0}).mask(is_unknown)

    answer = _adjusted(days, is_treated, plan=frame["plan"], seats=seats)
    split = _adjusted(days, is_treated, plan=frame["plan"].mask(is_unknown, "large, seats unknown"))

    assert answer.standard_error == pytest.approx(split.standard_error)
    assert (answer.point, answer.lower) == pytest.approx((split.point, split.lower))


def test_seats_of_a_sloppy_crm_count_as_missing() -> None:
    days, is_treated, frame = _accounts(120, seed=5)
    clean = frame["seats"].astype(object)
    clean[[3, 40, 77]] = None
    sloppy = clean.copy()
    sloppy[3], sloppy[40], sloppy[77] = -1, "many", float("inf")

    assert _adjusted(days, is_treated, seats=sloppy) == _adjusted(days, is_treated, seats=clean)


def test_swapping_the_arms_turns_the_sign_and_order_does_not_matter() -> None:
    days, is_treated, frame = _accounts(150, seed=6)
    order = np.random.default_rng(1).permutation(150)

    there = adjusted_mean_difference(days, is_treated, frame)
    back = adjusted_mean_difference(days, ~is_treated, frame)
    shuffled = adjusted_mean_difference(days[order], is_treated[order], frame.iloc[order])

    assert isinstance(there, Estimate)
    assert isinstance(back, Estimate)
    assert isinstance(shuffled, Estimate)
    assert (there.point, there.lower) == pytest.approx((-back.point, -back.upper))
    assert (there.point, there.lower) == pytest.approx((shuffled.point, shuffled.lower))


def test_arms_that_a_covariate_tells_apart_cannot_be_compared() -> None:
    days, is_treated, frame = _accounts(120, seed=7)
    frame["plan"] = np.where(is_treated, "large", "free")

    answer = adjusted_mean_difference(days, is_treated, frame)

    assert isinstance(answer, NotEstimable)
    assert answer.reason == "no_variation"


def test_too_few_accounts_and_equal_times_are_reasons() -> None:
    days, is_treated, frame = _accounts(120, seed=8)
    few = np.arange(120) < 24

    answers = [
        adjusted_mean_difference(days, few, frame),
        adjusted_mean_difference(days, ~few, frame),
        adjusted_mean_difference(days[:0], is_treated[:0], frame[:0]),
        adjusted_mean_difference(np.full(120, 60.1), is_treated, frame),
    ]

    reasons = [answer.reason for answer in answers if isinstance(answer, NotEstimable)]
    assert reasons == ["too_few_accounts"] * 3 + ["no_variation"]


def test_arguments_that_do_not_fit_are_refused() -> None:
    days, is_treated, frame = _accounts(120, seed=9)

    with pytest.raises(ValueError, match="one row per account"):
        adjusted_mean_difference(days, is_treated, frame[:-1])
    with pytest.raises(ValueError, match="booleans"):
        # What is refused here is what the annotation forbids.
        adjusted_mean_difference(days, is_treated.astype(float), frame)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="finite"):
        adjusted_mean_difference(days * np.nan, is_treated, frame)
    with pytest.raises(ValueError, match="covariates are"):
        adjusted_mean_difference(days, is_treated, frame.assign(nudges_received=1))


def _accounts(
    accounts: int, *, seed: int, effect: float = 0.0
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Days of which plan and seats explain half of the variance, treatment for three in ten."""
    random = np.random.default_rng(seed)
    is_treated = random.permutation(accounts) < 0.3 * accounts
    plan = random.choice(["free", "team", "large"], accounts)
    logs = random.normal(3, 0.5, accounts)
    explained = pd.Series(plan).map({"free": 0.0, "team": 6.0, "large": 12.0}).to_numpy() + 4 * logs
    spread = np.sqrt(36 * 2 / 3 + 4)
    days = 40 + explained - effect * is_treated + random.normal(0, spread, accounts)
    return np.maximum(days, 0), is_treated, pd.DataFrame({"plan": plan, "seats": np.expm1(logs)})
