"""How many accounts a plan needs.

Belongs here: sizes of samples before the start. Does not belong here: power computed from an observed
effect, which says nothing that the interval does not.
"""

import math

from scipy import stats


def accounts_needed(
    *,
    delta_days: float,
    standard_deviation_days: float,
    treatment_share: float,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int:
    """Matured accounts, both arms together, that find a difference of restricted means in one two-sided look.

    N = (z_{1-alpha/2} + z_power)^2 * SD^2 * (1/p + 1/(1-p)) / delta^2, rounded up; SD is that of
    min(time to first value, horizon). Raises ValueError outside of the formula's domain.
    """
    if delta_days == 0 or standard_deviation_days <= 0:
        raise ValueError("a difference that is not 0 and a deviation above 0 are needed")
    if not 0 < treatment_share < 1 or not 0 < alpha < 1 or not alpha / 2 < power < 1:
        raise ValueError("the share and alpha lie between 0 and 1, the power between alpha/2 and 1")
    quantiles = float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))
    shares = 1 / treatment_share + 1 / (1 - treatment_share)
    return math.ceil((quantiles * standard_deviation_days / delta_days) ** 2 * shares)
