"""How long the experiment takes from here: accounts and days, at today's pace.

Belongs here: plans in accounts and calendar days. Does not belong here: the formula of the size (`power`),
the decision.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from experiments.design import Experiment
from experiments.power import accounts_needed, detectable_days
from experiments.result import NotEstimable

POWER = 0.8

DEVIATION_OF_HORIZON = 0.36
"""Standard deviation of min(days, horizon) as a fraction of the horizon, before anything is known: 21.8 of 60
days where seven in ten arrive, log-normally, half of them within 20 days."""

TREATED_DEVIATION_OF_HORIZON = 0.375
"""The same of accounts that need four fifths of the time."""


@dataclass(frozen=True)
class Deviation:
    """Standard deviation between accounts of min(days to first value, horizon), in days: without treatment,
    and as it would be if the days that the plan wants were saved."""

    control_days: float
    treated_days: float


@dataclass(frozen=True)
class Base:
    """What the plan is made from: accounts assigned so far, how many sign up a day, the share of them that is
    treated, and how much accounts differ.

    `deviation` is None while too few accounts have been watched to the horizon; an assumption stands in.
    """

    accounts: int
    sign_ups_per_day: float
    treatment_share: float
    deviation: Deviation | None


@dataclass(frozen=True)
class Planning:
    """`accounts_needed` in all find `min_delta_days` with 80 % power at the final look; `accounts_more` of
    them and `days_more` (None: nobody signs up) are still to come, up to the instant when the last of them
    was watched to the horizon. `detectable_days` is what the accounts that will have been watched to the
    horizon on the day of the final look can show.
    """

    accounts_needed: int
    accounts_more: int
    days_more: int | None
    accounts_by_final: int
    detectable_days: float | NotEstimable
    is_deviation_assumed: bool

    def sentence(self) -> str:
        """The outlook in words."""
        needed, more = f"{self.accounts_needed:,}", f"{self.accounts_more:,}"
        if self.accounts_more == 0 and self.days_more == 0:
            return f"The {needed} accounts that the plan asks for have been watched long enough."
        if self.accounts_more == 0:
            return (
                f"The {needed} accounts that the plan asks for have signed up; the last of them will have "
                f"been watched long enough in about {self.days_more:,} days."
            )
        if self.days_more is None:
            return f"It needs about {more} more accounts, and nobody has signed up in the last weeks."
        return f"It needs about {self.accounts_more:,} more accounts, {self.days_more:,} days."


def planning(experiment: Experiment, base: Base, *, now: datetime) -> Planning | NotEstimable:
    """The plan from `now` (UTC) on. Not estimable where one arm gets no accounts."""
    if not 0 < base.treatment_share < 1:
        return NotEstimable("one_arm", "all new accounts go to one arm, so nothing more can be compared")
    horizon = experiment.horizon_days
    deviation = base.deviation or Deviation(
        DEVIATION_OF_HORIZON * horizon, TREATED_DEVIATION_OF_HORIZON * horizon
    )
    needed = accounts_needed(
        delta_days=experiment.min_delta_days,
        standard_deviation_days=deviation.control_days,
        treated_deviation_days=deviation.treated_days,
        treatment_share=base.treatment_share,
        alpha=experiment.alpha_final,
        power=POWER,
    )
    more = max(0, needed - base.accounts)
    by_final = _watched_by(experiment.final_readout_on, experiment, base, now)
    return Planning(
        accounts_needed=needed,
        accounts_more=more,
        days_more=_days_more(experiment, base, needed, more),
        accounts_by_final=by_final,
        detectable_days=_detectable(experiment, base, by_final, deviation),
        is_deviation_assumed=base.deviation is None,
    )


def _days_more(experiment: Experiment, base: Base, needed: int, more: int) -> int | None:
    """Until the last account that is needed signs up, and from there the horizon; those at hand have a part
    of it behind them, the last of them at the pace of today."""
    if base.sign_ups_per_day <= 0:
        return None if more else 0
    signed_up_ago = (base.accounts - needed) / base.sign_ups_per_day if not more else 0.0
    return max(0, math.ceil(more / base.sign_ups_per_day + experiment.horizon_days - signed_up_ago))


def _watched_by(day: date, experiment: Experiment, base: Base, now: datetime) -> int:
    """Accounts whose horizon will have passed on the day, at today's pace."""
    last_sign_up = datetime(day.year, day.month, day.day, tzinfo=now.tzinfo) - timedelta(
        days=experiment.horizon_days
    )
    days = (last_sign_up - now) / timedelta(days=1)
    return max(0, math.floor(base.accounts + days * base.sign_ups_per_day))


def _detectable(
    experiment: Experiment, base: Base, accounts: int, deviation: Deviation
) -> float | NotEstimable:
    if accounts < 2:
        return NotEstimable(
            "too_few_accounts", "no accounts will have been watched to the horizon by the final look"
        )
    return detectable_days(
        accounts=accounts,
        standard_deviation_days=deviation.control_days,
        treated_deviation_days=deviation.treated_days,
        treatment_share=base.treatment_share,
        alpha=experiment.alpha_final,
        power=POWER,
    )
