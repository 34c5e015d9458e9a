"""The days saved as past weeks would have shown them.

Belongs here: the course of the primary metric over calendar time. Does not belong here: the looks that were
really made, which the record keeps; nothing is decided here.
"""

from datetime import datetime, timedelta

import numpy as np

from experiments.accounts import Accounts, Stratum, day_of
from experiments.confidence_sequence import ConfidenceSequence, confidence_sequence
from experiments.design import Experiment
from experiments.metrics.pooled_difference import restricted_mean_differences
from experiments.pictured import PastLook
from experiments.result import Estimate
from experiments.survival import Arm

MOST_LOOKS = 12


def past_looks(experiment: Experiment, accounts: Accounts, *, cutoff: datetime) -> tuple[PastLook, ...]:
    """At most twelve looks, whole weeks apart, the last of them at `cutoff`; ascending."""
    if not accounts.size:
        return ()
    weeks = int((day_of(cutoff) - float(accounts.signed_up_days.min())) // 7)
    apart = max(1, -(-weeks // (MOST_LOOKS - 1)))
    ends = [cutoff - timedelta(weeks=back) for back in range(0, max(weeks, 1), apart)]
    return tuple(_look(experiment, accounts, at) for at in reversed(ends[:MOST_LOOKS]))


def _look(experiment: Experiment, accounts: Accounts, at: datetime) -> PastLook:
    watched = day_of(at) - accounts.signed_up_days
    durations = np.minimum(accounts.duration_days, watched)
    strata = accounts.strata_of(
        durations, accounts.is_reached & (accounts.duration_days <= watched), watched, watched > 0
    )
    answer = restricted_mean_differences(strata, horizon_days=experiment.horizon_days).overall
    sequence = confidence_sequence(
        answer,
        alpha=experiment.alpha_anytime,
        mixture_variance=experiment.mixture_variance,
        fewest_events=fewest_events(strata),
    )
    interval = sequence.interval if isinstance(sequence, ConfidenceSequence) else None
    return PastLook(
        at,
        answer.point if isinstance(answer, Estimate) else None,
        interval.lower if interval else None,
        interval.upper if interval else None,
    )


def fewest_events(strata: tuple[Stratum, ...]) -> int:
    """Arrivals in the arm that has fewer of them, over all epochs."""

    def events(arms: list[Arm]) -> int:
        return sum(int(arm.is_reached.sum()) for arm in arms)

    return min(events([each.control for each in strata]), events([each.treatment for each in strata]))
