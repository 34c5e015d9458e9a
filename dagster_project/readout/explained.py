"""How a readout is to be understood: answers to the questions that come up, captions, a glossary.

Belongs here: what is the same for every result. Does not belong here: what this one came to (`words`).
"""

from __future__ import annotations

from dataclasses import dataclass

from dagster_project.readout import names
from experiments.readout import Readout


@dataclass(frozen=True)
class Explanation:
    """A question that a reader has, and its answer."""

    title: str
    text: str


def explanations(readout: Readout) -> tuple[Explanation, ...]:
    """How the result is to be understood, in the order in which questions come up."""
    experiment = readout.experiment
    horizon = f"{experiment.horizon_days:g}"
    final = names.day(experiment.final_readout_on)
    wide = f"{(1 - experiment.alpha_anytime) * 100:g} %"
    narrow = f"{(1 - experiment.alpha_final) * 100:g} %"
    return (
        Explanation(
            f'What "days saved within the first {horizon}" means',
            f"For every account we count the days from sign-up to first value, and stop counting at day "
            f"{horizon}: who arrives on day 10 counts 10, who has not arrived by then counts {horizon}. Days "
            f"saved is the average without nudges less the average with nudges. An account that arrives a "
            f"week sooner saves 7 days; one that would have arrived long after day {horizon}, and still "
            f"does, saves none.",
        ),
        Explanation(
            "Why accounts that have not arrived yet are counted",
            "An account that signed up last week and has not arrived is neither a success nor a failure: it "
            "is waiting, and all we know is that it takes longer than a week. It counts as waiting for as "
            "long as we have watched it, and not at all after that. Leaving it out would keep only the fast "
            "ones, and both arms would look better than they are, by different amounts. (Statisticians call "
            "such accounts censored, and the curves Kaplan-Meier curves.)",
        ),
        Explanation(
            "Why the number may be looked at on any day",
            f"Whoever looks every day at a usual interval and stops when it looks good will sooner or later "
            f"be fooled by chance. The interval shown while the experiment runs is wider than usual, so "
            f"that it stays right ({wide}) over all looks together. Once, on {final}, which was fixed "
            f"before the start, there is a final look with a narrower interval ({narrow}). These two may "
            f"decide, and no other number on this page.",
        ),
        Explanation(
            "Why the average of those who arrived never decides",
            "It is shown because everybody asks for it. It knows only the accounts that have arrived, which "
            "in a young experiment are the fast ones, so it starts far too low and rises for months. And if "
            "nudges help slow accounts to arrive at all, they join the average and make nudges look bad. The "
            "more accounts there are, the surer it is of the wrong number.",
        ),
        Explanation(
            "What the check of the split is",
            "Chance decided which account gets nudges, in shares fixed before. If the arms come out "
            "in other shares than chance can explain (fewer than 1 in 1,000), accounts got lost on the way "
            "or were counted twice, and the arms are no longer alike. Then no difference between them says "
            "anything about nudges.",
        ),
    )


def captions(readout: Readout) -> dict[str, str]:
    """What stands under each picture, by its name."""
    horizon = f"{readout.experiment.horizon_days:g}"
    return {
        "activation": (
            "Each line climbs when an account reaches first value. The higher line is the better one; the "
            f"space between the lines up to day {horizon} is the days saved. The numbers below are the "
            "accounts that were that old and still waiting: where few are left, the line is a guess."
        ),
        "days_saved": (
            "Above 0, nudges help. The band is the interval that may be read on any day, and the bar is the "
            "one that decides now. An answer is clear when the bar lies on one side of 0. Past days are "
            "worked out again from what is known today."
        ),
        "guardrails": (
            "Right of 0, it happens more often with nudges. A limit counts as crossed only when we are sure "
            "of it: when the whole bar is to the right of the red line. The bars may be read on any day."
        ),
        "growth": "Thin lines: accounts that signed up. Thick lines: those that arrived, at first value.",
    }


def glossary(readout: Readout) -> tuple[Explanation, ...]:
    """Words that the page cannot do without."""
    return (
        Explanation("account", "a customer company; people at it are not counted one by one"),
        Explanation("first value", "the last step of onboarding is done"),
        Explanation(
            "with nudges, without nudges",
            "the two arms (treatment and control). Chance decides once, at sign-up, and it stays. Every "
            "account counts in its arm, whether or not it ever needed a nudge",
        ),
        Explanation(
            "interval",
            "the range of true values that the data do not speak against; the wider, the less known",
        ),
        Explanation(
            "at risk",
            "watched up to that age and not arrived before it; these are the accounts that can tell",
        ),
        Explanation("limit (guardrail)", "what must not happen more often with nudges, and by how much"),
        Explanation(
            "p",
            "how often chance alone would show at least such a difference; adjusted where several are asked",
        ),
        Explanation(
            "step (epoch)",
            "a time in which the share of accounts with nudges stayed the same; arms are compared within it",
        ),
        Explanation("hold-out", "accounts that stay without nudges even after the roll-out"),
    )
