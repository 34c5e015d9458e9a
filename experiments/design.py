"""The plan of an experiment, fixed before its first account.

Belongs here: what may not be tuned on the data. Does not belong here: data, results, where the plan is
written down.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Experiment:
    """The plan of one experiment and the rules of its analysis.

    The rules, for whoever adds an analysis:

    1. The unit is the account, never the person. Every assigned account counts in its arm, nudged or not
       (intention to treat), from its sign-up on, in both arms.
    2. Use only what was known at assignment to choose or to group accounts.
    3. An account that has not arrived is *censored* at the cut-off of the data, never dropped. One that
       churned stays at risk: to censor it would make faster churn look like speed. Means over those who
       arrived decide nothing.
    4. The estimand is the difference in restricted mean time to first value up to `horizon_days`, control
       minus treatment: days saved within the horizon. `min_delta_days` is stated on it.
    5. Arms are compared within an epoch of allocation; epochs are pooled by inverse variance. A ramp
       compared as one shows an effect that is not there.
    6. Read at any time: the confidence sequence, at `alpha_anytime`. Read once: the fixed interval at
       `alpha_final`, on `final_readout_on`, and no sooner. Together they spend `alpha`.
    7. The allocation is tested against the configured share before any effect is shown.
    8. What cannot be estimated is said so with its reason.

    `salt` seeds the hash of the assignment. Shares are fractions; `min_delta_days` and `horizon_days` are
    days; `guardrail_margins` are fractions of accounts by which treatment may be above control, per guardrail
    (`unsubscribed`, `complained`, `churned`). Raises ValueError for a plan that cannot be held.
    """

    experiment_key: str
    salt: str
    horizon_days: float
    min_delta_days: float
    final_readout_on: date
    holdout_share: float = 0.0
    guardrail_margins: Mapping[str, float] = field(default_factory=dict)
    alpha_anytime: float = 0.01
    alpha_final: float = 0.04

    def __post_init__(self) -> None:
        if not self.experiment_key or not self.salt:
            raise ValueError("an experiment has a key and a salt")
        for name in ("horizon_days", "min_delta_days"):
            value = getattr(self, name)
            if not math.isfinite(value) or value <= 0:
                raise ValueError(f"{name} is a number of days above 0, not {value}")
        if self.min_delta_days >= self.horizon_days:
            raise ValueError("more days cannot be saved within the horizon than it has")
        if not 0 <= self.holdout_share < 1:
            raise ValueError(f"holdout_share is a fraction from 0 up to 1, not {self.holdout_share}")
        for name, margin in self.guardrail_margins.items():
            if not 0 <= margin < 1:
                raise ValueError(f"the margin of {name} is a fraction from 0 up to 1, not {margin}")
        if self.alpha_anytime <= 0 or self.alpha_final <= 0 or self.alpha >= 1:
            raise ValueError("both shares of alpha are above 0 and together below 1")

    @property
    def alpha(self) -> float:
        """The false positive rate of the whole experiment."""
        return self.alpha_anytime + self.alpha_final

    @property
    def mixture_variance(self) -> float:
        """The variance g of the confidence sequence's mixture, in days squared.

        The sequence is narrowest about where the planned standard error is reached; with a plan of 80 %
        power for `min_delta_days` that is sqrt(g) = min_delta_days. Never tuned on the data.
        """
        return self.min_delta_days**2
