"""What a readout comes to in plain words: the verdict in a sentence, what to do next, what is still to come.

Belongs here: sentences for somebody who has never heard of censoring. Does not belong here: the decision,
how a result is to be understood (`explained`), tables, pictures.
"""

from __future__ import annotations

from dagster_project.readout import names
from experiments.confidence_sequence import BURN_IN_EVENTS
from experiments.decision import IntervalKind, Status
from experiments.guardrails import Guardrail
from experiments.readout import Readout
from experiments.result import Estimate, NotEstimable
from experiments.row import CONTROL, TREATMENT
from experiments.sample_ratio import SampleRatio
from experiments.soundness import Split
from experiments.survival import LEAST_ACCOUNTS, LEAST_WATCHED


def verdict(readout: Readout) -> str:
    """The result in one sentence."""
    match readout.decision.status:
        case Status.INVALID:
            return f"Do not read anything into this: {_faults(readout)}."
        case Status.GUARDRAIL_STOP:
            return f"Stop the nudges, they annoy more than was agreed: {_harms(readout)}."
        case Status.TOO_EARLY:
            return f"Too early to say: {_what_is_missing(readout)}; {_come_back(readout)}."
        case Status.ROLL_OUT:
            return f"Roll it out: {_effect(readout)}, and {_calm(readout)}."
        case Status.STOP_HARM:
            return f"Stop the nudges, they slow accounts down: {_effect(readout)}."
        case Status.STOP_FUTILE:
            return f"Stop and try something else: {_at_most(readout)}."
        case Status.RUNNING:
            return f"Still open: so far {_effect(readout)}{_small(readout)}; {_goes_on(readout)}."
        case Status.INCONCLUSIVE:
            return (
                f"No clear answer: at the final look {_effect(readout)}{_small(readout)}{_enough(readout)}."
            )


def next_step(readout: Readout) -> str:
    """What to do now, in a sentence or two."""
    experiment = readout.experiment
    final = names.day(experiment.final_readout_on)
    match readout.decision.status:
        case Status.INVALID:
            return (
                "Find out what went wrong and mend it, then start again under a new experiment key and salt. "
                "Waiting does not make this one valid."
            )
        case Status.GUARDRAIL_STOP:
            return "Switch the nudges off, read what annoyed people, and change it before another try."
        case Status.TOO_EARLY:
            return f"Leave it running. {_come_back(readout).capitalize()}."
        case Status.ROLL_OUT:
            kept = (
                f" Keep the hold-out of {names.percent(experiment.holdout_share)} to see what lasts."
                if experiment.holdout_share
                else ""
            )
            return f"Give the nudges to more new accounts, step by step, and keep watching the limits.{kept}"
        case Status.STOP_HARM:
            return "Switch the nudges off. A new idea gets a new experiment."
        case Status.STOP_FUTILE:
            return "Switch these nudges off or change them; more waiting will not make them worth it."
        case Status.RUNNING:
            if readout.cutoff.date() >= experiment.final_readout_on:
                return f"The final look, due on {final}, is taken as soon as both arms can be compared."
            return f"Leave it running. The final look is on {final}, unless an answer is clear before."
        case Status.INCONCLUSIVE:
            return (
                "Decide by other means, or plan a new experiment that is larger, runs longer or tries a "
                "stronger nudge. Looking again at this one is not allowed to change the answer."
            )


def outlook(readout: Readout) -> tuple[str, ...]:
    """The plan in sentences: how much is still to come, and what it will be able to show."""
    plan, experiment = readout.planning, readout.experiment
    if isinstance(plan, NotEstimable):
        return (_sentence(plan.explanation),)
    final = names.day(experiment.final_readout_on)
    told = [plan.sentence()]
    watched = (
        f"On {final}, the day of the final look, {names.accounts(plan.accounts_by_final)} will have been "
        f"watched for {experiment.horizon_days:g} days"
    )
    if isinstance(plan.detectable_days, NotEstimable):
        told.append(f"{watched}: {plan.detectable_days.explanation}.")
    else:
        told.append(
            f"{watched}; they can show a difference of {names.days(plan.detectable_days)} days or more "
            f"(asked for are {experiment.min_delta_days:g})."
        )
    if plan.is_deviation_assumed:
        told.append("How much accounts differ is still assumed, so all of this is rough.")
    return tuple(told)


def _interval(readout: Readout) -> tuple[float, float, float] | None:
    """Point and bounds that the verdict stands on."""
    decision = readout.decision
    if decision.interval is not None:
        return decision.interval.point, decision.interval.lower, decision.interval.upper
    crossing = decision.record.crossing
    return None if crossing is None else (crossing.point, crossing.lower, crossing.upper)


def _effect(readout: Readout) -> str:
    known = _interval(readout)
    within = f"within their first {readout.experiment.horizon_days:g} days"
    if known is None:
        return f"accounts with nudges reached first value at another speed {within}"
    point, lower, upper = known
    return (
        f"accounts with nudges reached first value {_ahead(point)} {within} ({_range(point, lower, upper)})"
    )


def _ahead(point: float) -> str:
    if names.days(point) == "0.0":
        return "neither sooner nor later"
    return f"{names.days(abs(point))} days {'sooner' if point > 0 else 'later'} on average"


def _range(point: float, lower: float, upper: float) -> str:
    """The bounds, read in the direction that the point has."""
    if lower >= 0 and names.days(point) != "0.0":
        return f"between {names.days(lower)} and {names.days(upper)}"
    if upper <= 0 and names.days(point) != "0.0":
        return f"between {names.days(-upper)} and {names.days(-lower)}"
    return f"anything from {names.days(-lower)} days later to {names.days(upper)} days sooner is possible"


def _at_most(readout: Readout) -> str:
    experiment = readout.experiment
    wanted = f"{experiment.min_delta_days:g} that would make them worth it"
    known = _interval(readout)
    within = f"within the first {experiment.horizon_days:g}"
    if known is None:
        return f"nudges save fewer days {within} than the {wanted}"
    return f"nudges save at most {names.days(max(known[2], 0.0))} days {within}, less than the {wanted}"


def _small(readout: Readout) -> str:
    """A benefit that is sure and still too small."""
    crossing = readout.decision.record.crossing
    if crossing is None or not crossing.is_benefit:
        return ""
    return f", surely some but less than the {readout.experiment.min_delta_days:g} days wanted"


def _enough(readout: Readout) -> str:
    return "" if _small(readout) else ", which is neither clearly good nor clearly bad"


def _goes_on(readout: Readout) -> str:
    plan, final = readout.planning, readout.experiment.final_readout_on
    if readout.cutoff.date() >= final:
        return "the final look is due as soon as it can be taken"
    if isinstance(plan, NotEstimable) or not plan.accounts_more:
        return f"wait for the final look on {names.day(final)}"
    return (
        f"about {names.accounts(plan.accounts_more)} more {'are' if plan.accounts_more != 1 else 'is'} "
        f"needed, and the final look is on {names.day(final)}"
    )


def _calm(readout: Readout) -> str:
    guardrails = readout.guardrails
    if not guardrails:
        return "no limit on annoyance was agreed"
    if any(one.floor is None for one in guardrails):
        return "no limit on annoyance is known to be crossed, though not all can be told yet"
    return "nobody was annoyed more than agreed, as far as we can tell"


def _harms(readout: Readout) -> str:
    told = [_harm(one) for one in readout.guardrails if one.is_crossed]
    return "; ".join(told) or _clauses(readout.decision.reasons)


def _harm(guardrail: Guardrail) -> str:
    """The excess within the steps of the roll-out: totals of a ramp cannot be compared."""
    excess, floor = guardrail.excess, guardrail.floor
    if not isinstance(excess, Estimate) or floor is None:
        return f"too many accounts {names.guardrail(guardrail.name)}"
    return (
        f"{excess.point * 100:.1f} percentage points more accounts {names.guardrail(guardrail.name)} with "
        f"nudges than without (at least {floor * 100:.1f}; agreed was at most {guardrail.margin * 100:g})"
    )


def _faults(readout: Readout) -> str:
    soundness = readout.soundness
    told = []
    alarms = [split for split in soundness.splits if split.is_alarm]
    if alarms:
        told.append(f"the arms did not come out as they were drawn{_worst(alarms)}")
    if soundness.mismatched:
        told.append(f"{names.accounts(soundness.mismatched)} stand in another arm than the one drawn")
    if soundness.contaminated:
        told.append(f"{names.accounts(soundness.contaminated)} that were to get no nudges got some")
    return "; ".join(told) or _clauses(soundness.faults or readout.decision.reasons)


def _worst(alarms: list[Split]) -> str:
    """The alarm over everybody, where there is one, with the numbers that make it one."""
    split = min(alarms, key=lambda one: (one.group != "", _p_value(one)))
    answer = split.answer
    if not isinstance(answer, SampleRatio) or TREATMENT not in answer.expected:
        return ""
    of_whom = f" of {split.group}" if split.group else ""
    return (
        f" ({answer.observed[TREATMENT]:,} of {sum(answer.observed.values()):,} accounts{of_whom} are with "
        f"nudges, where about {answer.expected[TREATMENT]:,.0f} were expected)"
    )


def _p_value(split: Split) -> float:
    return split.answer.p_value if isinstance(split.answer, SampleRatio) else 1.0


def _what_is_missing(readout: Readout) -> str:
    """The first of the least numbers per arm that is not there yet."""
    arms = {one.arm: one for one in readout.arms}
    horizon = f"{readout.experiment.horizon_days:g}"
    for least, numbers, told in (
        (LEAST_ACCOUNTS, {arm: one.accounts for arm, one in arms.items()}, "have signed up"),
        (
            LEAST_WATCHED,
            {arm: one.accounts_watched for arm, one in arms.items()},
            f"were watched to day {horizon}",
        ),
        (BURN_IN_EVENTS, {arm: one.reached for arm, one in arms.items()}, "have reached first value"),
    ):
        with_nudges, without = numbers.get(TREATMENT, 0), numbers.get(CONTROL, 0)
        if with_nudges == without == 0:
            return f"no accounts {told} yet, and it takes at least {least} with and {least} without nudges"
        if min(with_nudges, without) < least:
            return (
                f"only {names.accounts(with_nudges)} with nudges and {without:,} without {told} so far, and "
                f"it takes at least {least} of each"
            )
    return _clauses(readout.decision.reasons[:1]) or "too few accounts have been watched long enough"


def _come_back(readout: Readout) -> str:
    on = readout.readable_on
    return f"come back on about {names.day(on)}" if on else "come back in a week or two"


def _clauses(sentences: tuple[str, ...]) -> str:
    """Sentences as parts of one: without their stops, the first letter of a common word small."""
    told = (sentence.strip().rstrip(".") for sentence in sentences)
    return "; ".join(_small_first(sentence) for sentence in told if sentence)


def _small_first(sentence: str) -> str:
    word = sentence.split()[0]
    return sentence if word[1:].lower() != word[1:] or len(word) < 2 else sentence[0].lower() + sentence[1:]


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def interval_named(interval: Estimate | None, kind: IntervalKind | None) -> str:
    """Which interval decides now."""
    if interval is None or kind is None:
        return "No interval may decide now."
    told = "the final look" if kind is IntervalKind.FINAL else "the one that may be read on any day"
    return f"The interval that decides now is {told} ({interval.level * 100:g} %)."
