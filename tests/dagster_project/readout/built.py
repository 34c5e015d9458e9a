"""Readouts built by hand: made up as a whole, each part as the estimators would make it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from experiments.decision import (
    Crossing,
    Decision,
    FinalLook,
    IntervalKind,
    Record,
    Status,
)
from experiments.design import Experiment
from experiments.epoch import Epoch
from experiments.guardrails import Guardrail
from experiments.pictured import ActivationCurve, ArmSummary, Growth, PastLook
from experiments.planning import Planning
from experiments.readout import Readout
from experiments.result import Estimate, NotEstimable
from experiments.row import CONTROL, DIFFERENCE, TREATMENT, Basis, Place, Row
from experiments.sample_ratio import SampleRatio, sample_ratio
from experiments.shares import Share
from experiments.soundness import Soundness, Split

STARTS_AT = datetime(2026, 3, 2, tzinfo=UTC)
CUTOFF = datetime(2026, 7, 14, 6, tzinfo=UTC)
TOO_FEW = NotEstimable(
    "too_few_watched", "treatment has 3 accounts that were watched to day 60; 10 are needed"
)


def experiment(key: str = "onboarding-nudges", *, horizon_days: float = 60.0) -> Experiment:
    return Experiment(
        experiment_key=key,
        salt="a-secret-salt",
        horizon_days=horizon_days,
        min_delta_days=3.0,
        final_readout_on=date(2026, 11, 30),
        holdout_share=0.05,
        guardrail_margins={"unsubscribed": 0.01, "complained": 0.005},
    )


def interval(point: float, lower: float, upper: float, *, level: float = 0.99) -> Estimate:
    return Estimate(point, (upper - lower) / 5.2, lower, upper, level, 1_204)


def readout(
    status: Status = Status.RUNNING,
    deciding: Estimate | None = None,
    *,
    key: str = "onboarding-nudges",
    reasons: tuple[str, ...] = ("Treated accounts saved 2.0 days within the first 60.",),
    cutoff: datetime = CUTOFF,
    horizon_days: float = 60.0,
    size: int = 1,
) -> Readout:
    """A running experiment with everything there, `size` times 1,204 accounts; its status is `status`."""
    arms = {CONTROL: 963 * size, TREATMENT: 241 * size}
    rates = {CONTROL: 26.0, TREATMENT: 19.0}
    return Readout(
        experiment=experiment(key, horizon_days=horizon_days),
        epochs=(Epoch(1, STARTS_AT, 0.2),),
        cutoff=cutoff,
        decision=Decision(
            status,
            reasons,
            IntervalKind.ANYTIME if deciding else None,
            deciding,
            Record(looks=134),
        ),
        soundness=sound(arms),
        planning=Planning(2_776, 1_572, 240, 1_850, 4.1, False),
        readable_on=None,
        arms=tuple(
            ArmSummary(
                arm,
                number,
                int(number * 0.55),
                0.24,
                int(number * 0.2),
                int(number * 0.6),
                71.4,
                30 + rates[arm] / 4,
                16.2,
            )
            for arm, number in arms.items()
        ),
        guardrails=(
            guardrail("unsubscribed", Share(7 * size, arms[TREATMENT]), Share(19 * size, arms[CONTROL])),
            guardrail("complained", Share(0, arms[TREATMENT]), Share(2 * size, arms[CONTROL]), margin=0.005),
        ),
        rows=rows(horizon_days),
        curves=tuple(curve(arm, number, rates[arm], horizon_days) for arm, number in arms.items()),
        past_looks=past_looks(STARTS_AT, cutoff),
        growth=tuple(growth(arm, number, STARTS_AT.date(), cutoff.date()) for arm, number in arms.items()),
        failures=(),
    )


def sound(arms: dict[str, int]) -> Soundness:
    answer = sample_ratio(arms, {CONTROL: 0.8, TREATMENT: 0.2})
    return Soundness((Split(1, "", arms, answer, False),), 0, 0, 3, ())


def unsound(one: Readout) -> Readout:
    """The same with too many accounts in treatment and two controls that were nudged."""
    arms = {CONTROL: 792, TREATMENT: 412}
    answer = sample_ratio(arms, {CONTROL: 0.8, TREATMENT: 0.2})
    assert isinstance(answer, SampleRatio) and answer.is_alarm
    faults = ("The split of epoch 1 has p = 3e-30.", "2 control accounts were sent a nudge.")
    splits = (Split(1, "", arms, answer, True), Split(1, "segment enterprise", arms, TOO_FEW, False))
    return replace(
        one,
        soundness=Soundness(splits, 0, 2, 0, faults),
        decision=replace(one.decision, status=Status.INVALID, reasons=faults, interval=None, kind=None),
    )


def young(one: Readout) -> Readout:
    """The same three weeks after its start: nobody has been watched to the horizon."""
    cutoff = STARTS_AT + timedelta(days=24)
    reasons = ("No account has been watched for 60 days before 2026-05-11.", "Fewer than 20 have arrived.")
    return replace(
        one,
        cutoff=cutoff,
        decision=Decision(Status.TOO_EARLY, reasons, None, None, Record(looks=24)),
        planning=Planning(2_776, 2_562, 340, 1_850, 4.1, True),
        readable_on=datetime(2026, 5, 11, tzinfo=UTC),
        arms=(
            ArmSummary(CONTROL, 171, 31, 0.82, 0, 0, 11.8, None, 7.1),
            ArmSummary(TREATMENT, 43, 9, 0.79, 0, 0, 12.1, None, 6.8),
        ),
        guardrails=tuple(
            replace(each, excess=NotEstimable("too_few_accounts", "treatment has 43 accounts"), floor=None)
            for each in one.guardrails
        ),
        rows=tuple(
            Row(each.place, reason=TOO_FEW.reason, explanation=TOO_FEW.explanation) for each in one.rows
        ),
        curves=(curve(CONTROL, 171, 26.0, 60.0, until=24), curve(TREATMENT, 43, 19.0, 60.0, until=24)),
        past_looks=tuple(PastLook(STARTS_AT + timedelta(days=day), None, None, None) for day in range(24)),
        growth=(
            growth(CONTROL, 171, STARTS_AT.date(), cutoff.date()),
            growth(TREATMENT, 43, STARTS_AT.date(), cutoff.date()),
        ),
    )


def empty(one: Readout) -> Readout:
    """The same before its first account: no number anywhere."""
    nothing = NotEstimable("too_few_accounts", "control has 0 accounts; an interval needs 25")
    return replace(
        young(one),
        planning=NotEstimable("one_arm", "all new accounts go to one arm, so nothing more can be compared"),
        readable_on=None,
        soundness=Soundness((Split(1, "", {}, nothing, False),), 0, 0, 0, ()),
        arms=tuple(ArmSummary(arm, 0, 0, 0.0, 0, 0, None, None, None) for arm in (CONTROL, TREATMENT)),
        guardrails=(Guardrail("churned", 0.01, Share(0, 0), Share(0, 0), nothing, None, False),),
        rows=(),
        curves=tuple(
            ActivationCurve(arm, np.array([]), np.array([]), (), ()) for arm in (CONTROL, TREATMENT)
        ),
        past_looks=(),
        growth=tuple(Growth(arm, (), (), ()) for arm in (CONTROL, TREATMENT)),
    )


def crossed(one: Readout) -> Readout:
    """The same with a guardrail over its margin."""
    bad = Guardrail(
        "unsubscribed", 0.01, Share(19, 963), Share(21, 241), interval(0.067, 0.034, 0.1), 0.034, True
    )
    decision = replace(one.decision, status=Status.GUARDRAIL_STOP, reasons=("Unsubscribed is crossed.",))
    return replace(one, guardrails=(bad, *one.guardrails[1:]), decision=decision)


def at_final_look(one: Readout, final: Estimate, *, is_benefit: bool | None = None) -> Readout:
    """The same after its final look; `is_benefit` is None where no interval ever left 0 aside."""
    at = datetime(2026, 11, 30, 6, tzinfo=UTC)
    crossing = None
    if is_benefit is not None:
        crossing = Crossing(at, IntervalKind.FINAL, is_benefit, final.point, final.lower, final.upper)
    record = replace(one.decision.record, final=FinalLook(at, final), crossing=crossing)
    decision = replace(one.decision, kind=IntervalKind.FINAL, interval=final, record=record)
    return replace(one, cutoff=datetime(2026, 12, 3, 6, tzinfo=UTC), decision=decision)


def guardrail(name: str, treatment: Share, control: Share, *, margin: float = 0.01) -> Guardrail:
    point = treatment.value - control.value
    return Guardrail(
        name, margin, control, treatment, interval(point, point - 0.016, point + 0.016), point - 0.016, False
    )


def rows(horizon_days: float) -> tuple[Row, ...]:
    def place(metric: str, arm: str, unit: str, **more: object) -> Place:
        # Each option has a type of its own, and the tests name which they give.
        return Place(metric, arm, unit, horizon_days, **more)  # type: ignore[arg-type]

    return (
        Row(place("restricted_mean_days", CONTROL, "days"), point=34.2, standard_error=0.8),
        Row(place("restricted_mean_days", TREATMENT, "days"), point=30.1, standard_error=1.5),
        Row(
            place("restricted_mean_days", DIFFERENCE, "days"),
            point=4.1,
            lower=1.2,
            upper=7.0,
            level=0.99,
            interval_kind="anytime",
            p_value=0.00004,
        ),
        Row(place("activation_rate", CONTROL, "share"), point=0.512),
        Row(place("activation_rate", TREATMENT, "share"), point=0.561),
        Row(
            place("activation_rate", DIFFERENCE, "share"),
            point=0.049,
            lower=-0.02,
            upper=0.118,
            level=0.95,
            interval_kind="fixed",
            p_value=0.13,
            p_value_adjusted=0.26,
            caveats=("small_sample",),
        ),
        Row(
            place("median", DIFFERENCE, "days"),
            reason="not_reached",
            explanation="fewer than half of the accounts of treatment have arrived",
        ),
        Row(
            place("restricted_mean_days", DIFFERENCE, "days", basis=Basis.EXPOSED),
            point=5.0,
            lower=-1.0,
            upper=11.0,
        ),
        Row(place("restricted_mean_days", DIFFERENCE, "days", epoch=1), point=4.1, lower=1.2, upper=7.0),
    )


def curve(
    arm: str, accounts: int, rate: float, horizon_days: float, *, until: float | None = None
) -> ActivationCurve:
    days = np.linspace(0.0, min(until or horizon_days, horizon_days), min(4 * accounts, 20_000))
    ages = tuple(horizon_days * step / 6 for step in range(7))
    watched = tuple(
        int(accounts * np.exp(-age / rate) * max(0.0, 1 - age / (until or 2.4 * horizon_days)))
        for age in ages
    )
    return ActivationCurve(arm, days, 0.7 * (1 - np.exp(-days / rate)), ages, watched)


def past_looks(first: datetime, last: datetime) -> tuple[PastLook, ...]:
    looks = []
    for day in range((last - first).days + 1):
        at, half = first + timedelta(days=day), 90.0 / max(day - 55, 1) ** 0.75
        point = 4.1 + 5.0 * float(np.sin(day / 9)) * half / 90
        is_known = day > 62
        looks.append(
            PastLook(at, point, point - half, point + half) if is_known else PastLook(at, None, None, None)
        )
    return tuple(looks)


def growth(arm: str, accounts: int, first: date, last: date) -> Growth:
    number = (last - first).days + 1
    assigned = tuple(accounts * (day + 1) // number for day in range(number))
    activated = tuple(int(0.58 * assigned[max(0, day - 16)]) for day in range(number))
    return Growth(arm, tuple(first + timedelta(days=day) for day in range(number)), assigned, activated)
