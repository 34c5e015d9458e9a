"""Whether the comparison is one at all: split, identity, contamination. Asked before any effect is looked at.

Belongs here: the checks of the assignment. Does not belong here: effects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.result import NotEstimable
from experiments.sample_ratio import SampleRatio


@dataclass(frozen=True)
class Split:
    """The sample ratio of an epoch, of all its accounts (`group` empty) or of those of one group such as
    `segment enterprise`. `is_alarm` counts in how many groups were looked at."""

    epoch: int
    group: str
    accounts: Mapping[str, int]
    answer: SampleRatio | NotEstimable
    is_alarm: bool


@dataclass(frozen=True)
class Soundness:
    """The answers of all checks. `mismatched` counts stored arms that are not those of the hash,
    `contaminated` control accounts that were sent a nudge, `mixed` accounts left out because their arms met
    in a merge."""

    splits: Sequence[Split]
    mismatched: int
    contaminated: int
    mixed: int
    faults: tuple[str, ...]
    """Why no effect may be read, in sentences; empty when all is well."""
