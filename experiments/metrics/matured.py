"""Mean of min(days, horizon) over accounts that were watched to the horizon: a cross-check, plain and
adjusted.

Estimand: that of the restricted mean, control minus treatment in days, on matured accounts only, without
Kaplan-Meier: Welch 1947; adjusted for plan and seats by analysis of covariance (Fisher 1932), HC2 errors
(MacKinnon and White 1985).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.accounts import Accounts
from experiments.adjusted import adjusted_mean_difference
from experiments.capped_times import matured_mean_difference
from experiments.metrics.pooled_difference import Differences, differences
from experiments.row import DIFFERENCE, Place, Row, row_of
from experiments.survival import Booleans, Floats

PLAIN = "matured_mean_days"
ADJUSTED = "matured_mean_days_adjusted"


@dataclass(frozen=True)
class Capped:
    """min(days, horizon) of the matured accounts of an epoch, and what was known of them at sign-up."""

    days: Floats
    is_treated: Booleans
    covariates: pd.DataFrame

    @property
    def control(self) -> Floats:
        return self.days[~self.is_treated]

    @property
    def treatment(self) -> Floats:
        return self.days[self.is_treated]


def capped_strata(accounts: Accounts, *, horizon_days: float) -> list[tuple[int, Capped]]:
    """Epoch, and its matured accounts, where both arms have some."""
    capped = np.where(accounts.is_reached, np.minimum(accounts.duration_days, horizon_days), horizon_days)
    strata = []
    for epoch, control, treatment in accounts.masks(accounts.watched_days >= horizon_days):
        if control.any() and treatment.any():
            rows = control | treatment
            strata.append(
                (epoch, Capped(capped[rows], accounts.is_treated[rows], accounts.covariates.loc[rows]))
            )
    return strata


def matured_mean_rows(accounts: Accounts, *, horizon_days: float) -> Iterator[Row]:
    """The difference per epoch and over all."""
    strata = capped_strata(accounts, horizon_days=horizon_days)
    compared = differences(strata, lambda part: matured_mean_difference(part.control, part.treatment))
    yield from _rows(PLAIN, compared, horizon_days)


def adjusted_mean_rows(accounts: Accounts, *, horizon_days: float) -> Iterator[Row]:
    """The difference at equal plan and seats, per epoch and over all."""
    strata = capped_strata(accounts, horizon_days=horizon_days)
    compared = differences(
        strata, lambda part: adjusted_mean_difference(part.days, part.is_treated, part.covariates)
    )
    yield from _rows(ADJUSTED, compared, horizon_days)


def _rows(metric: str, compared: Differences, days: float) -> Iterator[Row]:
    for epoch, answer in compared.by_epoch:
        yield row_of(Place(metric, DIFFERENCE, "days", days, epoch=epoch), answer, interval_kind="fixed")
    yield row_of(Place(metric, DIFFERENCE, "days", days), compared.overall, interval_kind="fixed")
