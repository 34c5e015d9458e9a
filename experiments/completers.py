"""The average that everybody asks for, and that decides nothing.

Belongs here: AVG(days_to_milestone_5) of those who arrived, with what is missing from it. Does not belong
here: an interval or a test of it, on purpose.
"""

from dataclasses import dataclass

from experiments.survival import Arm


@dataclass(frozen=True)
class Completers:
    """Mean days of the accounts that arrived; None as long as none has.

    It is biased and may only be shown beside `share_censored`. Slow accounts are missing from it, so it
    reads far below the truth in a young experiment and drifts upwards for a year. Between arms it is worse:
    to arrive is itself an effect of the nudges, and a nudge that rescues slow accounts *raises* the mean of
    its arm, so that even the sign of a difference can be wrong for ever. More accounts make its interval
    narrower around the wrong value.
    """

    mean_days: float | None
    completed: int
    accounts: int

    @property
    def share_censored(self) -> float | None:
        """The fraction of accounts that had not arrived and are missing from the mean; None of none."""
        return 1 - self.completed / self.accounts if self.accounts else None


def completers(arm: Arm) -> Completers:
    """The mean over the accounts that arrived. Never decides; use `restricted_mean_difference`."""
    completed = int(arm.is_reached.sum())
    return Completers(
        mean_days=float(arm.durations[arm.is_reached].mean()) if completed else None,
        completed=completed,
        accounts=arm.accounts,
    )
