"""Restricted mean time to first value: the primary metric, and the same within 30 days.

Estimand: mean of min(days from sign-up to first value, horizon), per arm, and control minus treatment: days
saved within the horizon. Royston and Parmar 2013; Kaplan-Meier with Greenwood's error, see `survival`.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import stats

from experiments.accounts import Accounts, Stratum
from experiments.metrics.pooled_difference import Answer, Differences, restricted_mean_differences
from experiments.result import Estimate, NotEstimable
from experiments.row import CONTROL, DIFFERENCE, TREATMENT, Basis, Place, Row, row_of
from experiments.survival import restricted_mean, too_few_watched

METRIC = "restricted_mean_days"
EARLIER_HORIZON_DAYS = 30.0


def restricted_mean_rows(
    strata: tuple[Stratum, ...], *, horizon_days: float, basis: Basis = Basis.ASSIGNED
) -> Iterator[Row]:
    """Both arms and their difference, per epoch and over all. The rows of the arms over all epochs carry
    the weights of the pooled difference, so that control minus treatment is the difference."""
    compared = restricted_mean_differences(strata, horizon_days=horizon_days)
    for stratum, (epoch, answer) in zip(strata, compared.by_epoch, strict=True):
        for arm, row in _arms(stratum, horizon_days).items():
            yield _placed(row, arm, horizon_days, basis, epoch)
        yield _difference(answer, strata=(stratum,), days=horizon_days, basis=basis, epoch=epoch)
    yield from _arms_pooled(strata, compared, horizon_days, basis)
    yield _difference(compared.overall, strata=strata, days=horizon_days, basis=basis, epoch=None)


def p_value_of(answer: Answer) -> float | None:
    """Two-sided normal p-value of a difference of 0."""
    if isinstance(answer, NotEstimable) or answer.standard_error == 0:
        return None
    return float(2 * stats.norm.sf(abs(answer.point) / answer.standard_error))


def _difference(
    answer: Answer, *, strata: tuple[Stratum, ...], days: float, basis: Basis, epoch: int | None
) -> Row:
    row = row_of(Place(METRIC, DIFFERENCE, "days", days, basis, epoch), answer, interval_kind="fixed")
    arms = [arm for stratum in strata for arm in (stratum.control, stratum.treatment)]
    counted = row.with_counts(
        accounts=sum(arm.accounts for arm in arms),
        reached=sum(int(arm.is_reached.sum()) for arm in arms),
        at_risk=sum(arm.at_risk_at(days) for arm in arms),
    )
    return replace(counted, p_value=p_value_of(answer))


def _arms(stratum: Stratum, days: float) -> dict[str, Row]:
    rows = {}
    arms = ((CONTROL, stratum.control), (TREATMENT, stratum.treatment))
    for (name, arm), curve in zip(arms, stratum.curves, strict=True):
        place = Place(METRIC, name, "days", days)
        answer: Answer | None = too_few_watched(name, arm, horizon_days=days)
        if answer is None:
            mean = restricted_mean(curve, horizon_days=days)
            half = _Z * mean.standard_error
            answer = Estimate(
                mean.days, mean.standard_error, mean.days - half, mean.days + half, 0.95, arm.accounts
            )
        rows[name] = row_of(place, answer, interval_kind="fixed").with_counts(
            accounts=arm.accounts,
            reached=int(arm.is_reached.sum()),
            share_censored=float(1 - arm.is_reached.mean()),
            at_risk=arm.at_risk_at(days),
        )
    return rows


_Z = float(stats.norm.ppf(0.975))


def _arms_pooled(
    strata: tuple[Stratum, ...], compared: Differences, days: float, basis: Basis
) -> Iterator[Row]:
    weights = compared.weights()
    used = [stratum for stratum in strata if stratum.epoch in weights]
    for name in (CONTROL, TREATMENT):
        arms = [stratum.control if name == CONTROL else stratum.treatment for stratum in strata]
        accounts, reached = sum(arm.accounts for arm in arms), sum(int(arm.is_reached.sum()) for arm in arms)
        place = Place(METRIC, name, "days", days, basis)
        if used:
            means = [
                restricted_mean(stratum.curves[name == TREATMENT], horizon_days=days) for stratum in used
            ]
            of = np.array([weights[stratum.epoch] for stratum in used])
            point = float(of @ np.array([mean.days for mean in means]))
            error = float(np.sqrt(of**2 @ np.array([mean.standard_error**2 for mean in means])))
            answer: Answer = Estimate(point, error, point - _Z * error, point + _Z * error, 0.95, accounts)
        else:
            answer = (
                compared.overall
                if isinstance(compared.overall, NotEstimable)
                else NotEstimable("no_variation", "every account took the same time")
            )
        if accounts or isinstance(answer, NotEstimable):
            yield row_of(place, answer, interval_kind="fixed").with_counts(
                accounts=accounts,
                reached=reached,
                share_censored=1 - reached / accounts if accounts else None,
                at_risk=sum(arm.at_risk_at(days) for arm in arms),
            )


def _placed(row: Row, arm: str, days: float, basis: Basis, epoch: int) -> Row:
    return replace(row, place=Place(METRIC, arm, "days", days, basis, epoch))


def exposed_strata(accounts: Accounts) -> tuple[Stratum, ...]:
    """Accounts that slipped, in both arms, from their first slip on. No nudge comes before a first slip, so
    that it says nothing of the arm: the comparison stays a fair one."""
    has_slipped = np.isfinite(accounts.days_to_first_slip)
    slipped_after = np.where(has_slipped, accounts.days_to_first_slip, 0.0)
    return accounts.strata_of(
        np.maximum(accounts.duration_days - slipped_after, 0.0),
        accounts.is_reached,
        accounts.watched_days - slipped_after,
        has_slipped,
    )


def held_out_strata(accounts: Accounts) -> tuple[Stratum, ...]:
    """Treated accounts against the hold-out alone, within each epoch."""
    return accounts.strata_of(
        accounts.duration_days,
        accounts.is_reached,
        accounts.watched_days,
        accounts.is_treated | accounts.is_held_out,
    )
