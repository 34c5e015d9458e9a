"""What the pictures of a readout are drawn from: plain arrays, already estimated.

Belongs here: the shapes. Does not belong here: drawing.
"""

from dataclasses import dataclass
from datetime import date, datetime

from experiments.survival import Floats


@dataclass(frozen=True)
class ActivationCurve:
    """Share of an arm that has reached first value by its age: 1 - Kaplan-Meier.

    `days` (ages, ascending from 0 to the horizon) and `share_activated` (0 to 1) have one length; it is a
    step function, each value holds until the next age. `at_risk` counts the accounts still watched and not
    arrived at each of `at_risk_days`. Where an arm has several epochs, their curves are averaged with the
    accounts of the epoch, both arms together, as weights.
    """

    arm: str
    days: Floats
    share_activated: Floats
    at_risk_days: tuple[float, ...]
    at_risk: tuple[int, ...]


@dataclass(frozen=True)
class PastLook:
    """The days saved, as known at a past instant, with the confidence sequence of then. None: not to be
    read yet.

    It is computed again from today's outcomes, cut off at `at`: what was loaded late is in it.
    """

    at: datetime
    point: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Growth:
    """Accounts of an arm that had signed up, and had reached first value, at the end of each day
    (cumulative)."""

    arm: str
    days: tuple[date, ...]
    assigned: tuple[int, ...]
    activated: tuple[int, ...]


@dataclass(frozen=True)
class ArmSummary:
    """An arm in a line. Days are None where nothing can be said. `share_censored` is the fraction of its
    accounts that have not arrived by the cut-off, `accounts_at_risk` counts those watched to the horizon
    and not arrived before it, `accounts_watched` all those watched to it.

    `restricted_mean_days` is the mean of min(days to first value, horizon); `completers_mean_days` averages
    those who arrived, is biased and never decides.
    """

    arm: str
    accounts: int
    reached: int
    share_censored: float
    accounts_at_risk: int
    accounts_watched: int
    median_follow_up_days: float | None
    restricted_mean_days: float | None
    completers_mean_days: float | None
