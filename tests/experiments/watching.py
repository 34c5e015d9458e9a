"""One simulated experiment, read every hour: what the product's rules say, and what others would have said.

Belongs here: the looks and what came of them. Does not belong here: how often that happens over many
experiments.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from scipy import stats

from experiments.confidence_sequence import ConfidenceSequence, confidence_sequence
from experiments.decision import Crossing, IntervalKind, Look, Record, Status, decide
from experiments.design import Experiment
from experiments.result import Estimate, NotEstimable
from experiments.sample_ratio import SampleRatio, sample_ratio
from experiments.survival import SMALL_SAMPLE_BELOW
from tests.experiments.arrivals import Accounts, arriving
from tests.experiments.hourly import (
    Differences,
    accounts_per_arm,
    completers_p_value,
    differences,
    least_even_hour,
)

STARTS = datetime(2026, 1, 1, tzinfo=UTC)
LEAST_DAYS = 14
ACCOUNTS = 450
SIGN_UP_DAYS = 90
LAST_DAY = 120
LAST_HOUR = 24 * LAST_DAY
HORIZON_DAYS = 30.0
_QUANTILE = float(stats.norm.ppf(0.975))
_CUTOFFS = [STARTS + timedelta(hours=hour) for hour in range(LAST_HOUR + 1)]
_TOO_EARLY = (f"It is read from {LEAST_DAYS} days and one horizon after the first sign-up on.",)
_NOT_YET = NotEstimable("too_few_watched", "an arm has too few accounts, or too few watched to the horizon")


@dataclass(frozen=True)
class Story:
    """What the hourly looks at one experiment came to under one plan."""

    statuses: frozenset[Status]
    crossing: Crossing | None
    highest_log_e: float

    @property
    def is_found(self) -> bool:
        """An effect was claimed, on whichever side."""
        return self.crossing is not None or Status.ROLL_OUT in self.statuses

    @property
    def is_found_anytime(self) -> bool:
        """The confidence sequence claimed it."""
        return self.crossing is not None and self.crossing.kind is IntervalKind.ANYTIME

    def leaves_sequence(self, alpha: float) -> bool:
        """Whether the confidence sequence at this alpha ever lay aside of 0: log e reached ln(1/alpha)."""
        return self.highest_log_e > math.log(1 / alpha)


@dataclass(frozen=True)
class Watched:
    """One experiment: a story per plan, and whether the other readers ever raised an alarm."""

    stories: tuple[Story, ...]
    is_sample_ratio_alarm: bool
    is_naive_alarm: bool
    is_naive_alarm_without_burn_in: bool


def plan(min_delta_days: float, *, horizon_days: float = HORIZON_DAYS) -> Experiment:
    """The plan whose final look is the last of the hourly ones."""
    return Experiment(
        experiment_key="nudges",
        salt="nudges-1",
        horizon_days=horizon_days,
        min_delta_days=min_delta_days,
        final_readout_on=(STARTS + timedelta(days=LAST_DAY)).date(),
    )


def watch_without_effect(
    random: np.random.Generator, *, treatment_share: float, min_deltas: tuple[float, ...]
) -> Watched:
    """450 accounts over 90 days, read every hour until day 120; treatment does nothing."""
    accounts = arriving(random, ACCOUNTS, days=SIGN_UP_DAYS, treatment_share=treatment_share)
    shown = differences(accounts, hours=LAST_HOUR, horizon_days=HORIZON_DAYS)
    estimates = estimates_of(accounts, shown)
    events = shown.fewest_events.tolist()
    opens_at = accounts.signed_up[0] + max(LEAST_DAYS, HORIZON_DAYS)
    return Watched(
        stories=tuple(_story(plan(delta), estimates, events, opens_at) for delta in min_deltas),
        is_sample_ratio_alarm=_is_sample_ratio_alarm(accounts, treatment_share),
        is_naive_alarm=_is_naive_alarm(accounts, fewest=20),
        is_naive_alarm_without_burn_in=_is_naive_alarm(accounts, fewest=5),
    )


def estimates_of(accounts: Accounts, shown: Differences) -> list[Estimate | NotEstimable]:
    """The primary estimate of every hour, at 95 %, as the product's estimator returns it."""
    fewest = np.minimum(*accounts_per_arm(accounts, hours=LAST_HOUR))
    estimates: list[Estimate | NotEstimable] = []
    for point, error, is_estimable, number, smaller in zip(
        shown.point.tolist(),
        shown.standard_error.tolist(),
        shown.is_estimable.tolist(),
        shown.accounts.tolist(),
        fewest.tolist(),
        strict=True,
    ):
        if not is_estimable:
            estimates.append(_NOT_YET)
            continue
        half = _QUANTILE * error
        caveats = ("small_sample",) if smaller < SMALL_SAMPLE_BELOW else ()
        estimates.append(Estimate(point, error, point - half, point + half, 0.95, number, caveats))
    return estimates


def _story(
    experiment: Experiment, estimates: list[Estimate | NotEstimable], events: list[int], opens_at: float
) -> Story:
    record = Record()
    statuses = set()
    for hour, (cutoff, fixed, fewest) in enumerate(zip(_CUTOFFS, estimates, events, strict=True)):
        anytime: ConfidenceSequence | NotEstimable = confidence_sequence(
            fixed,
            alpha=experiment.alpha_anytime,
            mixture_variance=experiment.mixture_variance,
            fewest_events=fewest,
        )
        gates = _TOO_EARLY if hour / 24 < opens_at else ()
        decision = decide(experiment, Look(cutoff, fixed, anytime, gates=gates), record)
        record = decision.record
        statuses.add(decision.status)
    assert record.final is not None, "the final look belongs to what is simulated"
    return Story(frozenset(statuses), record.crossing, record.highest_log_e)


def _is_sample_ratio_alarm(accounts: Accounts, treatment_share: float) -> bool:
    """With two arms the p-value falls as the chi-square grows, so the largest one speaks for all hours."""
    control, treatment = accounts_per_arm(accounts, hours=LAST_HOUR)
    hour = least_even_hour(control, treatment, treatment_share=treatment_share)
    answer = sample_ratio(
        {"control": int(control[hour]), "treatment": int(treatment[hour])},
        {"control": 1 - treatment_share, "treatment": treatment_share},
    )
    return isinstance(answer, SampleRatio) and answer.is_alarm


def _is_naive_alarm(accounts: Accounts, *, fewest: int) -> bool:
    return bool((completers_p_value(accounts, hours=LAST_HOUR, fewest=fewest) < 0.05).any())
