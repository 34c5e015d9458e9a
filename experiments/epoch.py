"""A step of the roll-out: from when on which share of new accounts is treated.

Belongs here: what a step is. Does not belong here: who was assigned in it.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Epoch:
    """`treatment_share` is the fraction, 0 to 1, of the accounts that sign up from `starts_at` (UTC) on."""

    number: int
    starts_at: datetime
    treatment_share: float

    def treated_fraction(self, holdout_share: float) -> float:
        """The fraction that is really treated: the hold-out stays control however wide the roll-out is."""
        return min(self.treatment_share, 1.0 - holdout_share)
