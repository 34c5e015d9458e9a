"""The accounts of an experiment as arrays, one place per account, and their parts by epoch and arm.

Belongs here: the one reading of `fct_experiment_outcomes`. Does not belong here: statistics.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.row import CONTROL, TREATMENT
from experiments.survival import Arm, Booleans, Floats, KaplanMeier, kaplan_meier

COLUMNS = (
    "account_id",
    "arm",
    "epoch",
    "duration_days",
    "is_first_value_reached",
    "watched_days",
    "days_to_first_slip",
    "signed_up_at",
    "is_held_out",
    "has_unsubscribed",
    "has_complained",
    "has_churned",
    "segment",
    "plan",
    "path_key",
    "seats",
)
"""What is read of `fct_experiment_outcomes`."""

GROUPS = ("segment", "plan", "path_key")
"""What was known at sign-up and sorts accounts into groups."""

_MICROSECONDS_OF_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class Stratum:
    """The two arms of one epoch."""

    epoch: int
    control: Arm
    treatment: Arm

    @cached_property
    def curves(self) -> tuple[KaplanMeier, KaplanMeier]:
        """Kaplan-Meier of control and treatment."""
        return (
            kaplan_meier(self.control.durations, self.control.is_reached),
            kaplan_meier(self.treatment.durations, self.treatment.is_reached),
        )

    @property
    def accounts(self) -> int:
        return self.control.accounts + self.treatment.accounts


@dataclass(frozen=True)
class Accounts:
    """Days are floats. `days_to_first_slip` is NaN without a slip; `signed_up_days` counts from 1970-01-01
    UTC; `groups` holds the columns of GROUPS, `covariates` plan and seats, both in the order of the
    arrays."""

    is_treated: Booleans
    epochs: npt.NDArray[np.int64]
    duration_days: Floats
    is_reached: Booleans
    watched_days: Floats
    days_to_first_slip: Floats
    signed_up_days: Floats
    is_held_out: Booleans
    has_unsubscribed: Booleans
    has_complained: Booleans
    has_churned: Booleans
    groups: pd.DataFrame
    covariates: pd.DataFrame

    @classmethod
    def from_outcomes(cls, outcomes: pd.DataFrame) -> "Accounts":
        """The rows of one experiment. Raises ValueError for an arm that is neither of the two, for a
        missing column, for a duration that is no number, and for an account that is there twice."""
        if missing := sorted(set(COLUMNS) - set(outcomes.columns)):
            raise ValueError(f"the outcomes have no column {', '.join(missing)}")
        if unknown := set(outcomes["arm"].unique()) - {CONTROL, TREATMENT}:
            raise ValueError(f"an arm is {CONTROL} or {TREATMENT}, not {sorted(map(str, unknown))}")
        if outcomes["account_id"].duplicated().any():
            twice = outcomes.loc[outcomes["account_id"].duplicated(), "account_id"].iloc[0]
            raise ValueError(f"account {twice} is in the outcomes twice")
        durations = _floats(outcomes["duration_days"])
        if not np.isfinite(durations).all() or (durations < 0).any():
            raise ValueError("a duration is a finite number of days, not below 0")
        return cls(
            is_treated=(outcomes["arm"] == TREATMENT).to_numpy(dtype=np.bool_),
            epochs=outcomes["epoch"].to_numpy(dtype=np.int64),
            duration_days=durations,
            is_reached=outcomes["is_first_value_reached"].to_numpy(dtype=np.bool_),
            watched_days=_floats(outcomes["watched_days"]),
            days_to_first_slip=_floats(outcomes["days_to_first_slip"]),
            signed_up_days=days_since_1970(outcomes["signed_up_at"]),
            is_held_out=outcomes["is_held_out"].eq(True).fillna(False).to_numpy(dtype=np.bool_),
            has_unsubscribed=outcomes["has_unsubscribed"].to_numpy(dtype=np.bool_),
            has_complained=outcomes["has_complained"].to_numpy(dtype=np.bool_),
            has_churned=outcomes["has_churned"].to_numpy(dtype=np.bool_),
            groups=outcomes[list(GROUPS)].reset_index(drop=True),
            covariates=outcomes[["plan", "seats"]].reset_index(drop=True),
        )

    @property
    def size(self) -> int:
        return int(self.is_treated.size)

    @cached_property
    def epoch_numbers(self) -> tuple[int, ...]:
        """The epochs that occur, ascending."""
        return tuple(int(epoch) for epoch in np.unique(self.epochs))

    @cached_property
    def strata(self) -> tuple[Stratum, ...]:
        """Control and treatment of each epoch that has both."""
        everybody = np.ones(self.size, dtype=np.bool_)
        return self.strata_of(self.duration_days, self.is_reached, self.watched_days, everybody)

    def strata_of(
        self, durations: Floats, is_reached: Booleans, watched_days: Floats, is_taken: Booleans
    ) -> tuple[Stratum, ...]:
        """Both arms of each epoch with other durations and ages, of the accounts taken only."""
        strata = []
        for epoch, control, treatment in self.masks(is_taken):
            if control.any() and treatment.any():
                arms = [
                    Arm(durations[rows], is_reached[rows], watched_days[rows])
                    for rows in (control, treatment)
                ]
                strata.append(Stratum(epoch, arms[0], arms[1]))
        return tuple(strata)

    def masks(self, is_taken: Booleans) -> Sequence[tuple[int, Booleans, Booleans]]:
        """Epoch, and which accounts of it are in control and in treatment."""
        masks = []
        for epoch in self.epoch_numbers:
            rows = is_taken & (self.epochs == epoch) if len(self.epoch_numbers) > 1 else is_taken
            masks.append((epoch, rows & ~self.is_treated, rows & self.is_treated))
        return masks


def days_since_1970(instants: "pd.Series[pd.Timestamp]") -> Floats:
    """Naive UTC or zoned instants as days since 1970-01-01 UTC."""
    utc = pd.to_datetime(instants, utc=True).dt.tz_localize(None)
    microseconds = utc.to_numpy(dtype="datetime64[us]").astype(np.int64)
    days: Floats = microseconds.astype(np.float64) / _MICROSECONDS_OF_A_DAY
    return days


def day_of(instant: datetime) -> float:
    """A zoned instant as days since 1970-01-01 UTC."""
    return instant.timestamp() / 86_400


def _floats(column: "pd.Series[float]") -> Floats:
    values: Floats = np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    return values
