"""What a look at the experiment comes to: one status, with its reasons in sentences.

Belongs here: the rule of decision and what earlier looks left on record. Does not belong here: how the
numbers were estimated, where the record is kept.

Two intervals may decide, and no other. The confidence sequence spends `alpha_anytime` over all looks
together; the fixed interval spends `alpha_final` at one look, on the first data cut-off on or after
`final_readout_on` at which the estimand can be estimated. By the union bound both together err with
probability at most `alpha`.
"""

import math
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from scipy import stats

from experiments.confidence_sequence import ConfidenceSequence
from experiments.design import Experiment
from experiments.result import Estimate, NotEstimable


class Status(StrEnum):
    """In the order in which they apply; the first that does is the decision."""

    INVALID = "invalid"
    GUARDRAIL_STOP = "guardrail_stop"
    TOO_EARLY = "too_early"
    ROLL_OUT = "roll_out"
    STOP_HARM = "stop_harm"
    STOP_FUTILE = "stop_futile"
    RUNNING = "running"
    INCONCLUSIVE = "inconclusive"


class IntervalKind(StrEnum):
    """Which of the two permitted intervals."""

    ANYTIME = "anytime"
    FINAL = "final"


VERDICTS = frozenset({Status.ROLL_OUT, Status.STOP_HARM, Status.STOP_FUTILE})
"""What stays decided: a later look does not undo it."""


@dataclass(frozen=True)
class Crossing:
    """A permitted interval that left 0 aside: above it (`is_benefit`) or below."""

    at: datetime
    kind: IntervalKind
    is_benefit: bool
    point: float
    lower: float
    upper: float


@dataclass(frozen=True)
class FinalLook:
    """The one look that was registered before the start, frozen at its data cut-off. Days saved."""

    at: datetime
    estimate: Estimate


@dataclass(frozen=True)
class Verdict:
    """A decision that was reached, and at which data cut-off."""

    status: Status
    at: datetime


@dataclass(frozen=True)
class Record:
    """What the looks so far left behind. It is carried from look to look and only ever filled."""

    looks: int = 0
    highest_log_e: float = -math.inf
    crossing: Crossing | None = None
    final: FinalLook | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Look:
    """What one data cut-off shows.

    `fixed` is the primary estimate, days saved within the horizon, at any level; `anytime` its confidence
    sequence at `alpha_anytime`. `faults` (sample ratio, identity, contamination), `harms` (guardrails that
    were crossed) and `gates` (why it is too early) are sentences; none of them means that all is well.
    `outlook` says how long it takes from here.
    """

    cutoff: datetime
    fixed: Estimate | NotEstimable
    anytime: ConfidenceSequence | NotEstimable
    faults: tuple[str, ...] = ()
    harms: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    outlook: str = ""


@dataclass(frozen=True)
class Decision:
    """The status of a look, why, and the record with this look added.

    `interval` is the interval that decides at this look, if there is one: the final one once it was taken,
    else the confidence sequence. `kind` says which.
    """

    status: Status
    reasons: tuple[str, ...]
    kind: IntervalKind | None
    interval: Estimate | None
    record: Record = field(default_factory=Record)


def decide(experiment: Experiment, look: Look, record: Record) -> Decision:
    """The status after one more look. Pure: the same look and record give the same decision.

    Rolling out needs no fault, no crossed guardrail, a permitted interval above 0 at this or an earlier
    look, and an estimate of at least `min_delta_days`. A bound that was crossed stays crossed, a verdict
    stays given, unless a fault shows that the comparison was never valid or a guardrail is crossed.
    """
    record = _with_look(experiment, look, record)
    kind, interval = _deciding(look, record)
    status, reasons = _status(experiment, look, record, interval)
    if status in VERDICTS and record.verdict is None:
        record = replace(record, verdict=Verdict(status, look.cutoff))
    return Decision(status, reasons, kind, interval, record)


def _with_look(experiment: Experiment, look: Look, record: Record) -> Record:
    """Evidence counts as long as the comparison is valid and read at an age at which it may be."""
    record = replace(record, looks=record.looks + 1)
    if look.faults or look.gates:
        return record
    if isinstance(look.anytime, ConfidenceSequence):
        record = replace(record, highest_log_e=max(record.highest_log_e, look.anytime.log_e))
        if record.crossing is None:
            record = replace(
                record, crossing=_crossing(look.cutoff, IntervalKind.ANYTIME, look.anytime.interval)
            )
    if _is_final(experiment, look, record):
        assert isinstance(look.fixed, Estimate)
        final = at_level(look.fixed, 1 - experiment.alpha_final)
        record = replace(record, final=FinalLook(look.cutoff, final))
        if record.crossing is None:
            record = replace(record, crossing=_crossing(look.cutoff, IntervalKind.FINAL, final))
    return record


def _is_final(experiment: Experiment, look: Look, record: Record) -> bool:
    return (
        record.final is None
        and look.cutoff.date() >= experiment.final_readout_on
        and isinstance(look.fixed, Estimate)
    )


def at_level(estimate: Estimate, level: float) -> Estimate:
    """The normal interval of the same estimate at another level."""
    half = float(stats.norm.ppf(0.5 + level / 2)) * estimate.standard_error
    return replace(estimate, lower=estimate.point - half, upper=estimate.point + half, level=level)


def _crossing(at: datetime, kind: IntervalKind, interval: Estimate) -> Crossing | None:
    if interval.lower <= 0 <= interval.upper:
        return None
    return Crossing(at, kind, interval.lower > 0, interval.point, interval.lower, interval.upper)


def _deciding(look: Look, record: Record) -> tuple[IntervalKind | None, Estimate | None]:
    if record.final is not None:
        return IntervalKind.FINAL, record.final.estimate
    if isinstance(look.anytime, ConfidenceSequence):
        return IntervalKind.ANYTIME, look.anytime.interval
    return None, None


def _status(
    experiment: Experiment, look: Look, record: Record, interval: Estimate | None
) -> tuple[Status, tuple[str, ...]]:
    if look.faults:
        return Status.INVALID, look.faults
    if look.harms:
        return Status.GUARDRAIL_STOP, look.harms
    if record.verdict is not None:
        since = f"Decided at the data cut-off of {_day(record.verdict.at)}; later looks do not undo it."
        return record.verdict.status, (since, *_told(experiment, record, interval))
    if look.gates or interval is None:
        return Status.TOO_EARLY, look.gates or _reasons_without_number(look)
    told = _told(experiment, record, interval)
    crossing = record.crossing
    if crossing is not None and crossing.is_benefit:
        if interval.point >= experiment.min_delta_days:
            return Status.ROLL_OUT, told
        told = (*told, _smaller_than_wanted(experiment, interval))
    if crossing is not None and not crossing.is_benefit:
        return Status.STOP_HARM, told
    if interval.upper < experiment.min_delta_days:
        futile = f"Even the upper end is below the {experiment.min_delta_days:g} days that were wanted."
        return Status.STOP_FUTILE, (*told, futile)
    if record.final is None:
        return Status.RUNNING, (*told, look.outlook) if look.outlook else told
    over = f"The final look of {_day(record.final.at)} is taken, and it excludes neither."
    return Status.INCONCLUSIVE, (*told, over)


def _told(experiment: Experiment, record: Record, interval: Estimate | None) -> tuple[str, ...]:
    told = []
    if interval is not None:
        told.append(
            f"Treated accounts saved {interval.point:.1f} days within the first {experiment.horizon_days:g} "
            f"({interval.level * 100:g} % interval {interval.lower:.1f} to {interval.upper:.1f})."
        )
    if record.crossing is not None:
        side = "above" if record.crossing.is_benefit else "below"
        told.append(
            f"{_INTERVALS[record.crossing.kind]} lay {side} 0 at the data cut-off of "
            f"{_day(record.crossing.at)}."
        )
    return tuple(told)


_INTERVALS = {
    IntervalKind.ANYTIME: "The interval that may be read on any day",
    IntervalKind.FINAL: "The interval of the final look",
}


def _smaller_than_wanted(experiment: Experiment, interval: Estimate) -> str:
    return (
        f"There is an effect, but the estimate of {interval.point:.1f} days is below the "
        f"{experiment.min_delta_days:g} days that were wanted."
    )


def _reasons_without_number(look: Look) -> tuple[str, ...]:
    answers = (look.fixed, look.anytime)
    told = [f"{answer.explanation}." for answer in answers if isinstance(answer, NotEstimable)]
    return tuple(dict.fromkeys(told))


def _day(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d}"
