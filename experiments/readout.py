"""The readout of one experiment at one data cut-off: every number, and what they come to.

Belongs here: which statistics a readout has, in which order, and that one that fails does not stop the
others. Does not belong here: any estimator, reading and writing, pictures and words.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd

from experiments.accounts import Accounts, day_of
from experiments.confidence_sequence import ConfidenceSequence, confidence_sequence
from experiments.decision import Decision, IntervalKind, Look, Record, at_level, decide
from experiments.design import Experiment
from experiments.drawing_data import activation_curves, arm_summaries, growth
from experiments.epoch import Epoch
from experiments.guardrails import Guardrail
from experiments.maturity import maturity
from experiments.metrics import activation, descriptions, guardrail_rows, matured, ranks, restricted_means
from experiments.metrics.pooled_difference import Answer, restricted_mean_differences
from experiments.multiplicity import holm
from experiments.past_looks import fewest_events, past_looks
from experiments.pictured import ActivationCurve, ArmSummary, Growth, PastLook
from experiments.planning import Base, Deviation, Planning, planning
from experiments.result import Estimate, NotEstimable
from experiments.row import CONTROL, DIFFERENCE, TREATMENT, Basis, Place, Row, row_of
from experiments.sample_ratio import SampleRatio
from experiments.soundness import Soundness, soundness
from experiments.speed_up import deviation_when_faster
from experiments.survival import LEAST_WATCHED, Booleans, Floats, kaplan_meier, standard_deviation_within

Answered = TypeVar("Answered")

PACE_OF_DAYS = 28.0
"""Sign-ups of so many days before the cut-off are today's pace: four whole weeks."""


@dataclass(frozen=True)
class Observed:
    """What the warehouse holds of one experiment.

    `outcomes` are rows of `fct_experiment_outcomes`, `assignments` all rows of `fct_experiment_assignments`
    (account_id, bucket, arm, epoch). `contaminated` counts control accounts that were sent a nudge.
    `before` has accounts that are not enrolled (signed_up_at, duration_days, is_first_value_reached), from
    which a plan is made before the start. `cutoff` (UTC) is the instant of the facts.
    """

    outcomes: pd.DataFrame
    assignments: pd.DataFrame
    contaminated: int
    before: pd.DataFrame
    cutoff: datetime


@dataclass(frozen=True)
class Readout:
    """All that one data cut-off says. `readable_on` is about the date from which an effect can be read,
    where it cannot yet; `failures` names statistics that could not be computed at all, and why."""

    experiment: Experiment
    epochs: tuple[Epoch, ...]
    cutoff: datetime
    decision: Decision
    soundness: Soundness
    planning: Planning | NotEstimable
    readable_on: datetime | None
    arms: tuple[ArmSummary, ...]
    guardrails: tuple[Guardrail, ...]
    rows: tuple[Row, ...]
    curves: tuple[ActivationCurve, ...]
    past_looks: tuple[PastLook, ...]
    growth: tuple[Growth, ...]
    failures: tuple[str, ...]


def read_out(experiment: Experiment, epochs: Sequence[Epoch], observed: Observed, record: Record) -> Readout:
    """Every statistic of the experiment at the cut-off, and the decision after this look.

    Intention to treat: everybody assigned counts in its arm from sign-up on, censored at the cut-off.
    `record` is what earlier looks left (`Record()` at the first). Raises ValueError for outcomes that are
    none.
    """
    accounts = Accounts.from_outcomes(observed.outcomes)
    attempts = _Attempts()
    sound = soundness(experiment, epochs, accounts, observed.assignments, contaminated=observed.contaminated)
    no_guardrails: tuple[Guardrail, ...] = ()
    guardrails = attempts.answer(
        "guardrails",
        lambda: guardrail_rows.guardrails_of(accounts, dict(experiment.guardrail_margins)),
        no_guardrails,
    )
    failed: Answer = _FAILED
    primary = attempts.answer("restricted_mean_days", lambda: _primary(experiment, accounts), failed)
    anytime = confidence_sequence(
        primary,
        alpha=experiment.alpha_anytime,
        mixture_variance=experiment.mixture_variance,
        fewest_events=fewest_events(accounts.strata) if accounts.strata else 0,
    )
    base = _base(experiment, epochs, accounts, observed)
    plan = planning(experiment, base, now=observed.cutoff)
    ripe = maturity(experiment, accounts, (primary, anytime), base, cutoff=observed.cutoff)
    look = Look(
        cutoff=observed.cutoff,
        fixed=primary,
        anytime=anytime,
        faults=sound.faults,
        harms=tuple(_harm(each) for each in guardrails if each.is_crossed),
        gates=ripe.gates,
        outlook=plan.sentence() if isinstance(plan, Planning) else f"{plan.explanation}.",
    )
    decision = decide(experiment, look, record)
    rows = (
        *_primary_rows(experiment, primary, anytime, decision),
        *_with_holm(attempts.rows(_statistics(experiment, accounts))),
        *attempts.rows([("guardrails", lambda: guardrail_rows.guardrail_rows(guardrails))]),
        *_split_rows(sound),
    )
    return Readout(
        experiment=experiment,
        epochs=tuple(epochs),
        cutoff=observed.cutoff,
        decision=decision,
        soundness=sound,
        planning=plan,
        readable_on=ripe.readable_on,
        arms=arm_summaries(accounts, _means(rows, experiment), horizon_days=experiment.horizon_days),
        guardrails=guardrails,
        rows=rows,
        curves=attempts.answer(
            "activation curves",
            lambda: activation_curves(accounts.strata, horizon_days=experiment.horizon_days),
            (),
        ),
        past_looks=attempts.answer(
            "past looks", lambda: past_looks(experiment, accounts, cutoff=observed.cutoff), ()
        ),
        growth=attempts.answer("growth", lambda: growth(accounts, cutoff=observed.cutoff), ()),
        failures=tuple(attempts.failures),
    )


_FAILED = NotEstimable("failed", "the statistic could not be computed; the failures say why")


class _Attempts:
    """Runs statistics one by one and remembers those that failed."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def answer(self, name: str, compute: Callable[[], Answered], instead: Answered) -> Answered:
        try:
            return compute()
        except Exception as error:
            self.failures.append(f"{name}: {type(error).__name__}: {error}")
            return instead

    def rows(self, statistics: Iterable[tuple[str, Callable[[], Iterable[Row]]]]) -> list[Row]:
        rows: list[Row] = []
        for name, compute in statistics:
            rows += self.answer(name, partial(_listed, compute), [])
        return rows


def _listed(compute: Callable[[], Iterable[Row]]) -> list[Row]:
    return list(compute())


def _primary(experiment: Experiment, accounts: Accounts) -> Answer:
    return restricted_mean_differences(accounts.strata, horizon_days=experiment.horizon_days).overall


def _statistics(
    experiment: Experiment, accounts: Accounts
) -> Iterator[tuple[str, Callable[[], Iterable[Row]]]]:
    horizon = experiment.horizon_days
    exposed = restricted_means.exposed_strata
    horizons = sorted({horizon, min(horizon, restricted_means.EARLIER_HORIZON_DAYS)}, reverse=True)
    for days in horizons:
        yield (
            f"restricted_mean_days {days:g}",
            partial(restricted_means.restricted_mean_rows, accounts.strata, horizon_days=days),
        )
    for days in activation.WINDOWS_DAYS:
        yield f"activation_rate {days:g}", partial(activation.activation_rows, accounts, window_days=days)
    yield "log_rank", lambda: ranks.log_rank_rows(accounts)
    yield "capped_rank_test", lambda: ranks.capped_rank_rows(accounts, horizon_days=horizon)
    yield "matured_mean_days", lambda: matured.matured_mean_rows(accounts, horizon_days=horizon)
    yield "matured_mean_days_adjusted", lambda: matured.adjusted_mean_rows(accounts, horizon_days=horizon)
    yield "median_days", lambda: descriptions.median_rows(accounts)
    yield "mean_days_of_completers", lambda: descriptions.completer_rows(accounts)
    yield (
        "exposed",
        lambda: restricted_means.restricted_mean_rows(
            exposed(accounts), horizon_days=horizon, basis=Basis.EXPOSED
        ),
    )
    if accounts.is_held_out.any():
        yield (
            "held_out",
            lambda: restricted_means.restricted_mean_rows(
                restricted_means.held_out_strata(accounts), horizon_days=horizon, basis=Basis.HELD_OUT
            ),
        )


def _primary_rows(
    experiment: Experiment, primary: Answer, anytime: ConfidenceSequence | NotEstimable, decision: Decision
) -> Iterator[Row]:
    """The two intervals that may decide; the fixed one at 95 % is among the statistics."""
    place = Place(restricted_means.METRIC, DIFFERENCE, "days", experiment.horizon_days)
    interval = anytime.interval if isinstance(anytime, ConfidenceSequence) else anytime
    row = row_of(place, interval, interval_kind=IntervalKind.ANYTIME)
    if isinstance(anytime, ConfidenceSequence):
        row = replace(row, p_value=anytime.anytime_p_value(decision.record.highest_log_e))
    yield replace(row, interval_kind=IntervalKind.ANYTIME)
    if decision.record.final is not None:
        final = at_level(decision.record.final.estimate, 1 - experiment.alpha_final)
        yield row_of(place, final, interval_kind=IntervalKind.FINAL)


SECONDARY = frozenset(
    {
        (restricted_means.METRIC, restricted_means.EARLIER_HORIZON_DAYS),
        *((activation.METRIC, days) for days in activation.WINDOWS_DAYS),
        (ranks.LOG_RANK, None),
    }
)
"""What Holm adjusts together, with the test of capped ranks: differences over all epochs of everybody
assigned."""


def _with_holm(rows: Sequence[Row]) -> Iterator[Row]:
    p_values = {
        str(place): row.p_value
        for place, row in enumerate(rows)
        if row.p_value is not None and _is_secondary(row.place)
    }
    adjusted = holm(p_values)
    for place, row in enumerate(rows):
        yield replace(row, p_value_adjusted=adjusted[str(place)]) if str(place) in adjusted else row


def _is_secondary(place: Place) -> bool:
    is_one = (place.metric, place.parameter_days) in SECONDARY or place.metric == ranks.CAPPED_RANKS
    return is_one and place.epoch is None and place.basis == Basis.ASSIGNED and place.arm == DIFFERENCE


def _split_rows(sound: Soundness) -> Iterator[Row]:
    for split in sound.splits:
        if split.group:
            continue
        place = Place("sample_ratio", TREATMENT, "share", epoch=split.epoch)
        whole = sum(split.accounts.values())
        if isinstance(split.answer, SampleRatio):
            row = Row(
                place, point=split.accounts[TREATMENT] / whole, p_value=split.answer.p_value, accounts=whole
            )
        else:
            row = Row(place, reason=split.answer.reason, explanation=split.answer.explanation, accounts=whole)
        yield replace(row, caveats=("alarm",)) if split.is_alarm else row


def _means(rows: Sequence[Row], experiment: Experiment) -> dict[str, float | None]:
    return {
        row.place.arm: row.point
        for row in rows
        if row.place.metric == restricted_means.METRIC
        and row.place.parameter_days == experiment.horizon_days
        and row.place.epoch is None
        and row.place.basis == Basis.ASSIGNED
        and row.place.arm in (CONTROL, TREATMENT)
    }


def _harm(guardrail: Guardrail) -> str:
    excess = guardrail.excess.point if isinstance(guardrail.excess, Estimate) else 0.0
    return (
        f"More treated accounts have {guardrail.name}: {guardrail.treatment.value * 100:.1f} % against "
        f"{guardrail.control.value * 100:.1f} %, {excess * 100:.1f} points more, and even the lower bound is "
        f"above the {guardrail.margin * 100:g} points that are allowed."
    )


def _base(experiment: Experiment, epochs: Sequence[Epoch], accounts: Accounts, observed: Observed) -> Base:
    """From the accounts of the experiment; before it has any, from those that signed up before."""
    in_force = [epoch for epoch in epochs if epoch.starts_at <= observed.cutoff] or list(epochs)
    share = in_force[-1].treated_fraction(experiment.holdout_share) if in_force else 0.0
    until = day_of(observed.cutoff)
    if accounts.size:
        signed_up, durations, reached = accounts.signed_up_days, accounts.duration_days, accounts.is_reached
        is_untreated = ~accounts.is_treated
    else:
        before = observed.before
        signed_up = np.array(
            [day_of(at) for at in pd.to_datetime(before["signed_up_at"], utc=True)], dtype=np.float64
        )
        durations = before["duration_days"].to_numpy(dtype=np.float64)
        reached = before["is_first_value_reached"].to_numpy(dtype=np.bool_)
        is_untreated = np.ones(reached.size, dtype=np.bool_)
    watched = min(PACE_OF_DAYS, until - float(signed_up.min())) if signed_up.size else 0.0
    lately = int((signed_up > until - watched).sum())
    is_known = int((until - signed_up[is_untreated] >= experiment.horizon_days).sum()) >= LEAST_WATCHED
    return Base(
        accounts=accounts.size,
        sign_ups_per_day=lately / watched if watched > 0 else 0.0,
        treatment_share=share,
        deviation=_deviation(experiment, durations[is_untreated], reached[is_untreated])
        if is_known
        else None,
    )


def _deviation(experiment: Experiment, durations: Floats, reached: Booleans) -> Deviation | None:
    """None where nobody differs."""
    curve, horizon = kaplan_meier(durations, reached), experiment.horizon_days
    found = Deviation(
        standard_deviation_within(curve, horizon_days=horizon),
        deviation_when_faster(curve, horizon_days=horizon, saved_days=experiment.min_delta_days),
    )
    return found if min(found.control_days, found.treated_days) > 0 else None
