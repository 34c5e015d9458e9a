"""What every hourly look at one simulated experiment would show, for all hours at once.

Belongs here: the same numbers as the product's estimators, as arrays with one place per hour, some hundred
times faster than one call per look. Does not belong here: what follows from them; that is left to the
product's rules. `test_simulations` compares each function with the product's, look by look.

Hour h is the data cut-off h/24 days after the start; place h of an array is that hour, place 0 the start.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from experiments.sample_ratio import LEAST_EXPECTED
from experiments.survival import LEAST_ACCOUNTS, LEAST_WATCHED, Booleans, Floats
from tests.experiments.arrivals import Accounts

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Differences:
    """Days saved within the horizon, per hour. Where it is not estimable, the numbers mean nothing.

    `fewest_events` counts arrivals in the arm that has fewer, those after the horizon too.
    """

    point: Floats
    standard_error: Floats
    is_estimable: Booleans
    accounts: Counts
    fewest_events: Counts


def differences(accounts: Accounts, *, hours: int, horizon_days: float) -> Differences:
    """`restricted_mean_difference` at hours 0 to `hours`."""
    arms = [
        _restricted_means(accounts.signed_up[of_arm], accounts.takes[of_arm], hours, horizon_days)
        for of_arm in (~accounts.is_treated, accounts.is_treated)
    ]
    control, treatment = arms
    return Differences(
        point=control.days - treatment.days,
        standard_error=np.hypot(control.standard_error, treatment.standard_error),
        is_estimable=control.is_estimable & treatment.is_estimable,
        accounts=control.accounts + treatment.accounts,
        fewest_events=np.minimum(control.events, treatment.events),
    )


@dataclass(frozen=True)
class _Means:
    days: Floats
    standard_error: Floats
    is_estimable: Booleans
    accounts: Counts
    events: Counts


def _restricted_means(signed_up: Floats, takes: Floats, hours: int, horizon_days: float) -> _Means:
    """Kaplan-Meier's area and Greenwood's error.

    All arrivals within the horizon that there will ever be form one grid of ages; an arrival that has not
    been seen yet at an hour leaves the curve of that hour as it is. At risk for the arrival at age t are
    those who took no less and had signed up t before the hour. Before the first hour at which anybody may
    have reached the horizon nothing is estimable, and nothing is computed.
    """
    n_accounts = _running_count(signed_up, hours)
    watched_to_horizon = _running_count(signed_up + horizon_days, hours)
    n_events = _running_count(signed_up + takes, hours)
    first = min(int(horizon_days * 24), hours)

    order = np.argsort(takes)
    signed_up, takes = signed_up[order], takes[order]
    ages = takes[takes <= horizon_days]
    width = hours - first + 1
    rows, columns = np.triu_indices(ages.size, m=takes.size)
    enters = np.maximum(_hour(signed_up[columns] + ages[rows]) - first, 0)
    is_in_time = enters < width
    places = rows[is_in_time] * width + enters[is_in_time]
    at_risk = np.bincount(places, minlength=ages.size * width).reshape(ages.size, width)
    at_risk = np.cumsum(at_risk, axis=1).astype(np.float64)

    seen_from = _hour(signed_up[: ages.size] + ages) - first
    is_seen = np.arange(width) >= seen_from[:, np.newaxis]
    hazard = np.divide(1.0, at_risk, out=np.zeros_like(at_risk), where=is_seen)
    survival = np.cumprod(1.0 - hazard, axis=0)
    widths = np.diff(np.append(ages, horizon_days))
    area_after = np.cumsum((widths[:, np.newaxis] * survival)[::-1], axis=0)[::-1]
    survivors = at_risk - 1.0
    terms = np.divide(
        area_after**2 * hazard, survivors, out=np.zeros_like(at_risk), where=is_seen & (survivors > 0)
    )

    days = np.full(hours + 1, np.nan)
    standard_error = np.full(hours + 1, np.nan)
    days[first:] = ages[0] + area_after[0] if ages.size else horizon_days
    standard_error[first:] = np.sqrt(terms.sum(axis=0))
    is_estimable = (n_accounts >= LEAST_ACCOUNTS) & (watched_to_horizon >= LEAST_WATCHED)
    return _Means(days, standard_error, is_estimable, n_accounts, n_events)


def completers_p_value(accounts: Accounts, *, hours: int, fewest: int) -> Floats:
    """Welch's p-value of the times of those who arrived, at hours 0 to `hours`; 1 below so many in an arm."""
    numbers = []
    for of_arm in (~accounts.is_treated, accounts.is_treated):
        arrives = of_arm & np.isfinite(accounts.takes)
        # About a typical time, so that the difference of two large sums loses no digits.
        takes = accounts.takes[arrives] - 20.0
        hour = accounts.signed_up[arrives] + accounts.takes[arrives]
        count = _running_count(hour, hours)
        at_least_two = np.maximum(count, 2)
        mean = _running_sum(hour, takes, hours) / at_least_two
        square = _running_sum(hour, takes**2, hours)
        variance = np.maximum(square - at_least_two * mean**2, 1e-12) / (at_least_two - 1)
        numbers.append((mean, np.sqrt(variance), at_least_two, count))
    control, treatment = numbers
    test = stats.ttest_ind_from_stats(*control[:3], *treatment[:3], equal_var=False)
    return np.where(np.minimum(control[3], treatment[3]) >= fewest, test.pvalue, 1.0)


def accounts_per_arm(accounts: Accounts, *, hours: int) -> tuple[Counts, Counts]:
    """Accounts of control and treatment that have signed up, at hours 0 to `hours`."""
    control, treatment = (
        _running_count(accounts.signed_up[of_arm], hours)
        for of_arm in (~accounts.is_treated, accounts.is_treated)
    )
    return control, treatment


def least_even_hour(control: Counts, treatment: Counts, *, treatment_share: float) -> int:
    """The hour at which the sample ratio has its largest chi-square, hence its smallest p-value."""
    total = control + treatment
    expected = np.maximum(total * treatment_share, 1e-9)
    chi_square = (treatment - expected) ** 2 / (expected * (1 - treatment_share))
    is_tested = total * min(treatment_share, 1 - treatment_share) >= LEAST_EXPECTED
    return int(np.argmax(np.where(is_tested, chi_square, -1.0)))


def _hour(days: Floats) -> Counts:
    """The first hourly look that sees something that happened on this day of the experiment."""
    return np.ceil(days * 24).astype(np.int64)


def _running_count(days: Floats, hours: int) -> Counts:
    return _running_sum(days, np.ones_like(days), hours).astype(np.int64)


def _running_sum(days: Floats, values: Floats, hours: int) -> Floats:
    hour = _hour(np.minimum(days, hours))
    is_in_time = hour <= hours
    return np.cumsum(np.bincount(hour[is_in_time], weights=values[is_in_time], minlength=hours + 1))
