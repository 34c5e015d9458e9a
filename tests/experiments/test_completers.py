"""The mean of those who arrived, and why it decides nothing."""

import numpy as np

from experiments.completers import Completers, completers
from experiments.result import Estimate
from experiments.survival import Arm, restricted_mean_difference
from tests.experiments.published import MAINTAINED, SIX_MP


def test_the_mean_of_those_who_arrived_leaves_the_others_out() -> None:
    assert completers(SIX_MP) == Completers(mean_days=109 / 9, completed=9, accounts=21)
    assert completers(SIX_MP).share_censored == 12 / 21
    assert completers(MAINTAINED).completed == 7


def test_nobody_arrived_is_no_mean_and_an_empty_arm_no_share() -> None:
    waiting = completers(Arm(np.array([3.0]), np.array([False])))
    empty = completers(Arm(np.array([]), np.array([], dtype=np.bool_)))

    assert (waiting.mean_days, waiting.share_censored) == (None, 1.0)
    assert (empty.mean_days, empty.share_censored) == (None, None)


def test_rescuing_slow_accounts_looks_like_harm_to_the_mean_and_not_to_the_restricted_mean() -> None:
    """Treatment makes one in four that would never have arrived arrive on days 40 to 60; nobody is slower."""
    random = np.random.default_rng(21)
    arrived = random.uniform(1, 30, 700)
    control = Arm(np.append(arrived, np.full(300, 90.0)), np.arange(1000) < 700)
    rescued = np.concatenate((arrived, random.uniform(40, 60, 75), np.full(225, 90.0)))
    treatment = Arm(rescued, np.arange(1000) < 775)

    naive = [completers(arm).mean_days for arm in (control, treatment)]
    saved = restricted_mean_difference(control, treatment, horizon_days=60)

    assert naive[0] is not None
    assert naive[1] is not None
    assert naive[0] < naive[1]
    assert isinstance(saved, Estimate)
    assert saved.point > 0
