"""The verdict is one plain sentence with the numbers that it stands on."""

from dataclasses import replace

import pytest

from dagster_project.readout.words import next_step, outlook, verdict
from experiments.decision import Crossing, IntervalKind, Status
from experiments.readout import Readout
from tests.dagster_project.readout import built

ROLL_OUT = built.readout(Status.ROLL_OUT, built.interval(4.13, 1.24, 6.98))
RUNNING = built.readout(Status.RUNNING, built.interval(2.0, -1.1, 5.1))
YOUNG = built.young(RUNNING)


@pytest.mark.parametrize(
    ("readout", "told"),
    [
        (
            ROLL_OUT,
            ("Roll it out", "4.1 days sooner", "first 60 days", "between 1.2 and 7.0", "nobody was annoyed"),
        ),
        (YOUNG, ("Too early", "no accounts were watched to day 60 yet", "at least 10", "about 2026-05-11")),
        (
            built.unsound(RUNNING),
            ("Do not read anything into this", "412 of 1,204", "about 241", "2 accounts that were to get no"),
        ),
        (
            built.crossed(RUNNING),
            ("Stop", "6.7 percentage points", "unsubscribed", "at least 3.4", "at most 1"),
        ),
        (
            built.readout(Status.STOP_HARM, built.interval(-2.3, -4.2, -0.4)),
            ("Stop", "2.3 days later", "between 0.4 and 4.2"),
        ),
        (
            built.readout(Status.STOP_FUTILE, built.interval(0.4, -1.1, 1.9)),
            ("Stop", "at most 1.9 days", "less than the 3"),
        ),
        (
            RUNNING,
            ("Still open", "2.0 days sooner", "1.1 days later to 5.1 days sooner", "1,572", "2026-11-30"),
        ),
        (
            built.at_final_look(
                built.readout(Status.INCONCLUSIVE), built.interval(1.0, -1.2, 3.4, level=0.96)
            ),
            ("No clear answer", "final look", "1.0 days sooner", "1.2 days later to 3.4 days sooner"),
        ),
    ],
    ids=lambda value: value.decision.status if isinstance(value, Readout) else "",
)
def test_the_verdict_is_one_sentence_with_its_numbers(readout: Readout, told: tuple[str, ...]) -> None:
    sentence = verdict(readout)
    assert [part for part in told if part not in sentence] == [], sentence
    assert sentence.endswith(".") and ". " not in sentence
    assert next_step(readout)


def test_calm_is_not_claimed_where_no_limit_was_agreed_or_can_be_told() -> None:
    assert "no limit on annoyance was agreed" in verdict(replace(ROLL_OUT, guardrails=()))
    unknown = tuple(replace(one, floor=None) for one in ROLL_OUT.guardrails)
    assert "nobody was annoyed" not in verdict(replace(ROLL_OUT, guardrails=unknown))


def test_a_benefit_that_is_sure_but_too_small_is_said_to_be_both() -> None:
    small = built.at_final_look(
        built.readout(Status.INCONCLUSIVE), built.interval(2.0, 0.5, 3.5, level=0.96), is_benefit=True
    )
    assert "surely some but less than the 3 days wanted" in verdict(small)
    assert "neither" not in verdict(small)


def test_a_verdict_without_an_interval_of_today_quotes_the_one_that_decided() -> None:
    crossing = Crossing(built.CUTOFF, IntervalKind.ANYTIME, True, 5.5, 2.5, 8.5)
    decision = replace(
        ROLL_OUT.decision,
        interval=None,
        kind=None,
        record=replace(ROLL_OUT.decision.record, crossing=crossing),
    )
    assert "5.5 days sooner" in verdict(replace(ROLL_OUT, decision=decision))


def test_a_final_look_that_is_due_is_not_announced_for_the_past() -> None:
    late = built.readout(
        Status.RUNNING,
        built.interval(2.0, -1.1, 5.1),
        cutoff=built.CUTOFF.replace(year=2027),
    )
    assert "unless an answer is clear before" not in next_step(late)
    assert "due as soon as it can be taken" in verdict(late)


def test_the_outlook_says_what_is_needed_and_what_can_be_shown() -> None:
    needed, shown = outlook(RUNNING)
    assert "1,572 more accounts" in needed
    assert "1,850 accounts" in shown and "4.1 days or more" in shown
    assert outlook(built.empty(RUNNING)) == (
        "All new accounts go to one arm, so nothing more can be compared.",
    )
