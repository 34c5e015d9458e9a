"""Days saved within the horizon, with what plan and seats explain taken out.

Belongs here: the analysis of covariance of matured accounts. Does not belong here: covariates that were not
known at sign-up, which an effect of the nudges could have changed. It narrows the interval; it does not
mend an arm that was not randomised.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from experiments.result import Estimate, NotEstimable
from experiments.survival import LEAST_ACCOUNTS, SMALL_SAMPLE_BELOW, Booleans, Floats

COVARIATES = ("plan", "seats")

_COLLINEAR_BELOW = 1e-9


def adjusted_mean_difference(
    capped_days: Floats, is_treated: Booleans, covariates: pd.DataFrame, *, level: float = 0.95
) -> Estimate | NotEstimable:
    """Control less treatment of mean capped days, adjusted for `plan` and `seats` by least squares.

    `capped_days` holds min(time to first value, horizon) of accounts of one epoch that are old enough to
    know it, a row of `covariates` per account. Plan is a category, a missing one a level of its own. Seats
    enter as log(1 + seats); where they are missing or below 0, the mean and an indicator stand in. A column
    that the others give already is dropped; either covariate may be left out, and without both the standard
    error is Welch's.

    The coefficient of treatment is computed with everything else partialled out (Frisch and Waugh 1933;
    Lovell 1963), its variance is HC2 (MacKinnon and White 1985): the squared residual of an account divided
    by one less its leverage. An account with a leverage of 1, alone in its plan, says nothing about
    treatment and adds nothing. The interval is Student's with the accounts less the columns. Raises
    ValueError for arguments of different lengths, for days that are not finite or below 0 and for an
    unknown covariate.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, not at {level}")
    if capped_days.ndim != 1 or not capped_days.shape == is_treated.shape == (len(covariates),):
        raise ValueError("capped days, arms and covariates have one row per account")
    if is_treated.dtype != np.bool_:
        raise ValueError("is_treated holds booleans; a missing one is not False")
    if not np.isfinite(capped_days).all() or (capped_days < 0).any():
        raise ValueError("capped days are finite numbers, not below 0")
    if set(covariates.columns) - set(COVARIATES):
        raise ValueError(f"covariates are {COVARIATES}, unlike {sorted(covariates.columns)}")
    for name, accounts in (("control", (~is_treated).sum()), ("treatment", is_treated.sum())):
        if accounts < LEAST_ACCOUNTS:
            return NotEstimable(
                "too_few_accounts",
                f"{name} has {accounts} matured accounts; an interval needs {LEAST_ACCOUNTS}",
            )
    if all(np.ptp(capped_days[rows]) == 0 for rows in (is_treated, ~is_treated)):
        return NotEstimable("no_variation", "every account of an arm took the same time")

    plans, accounts_of_plan = _plans(covariates)
    within = _centred(_columns_of_seats(covariates), plans)
    basis = _orthonormal(within)
    treatment = _residuals(_centred(is_treated.astype(np.float64)[:, None], plans), basis)[:, 0]
    days = _residuals(_centred(capped_days[:, None], plans), basis)[:, 0]
    spread = float(treatment @ treatment)
    if spread < _COLLINEAR_BELOW * capped_days.size:
        return NotEstimable("no_variation", "plan and seats tell the arm of every account")

    saved = -float(treatment @ days) / spread
    residuals = days + saved * treatment
    leverage = 1 / accounts_of_plan[plans] + (basis**2).sum(axis=1) + treatment**2 / spread
    freed = 1 - leverage
    squares = np.divide(residuals**2, freed, out=np.zeros_like(freed), where=freed > _COLLINEAR_BELOW)
    standard_error = float(np.sqrt((treatment**2 * squares).sum())) / spread
    freedom = capped_days.size - accounts_of_plan.size - basis.shape[1] - 1
    if freedom < 1 or standard_error == 0:
        return NotEstimable("no_variation", "plan and seats explain every account: nothing is left")
    half = float(stats.t.ppf(0.5 + level / 2, freedom)) * standard_error
    is_small = min(is_treated.sum(), (~is_treated).sum()) < SMALL_SAMPLE_BELOW
    return Estimate(
        point=saved,
        standard_error=standard_error,
        lower=saved - half,
        upper=saved + half,
        level=level,
        accounts=int(capped_days.size),
        caveats=("small_sample",) if is_small else (),
    )


def _plans(covariates: pd.DataFrame) -> tuple[npt.NDArray[np.int64], Floats]:
    """The number of each account's plan, and how many accounts each plan has."""
    if "plan" not in covariates:
        return np.zeros(len(covariates), dtype=np.int64), np.array([float(len(covariates))])
    codes = pd.factorize(covariates["plan"], use_na_sentinel=False)[0].astype(np.int64)
    return codes, np.bincount(codes).astype(np.float64)


def _columns_of_seats(covariates: pd.DataFrame) -> Floats:
    """log(1 + seats), and whether they are missing."""
    if "seats" not in covariates:
        return np.empty((len(covariates), 0))
    seats = pd.to_numeric(covariates["seats"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    is_known = np.isfinite(seats) & (seats >= 0)
    logs = np.log1p(np.where(is_known, seats, 0.0))
    logs[~is_known] = logs[is_known].mean() if is_known.any() else 0.0
    return np.column_stack((logs, ~is_known))


def _centred(columns: Floats, plans: npt.NDArray[np.int64]) -> Floats:
    """Each column less its mean in the account's plan: what dummies of all plans leave of it."""
    sizes = np.bincount(plans)
    means = [np.bincount(plans, weights=column) / sizes for column in columns.T]
    expected = np.array([mean[plans] for mean in means]).reshape(columns.T.shape).T
    return np.asarray(columns - expected, dtype=np.float64)


def _orthonormal(columns: Floats) -> Floats:
    """A basis of the columns, those left out that are constant or that the others give already."""
    lengths = np.sqrt((columns**2).sum(axis=0))
    columns = columns[:, lengths > _COLLINEAR_BELOW * np.sqrt(len(columns))]
    if columns.shape[1] == 0:
        return columns
    left, weights, _ = np.linalg.svd(columns / np.sqrt((columns**2).sum(axis=0)), full_matrices=False)
    return np.asarray(left[:, weights > _COLLINEAR_BELOW], dtype=np.float64)


def _residuals(columns: Floats, basis: Floats) -> Floats:
    return np.asarray(columns - basis @ (basis.T @ columns), dtype=np.float64)
