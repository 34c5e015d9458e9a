"""How many accounts a plan needs, and what so many accounts can show.

Belongs here: sizes, power and least differences of a plan. Does not belong here: power computed from an
observed effect, which says nothing that the interval does not.
"""

import math

from scipy import stats


def accounts_needed(
    *,
    delta_days: float,
    standard_deviation_days: float,
    treatment_share: float,
    treated_deviation_days: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int:
    """Matured accounts, both arms together, that find a difference of restricted means in one two-sided look.

    N = (z_{1-alpha/2} + z_power)^2 * (SD_t^2/p + SD_c^2/(1-p)) / delta^2, rounded up: the formula of
    Chow, Shao and Wang (2008), chapter 3, with a variance per arm. SD_c is that of min(time to first value,
    horizon) without treatment, SD_t that of treated accounts, the same where `treated_deviation_days` is
    None. Raises ValueError outside of the formula's domain.
    """
    if delta_days == 0 or not math.isfinite(delta_days):
        raise ValueError(f"a difference that is not 0 is needed, not {delta_days}")
    if not alpha / 2 < power < 1:
        raise ValueError("the power lies between alpha/2 and 1")
    spread = _spread(standard_deviation_days, treated_deviation_days, treatment_share, alpha)
    return math.ceil((_quantiles(alpha, power) * spread / delta_days) ** 2)


def detectable_days(
    *,
    accounts: int,
    standard_deviation_days: float,
    treatment_share: float,
    treated_deviation_days: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float:
    """The least difference, in days, that so many matured accounts find with this power in one look.

    The inverse of `accounts_needed`, two-sided:

        (z_{1-alpha/2} + z_power) * sqrt((SD_t^2/p + SD_c^2/(1-p)) / N)

    Raises ValueError outside of the formula's domain.
    """
    if accounts < 1 or not alpha / 2 < power < 1:
        raise ValueError("an account and a power between alpha/2 and 1 are needed")
    spread = _spread(standard_deviation_days, treated_deviation_days, treatment_share, alpha)
    return _quantiles(alpha, power) * spread / math.sqrt(accounts)


def power_of(
    *,
    accounts: int,
    delta_days: float,
    standard_deviation_days: float,
    treatment_share: float,
    treated_deviation_days: float | None = None,
    alpha: float = 0.05,
) -> float:
    """The chance that so many matured accounts show a true difference of so many days in one two-sided look.

    Phi(z - z_{1-alpha/2}) + Phi(-z - z_{1-alpha/2}) with z = delta / sqrt((SD_t^2/p + SD_c^2/(1-p)) / N);
    alpha for a difference of 0. `delta_days` is that of the plan, never the one observed: power at the
    observed effect only says the p-value again. Raises ValueError outside of the formula's domain.
    """
    if accounts < 1 or not math.isfinite(delta_days):
        raise ValueError("an account and a finite difference are needed")
    spread = _spread(standard_deviation_days, treated_deviation_days, treatment_share, alpha)
    z = delta_days * math.sqrt(accounts) / spread
    quantile = stats.norm.ppf(1 - alpha / 2)
    return float(stats.norm.cdf(z - quantile) + stats.norm.cdf(-z - quantile))


def _quantiles(alpha: float, power: float) -> float:
    return float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))


def _spread(
    standard_deviation_days: float,
    treated_deviation_days: float | None,
    treatment_share: float,
    alpha: float,
) -> float:
    """Standard error of the difference times the root of the accounts."""
    treated = standard_deviation_days if treated_deviation_days is None else treated_deviation_days
    for deviation in (standard_deviation_days, treated):
        if not math.isfinite(deviation) or deviation <= 0:
            raise ValueError(f"a deviation above 0 is needed, not {deviation}")
    if not 0 < treatment_share < 1 or not 0 < alpha < 1:
        raise ValueError("the share and alpha lie between 0 and 1")
    return math.sqrt(treated**2 / treatment_share + standard_deviation_days**2 / (1 - treatment_share))
