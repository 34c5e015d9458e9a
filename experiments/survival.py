"""Time to first value when some have not arrived yet.

Belongs here: Kaplan-Meier, the restricted mean, its difference between arms, the spread within the horizon.
Does not belong here: which accounts are in an arm, when a result may be read.

An account contributes a duration and whether it ended in first value; else it is censored at that duration.
Censoring has to be administrative: it comes from the cut-off of the data and says nothing about the
account.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from experiments.result import Estimate, NotEstimable

LEAST_WATCHED = 10
"""Accounts watched to the horizon without which an arm is not estimated: its tail would be a guess.

Counted by age, arrived or not. To ask for accounts that have *not* arrived there would keep slow arms and
refuse fast ones: simulated, what passes a gate of ten at risk is up to some days too low in small arms.
"""

LEAST_ACCOUNTS = 25
"""Accounts in an arm below which no interval is shown: it covers less than it says."""

SMALL_SAMPLE_BELOW = 50

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Arm:
    """The accounts of one arm: days, finite and not below 0, and which of them ended in first value.

    `watched_days` is the age of each account at the cut-off, arrived or not; None where nobody knows it.
    Raises ValueError for anything else; a missing duration has to be dealt with before.
    """

    durations: Floats
    is_reached: Booleans
    watched_days: Floats | None = None

    def __post_init__(self) -> None:
        if self.watched_days is not None and (
            self.watched_days.shape != self.durations.shape or not np.isfinite(self.watched_days).all()
        ):
            raise ValueError("watched_days is a finite number of days for every duration")
        if self.durations.ndim != 1 or self.durations.shape != self.is_reached.shape:
            raise ValueError("durations and is_reached are two columns of one length")
        if self.is_reached.dtype != np.bool_:
            raise ValueError("is_reached holds booleans; a missing one is not False")
        if not np.isfinite(self.durations).all() or (self.durations < 0).any():
            raise ValueError("a duration is a finite number of days, not below 0")

    @classmethod
    def from_outcomes(cls, outcomes: pd.DataFrame, arm: str) -> "Arm":
        """The rows of an arm out of `fct_experiment_outcomes`: arm, duration_days, is_first_value_reached
        and, where it is there, watched_days."""
        rows = outcomes.loc[outcomes["arm"] == arm]
        has_ages = "watched_days" in outcomes.columns
        return cls(
            rows["duration_days"].to_numpy(dtype=np.float64, na_value=np.nan),
            rows["is_first_value_reached"].to_numpy(),
            rows["watched_days"].to_numpy(dtype=np.float64, na_value=np.nan) if has_ages else None,
        )

    @property
    def accounts(self) -> int:
        """How many accounts the arm has."""
        return int(self.durations.size)

    def at_risk_at(self, days: float) -> int:
        """Accounts that had not arrived and were still watched at this age."""
        return int((self.durations >= days).sum())

    def watched_to(self, days: float) -> int:
        """Accounts that were watched to this age, arrived or not. Where their ages are not known, those at
        risk are all that are known to have been."""
        ages = self.durations if self.watched_days is None else self.watched_days
        return int((ages >= days).sum())


@dataclass(frozen=True)
class RestrictedMean:
    """Mean of min(time to first value, horizon), in days."""

    days: float
    standard_error: float


@dataclass(frozen=True)
class KaplanMeier:
    """The product-limit estimate of the share that has not arrived.

    Arrays of one length, one place per distinct time of an arrival, ascending: `times` (days), `at_risk`
    and `events` (accounts), `survival` (share not arrived just after the time). `accounts` counts all.
    """

    times: Floats
    at_risk: Floats
    events: Floats
    survival: Floats
    accounts: int

    @property
    def greenwood_variance(self) -> Floats:
        """Variance of `survival`, place by place: S^2 * sum of d / (n * (n - d)) up to the time.

        Greenwood (1926). It has no value, and is not a number, where the curve has fallen to 0.
        """
        survivors = self.at_risk - self.events
        terms = np.divide(
            self.events, self.at_risk * survivors, out=np.full_like(self.at_risk, np.nan), where=survivors > 0
        )
        return np.square(self.survival) * np.cumsum(terms, dtype=np.float64)


def kaplan_meier(durations: Floats, is_reached: Booleans) -> KaplanMeier:
    """Kaplan and Meier (1958). An account censored at the time of an arrival is still at risk for it."""
    arm = Arm(durations, is_reached)
    times, events = np.unique(durations[is_reached], return_counts=True)
    at_risk = arm.accounts - np.searchsorted(np.sort(durations), times, side="left")
    return KaplanMeier(
        times=times,
        at_risk=at_risk.astype(np.float64),
        events=events.astype(np.float64),
        survival=np.cumprod(1.0 - events / at_risk, dtype=np.float64),
        accounts=arm.accounts,
    )


def restricted_mean(curve: KaplanMeier, *, horizon_days: float) -> RestrictedMean:
    """The area under the curve up to the horizon, whatever the number of accounts.

    The standard error is Greenwood's: the root of the sum over arrivals of (area from there to the
    horizon)^2 * d / (n * (n - d)); a term with n = d is left out, the curve is 0 from there on. Past the
    last duration the curve is carried on flat, which only accounts watched to the horizon justify.
    """
    _refuse_horizon(horizon_days)
    within = curve.times <= horizon_days
    times, at_risk, events = curve.times[within], curve.at_risk[within], curve.events[within]
    widths = np.diff(np.concatenate(([0.0], times, [horizon_days])))
    areas = widths * np.concatenate(([1.0], curve.survival[within]))
    area_after = np.cumsum(areas[::-1])[::-1][1:]
    survivors = at_risk - events
    terms = np.divide(
        area_after**2 * events, at_risk * survivors, out=np.zeros_like(area_after), where=survivors > 0
    )
    return RestrictedMean(days=float(areas.sum()), standard_error=float(np.sqrt(terms.sum())))


def standard_deviation_within(curve: KaplanMeier, *, horizon_days: float) -> float:
    """Standard deviation, in days, of min(time to first value, horizon) between accounts.

    What a plan of accounts needs, from the curve: the second moment is twice the integral of t * S(t) up to
    the horizon. It is not the standard error of the restricted mean, which shrinks with the number of
    accounts.
    """
    _refuse_horizon(horizon_days)
    within = curve.times <= horizon_days
    edges = np.concatenate(([0.0], curve.times[within], [horizon_days]))
    shares = np.concatenate(([1.0], curve.survival[within]))
    mean = float((np.diff(edges) * shares).sum())
    second_moment = float((np.diff(edges**2) * shares).sum())
    return float(np.sqrt(max(second_moment - mean**2, 0.0)))


def _refuse_horizon(horizon_days: float) -> None:
    if not np.isfinite(horizon_days) or horizon_days <= 0:
        raise ValueError(f"a horizon is a number of days above 0, not {horizon_days}")


def too_few_watched(name: str, arm: Arm, *, horizon_days: float) -> NotEstimable | None:
    """Why the arm cannot be estimated up to the horizon; None where it can."""
    watched = arm.watched_to(horizon_days)
    if watched >= LEAST_WATCHED:
        return None
    return NotEstimable(
        "too_few_watched",
        f"{name} has {watched} accounts that were watched to day {horizon_days:g}; "
        f"{LEAST_WATCHED} are needed",
    )


def restricted_mean_difference(
    control: Arm, treatment: Arm, *, horizon_days: float, level: float = 0.95
) -> Estimate | NotEstimable:
    """Days saved within the horizon: restricted mean of control less that of treatment, normal interval.

    Which comparisons are refused depends on sign-up dates alone, so that those which are shown are no choice
    of slow or fast arms; that takes arms with `watched_days`.
    """
    for name, arm in (("control", control), ("treatment", treatment)):
        if arm.accounts < LEAST_ACCOUNTS:
            return NotEstimable(
                "too_few_accounts", f"{name} has {arm.accounts} accounts; an interval needs {LEAST_ACCOUNTS}"
            )
        if refusal := too_few_watched(name, arm, horizon_days=horizon_days):
            return refusal
    means = [
        restricted_mean(kaplan_meier(arm.durations, arm.is_reached), horizon_days=horizon_days)
        for arm in (control, treatment)
    ]
    point = means[0].days - means[1].days
    standard_error = float(np.hypot(means[0].standard_error, means[1].standard_error))
    half = float(stats.norm.ppf(0.5 + level / 2)) * standard_error
    is_small = min(control.accounts, treatment.accounts) < SMALL_SAMPLE_BELOW
    return Estimate(
        point=point,
        standard_error=standard_error,
        lower=point - half,
        upper=point + half,
        level=level,
        accounts=control.accounts + treatment.accounts,
        caveats=("small_sample",) if is_small else (),
    )
