"""The arrays of the pictures, out of the accounts.

Belongs here: curves, growth and the summary of arms. Does not belong here: drawing, and the shapes themselves
(`pictured`).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np

from experiments.accounts import Accounts, Stratum, day_of
from experiments.completers import completers
from experiments.pictured import ActivationCurve, ArmSummary, Growth
from experiments.row import CONTROL, TREATMENT
from experiments.survival import Arm, Floats, KaplanMeier

_PLACES = 240
_TICKS = 6
_UNIX_DAY = date(1970, 1, 1)


def activation_curves(strata: Sequence[Stratum], *, horizon_days: float) -> tuple[ActivationCurve, ...]:
    """Both arms up to the horizon; empty where no epoch has both."""
    if not strata:
        return ()
    days = np.linspace(0, horizon_days, _PLACES + 1)
    ticks = tuple(float(day) for day in np.linspace(0, horizon_days, _TICKS + 1))
    weights = np.array([stratum.accounts for stratum in strata], dtype=np.float64)
    weights /= weights.sum()
    curves = []
    for place, name in enumerate((CONTROL, TREATMENT)):
        arms = [(stratum.control, stratum.treatment)[place] for stratum in strata]
        shares = np.array([_share_activated(stratum.curves[place], days) for stratum in strata])
        # Past the last account at risk an arm's curve says nothing.
        last = max(float(arm.durations.max()) for arm in arms)
        known = days <= last
        curves.append(
            ActivationCurve(
                arm=name,
                days=days[known],
                share_activated=(weights @ shares)[known],
                at_risk_days=ticks,
                at_risk=tuple(sum(arm.at_risk_at(day) for arm in arms) for day in ticks),
            )
        )
    return tuple(curves)


def _share_activated(curve: KaplanMeier, days: Floats) -> Floats:
    survival = np.concatenate(([1.0], curve.survival))
    shares: Floats = 1.0 - survival[np.searchsorted(curve.times, days, side="right")]
    return shares


def growth(accounts: Accounts, *, cutoff: datetime) -> tuple[Growth, ...]:
    """Accounts assigned and activated by the end of each day, per arm, from the first sign-up to the
    cut-off."""
    if not accounts.size:
        return ()
    first, last = int(accounts.signed_up_days.min()), int(day_of(cutoff))
    ends = np.arange(first, last + 1, dtype=np.float64) + 1
    days = tuple(_UNIX_DAY + timedelta(days=int(end) - 1) for end in ends)
    return tuple(_growth(name, accounts, rows, days, ends) for name, rows in _arms(accounts))


def _growth(name: str, accounts: Accounts, rows: np.ndarray, days: tuple[date, ...], ends: Floats) -> Growth:
    signed_up = np.sort(accounts.signed_up_days[rows])
    reached = rows & accounts.is_reached
    activated = np.sort(accounts.signed_up_days[reached] + accounts.duration_days[reached])
    return Growth(
        name,
        days,
        tuple(np.searchsorted(signed_up, ends, side="left").tolist()),
        tuple(np.searchsorted(activated, ends, side="left").tolist()),
    )


def arm_summaries(
    accounts: Accounts, means: dict[str, float | None], *, horizon_days: float
) -> tuple[ArmSummary, ...]:
    """Control and treatment in a line each; `means` are the restricted means that may be shown."""
    return tuple(_summary(name, accounts, rows, means, horizon_days) for name, rows in _arms(accounts))


def _summary(
    name: str, accounts: Accounts, rows: np.ndarray, means: dict[str, float | None], horizon_days: float
) -> ArmSummary:
    arm = Arm(accounts.duration_days[rows], accounts.is_reached[rows], accounts.watched_days[rows])
    return ArmSummary(
        arm=name,
        accounts=arm.accounts,
        reached=int(arm.is_reached.sum()),
        share_censored=1 - int(arm.is_reached.sum()) / arm.accounts if arm.accounts else 0.0,
        accounts_at_risk=arm.at_risk_at(horizon_days),
        accounts_watched=arm.watched_to(horizon_days),
        median_follow_up_days=float(np.median(accounts.watched_days[rows])) if arm.accounts else None,
        restricted_mean_days=means.get(name),
        completers_mean_days=completers(arm).mean_days,
    )


def _arms(accounts: Accounts) -> tuple[tuple[str, np.ndarray], ...]:
    return ((CONTROL, ~accounts.is_treated), (TREATMENT, accounts.is_treated))
