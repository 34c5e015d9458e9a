"""The rule of decision: which status applies, and what a later look cannot undo."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from experiments.confidence_sequence import ConfidenceSequence, confidence_sequence
from experiments.decision import Decision, IntervalKind, Look, Record, Status, decide
from experiments.design import Experiment
from experiments.result import Estimate, NotEstimable

PLAN = Experiment("ttfv_nudge", "ttfv-nudge-v1", 60, 3, date(2026, 9, 1))
DURING = datetime(2026, 6, 1, tzinfo=UTC)
ON_THE_DAY = datetime(2026, 9, 1, tzinfo=UTC)


def _estimate(point: float, standard_error: float) -> Estimate:
    half = 1.96 * standard_error
    return Estimate(point, standard_error, point - half, point + half, 0.95, 2000)


def _look(point: float = 0.0, standard_error: float = 2.0, at: datetime = DURING, **more: Any) -> Look:
    fixed = _estimate(point, standard_error)
    anytime = confidence_sequence(
        fixed, alpha=PLAN.alpha_anytime, mixture_variance=PLAN.mixture_variance, fewest_events=100
    )
    assert isinstance(anytime, ConfidenceSequence)
    return Look(at, fixed, anytime, **more)


def _decide(*looks: Look, plan: Experiment = PLAN) -> Decision:
    decision = Decision(Status.RUNNING, (), None, None, Record())
    for look in looks:
        decision = decide(plan, look, decision.record)
    return decision


@pytest.mark.parametrize(
    ("look", "status"),
    [
        (_look(8, 1, faults=("the arms are not as drawn",), harms=("complaints",)), Status.INVALID),
        (_look(8, 1, harms=("complaints",), gates=("day 3",)), Status.GUARDRAIL_STOP),
        (_look(8, 1, gates=("day 3",)), Status.TOO_EARLY),
        (_look(8, 1), Status.ROLL_OUT),
        (_look(-8, 1), Status.STOP_HARM),
        (_look(0, 0.5), Status.STOP_FUTILE),
        (_look(2, 2), Status.RUNNING),
        (_look(2, 2, at=ON_THE_DAY), Status.INCONCLUSIVE),
    ],
)
def test_the_first_status_that_applies_is_given(look: Look, status: Status) -> None:
    assert _decide(look).status == status


def test_an_effect_below_the_days_that_were_wanted_is_not_rolled_out() -> None:
    small = _decide(_look(2.5, 0.4))

    assert small.record.crossing is not None
    assert small.status == Status.RUNNING
    assert any("below the 3 days" in reason for reason in small.reasons)


def test_the_fixed_interval_decides_on_the_final_day_and_not_before() -> None:
    """z = 2.2: outside of the 96 % interval of one look, far inside the confidence sequence."""
    before = _decide(_look(4.4, 2.0, at=ON_THE_DAY - timedelta(seconds=1)))
    on_the_day = _decide(_look(4.4, 2.0, at=ON_THE_DAY))

    assert (before.status, before.kind) == (Status.RUNNING, IntervalKind.ANYTIME)
    assert (on_the_day.status, on_the_day.kind) == (Status.ROLL_OUT, IntervalKind.FINAL)
    assert on_the_day.interval is not None
    assert on_the_day.interval.level == pytest.approx(0.96)
    assert on_the_day.interval.lower == pytest.approx(4.4 - 2.0537 * 2, abs=1e-3)


def test_the_final_look_is_taken_once() -> None:
    """A second look that would have been significant comes too late."""
    decision = _decide(_look(3, 2.0, at=ON_THE_DAY), _look(4.4, 2.0, at=ON_THE_DAY + timedelta(days=1)))

    assert decision.status == Status.INCONCLUSIVE
    assert decision.record.final is not None
    assert decision.record.final.at == ON_THE_DAY


def test_the_final_look_waits_until_the_estimand_can_be_estimated() -> None:
    reason = NotEstimable("too_few_watched", "7 accounts at risk")
    early = Look(ON_THE_DAY, reason, reason)
    later = _look(8, 2.5, at=ON_THE_DAY + timedelta(days=9))

    assert _decide(early).record.final is None
    assert _decide(early, later).status == Status.ROLL_OUT


def test_a_bound_once_crossed_stays_on_record() -> None:
    """The effect was certain before it was large enough; what is certain stays so."""
    certain = _look(2.9, 0.5)
    larger = _look(3.4, 2.5, at=DURING + timedelta(days=30))

    decision = _decide(certain, larger)

    assert decision.record.crossing is not None
    assert decision.record.crossing.at == DURING
    assert decision.status == Status.ROLL_OUT
    assert _decide(larger).status == Status.RUNNING


@pytest.mark.parametrize(
    ("first", "status"),
    [(_look(8, 1), Status.ROLL_OUT), (_look(-8, 1), Status.STOP_HARM), (_look(0, 0.5), Status.STOP_FUTILE)],
)
def test_a_verdict_is_not_undone_by_a_later_look(first: Look, status: Status) -> None:
    later = _decide(first, _look(2, 2, at=DURING + timedelta(days=1)))

    assert later.status == status
    assert "do not undo" in later.reasons[0]


def test_a_fault_found_later_undoes_every_verdict_and_harm_stops_it() -> None:
    assert _decide(_look(8, 1), _look(8, 1, faults=("moved",))).status == Status.INVALID
    assert _decide(_look(8, 1), _look(8, 1, harms=("churn",))).status == Status.GUARDRAIL_STOP


def test_evidence_of_an_invalid_or_early_look_does_not_count() -> None:
    for look in (_look(8, 1, faults=("moved",)), _look(8, 1, gates=("day 3",))):
        record = _decide(look).record
        assert (record.crossing, record.final, record.verdict) == (None, None, None)
        assert record.looks == 1


def test_the_same_look_gives_the_same_decision() -> None:
    record = _decide(_look(2, 2)).record

    assert decide(PLAN, _look(4, 1), record) == decide(PLAN, _look(4, 1), record)


def test_reasons_name_the_days_the_interval_and_the_outlook() -> None:
    running = _decide(replace(_look(2, 2), outlook="It needs about 300 more accounts, 40 days."))

    assert "saved 2.0 days within the first 60" in running.reasons[0]
    assert running.reasons[-1] == "It needs about 300 more accounts, 40 days."
