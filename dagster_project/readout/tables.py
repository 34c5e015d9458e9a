"""The tables of a readout with every cell written out, for the page and the terminal alike.

Belongs here: which rows a table has and what stands in them. Does not belong here: how a table is laid out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dagster_project.readout import names
from experiments.readout import Readout
from experiments.result import Estimate, NotEstimable
from experiments.row import CONTROL, DIFFERENCE, TREATMENT, Basis, Row
from experiments.sample_ratio import SampleRatio
from experiments.soundness import Split


@dataclass(frozen=True)
class ArmLine:
    """An arm; `completers` is the average that never decides."""

    arm: str
    accounts: str
    reached: str
    not_arrived: str
    at_risk: str
    follow_up: str
    restricted_mean: str
    completers: str


@dataclass(frozen=True)
class MetricLine:
    """A metric in both arms and between them; `window` is the age in days up to which it counts. `why` says
    why there is no difference, or what to beware of.
    """

    what: str
    window: str
    treatment: str
    control: str
    difference: str
    interval: str
    kind: str
    p_value: str
    p_adjusted: str
    is_estimated: bool
    why: str


@dataclass(frozen=True)
class MetricTable:
    """The metrics of the same accounts: `of_whom` in words, `is_main` for all of them together."""

    of_whom: str
    is_main: bool
    lines: tuple[MetricLine, ...]


@dataclass(frozen=True)
class GuardrailLine:
    """A guardrail against its limit; `floor` is what the excess is at least, on any day. Counts are of all
    steps, the excess is compared within them.
    """

    name: str
    treatment: str
    control: str
    excess: str
    floor: str
    margin: str
    state: str
    why: str


@dataclass(frozen=True)
class CheckLine:
    """A check of the comparison: what was asked, what came out, and whether all is well."""

    what: str
    answer: str
    state: str


def arm_lines(readout: Readout) -> tuple[ArmLine, ...]:
    """One line per arm, with nudges first."""
    order = {TREATMENT: 0, CONTROL: 1}
    return tuple(
        ArmLine(
            arm=names.arm(one.arm),
            accounts=names.count(one.accounts),
            reached=names.count(one.reached),
            not_arrived=names.percent(one.share_censored) if one.accounts else names.NONE,
            at_risk=names.count(one.accounts_at_risk),
            follow_up=names.days(one.median_follow_up_days),
            restricted_mean=names.days(one.restricted_mean_days),
            completers=names.days(one.completers_mean_days),
        )
        for one in sorted(readout.arms, key=lambda one: order.get(one.arm, 2))
    )


def metric_tables(readout: Readout) -> tuple[MetricTable, ...]:
    """The pooled metrics of all accounts first, then those of other accounts, then the steps one by one."""
    groups: dict[tuple[Basis, int | None], list[Row]] = {}
    for row in _numbers(readout.rows):
        groups.setdefault((row.place.basis, row.place.epoch), []).append(row)
    bases = list(Basis)
    ordered = sorted(groups, key=lambda key: (key[1] is not None, key[1] or 0, bases.index(key[0])))
    return tuple(
        MetricTable(
            of_whom=names.BASES[basis] if epoch is None else f"step {epoch}: {names.BASES[basis]}",
            is_main=epoch is None and basis is Basis.ASSIGNED,
            lines=tuple(_metric_lines(groups[basis, epoch])),
        )
        for basis, epoch in ordered
    )


def _numbers(rows: tuple[Row, ...]) -> Iterator[Row]:
    """What is not told elsewhere: guardrails and splits have tables of their own. Of a single step only
    what is not among the numbers over all steps."""
    told = [row for row in rows if row.place.metric not in {*names.GUARDRAILS, "sample_ratio"}]
    is_ramp = len({row.place.epoch for row in rows} - {None}) > 1
    overall = {_of_what(row) for row in told if row.place.epoch is None}
    for row in told:
        if is_ramp or row.place.epoch is None:
            yield row
        elif _of_what(row) not in overall:
            yield replace(row, place=replace(row.place, epoch=None))


def _of_what(row: Row) -> tuple[str, float | None, Basis]:
    return row.place.metric, row.place.parameter_days, row.place.basis


def _metric_lines(rows: list[Row]) -> Iterator[MetricLine]:
    metrics: dict[tuple[str, float | None], list[Row]] = {}
    for row in rows:
        metrics.setdefault((row.place.metric, row.place.parameter_days), []).append(row)
    for those in metrics.values():
        arms = {row.place.arm: row for row in those if row.place.arm != DIFFERENCE}
        differences = [row for row in those if row.place.arm == DIFFERENCE]
        if not differences:
            yield _metric_line(those[0], arms, None)
        for row in differences:
            yield _metric_line(those[0], arms, row)


def _metric_line(named: Row, arms: dict[str, Row], row: Row | None) -> MetricLine:
    whys = [row] if row is not None else []
    whys += [one for one in arms.values() if one.explanation]
    told = dict.fromkeys(text for one in whys for text in _why(one))
    return MetricLine(
        what=names.metric(named.place),
        window=names.NONE if named.place.parameter_days is None else f"{named.place.parameter_days:g}",
        treatment=_of_arm(arms.get(TREATMENT)),
        control=_of_arm(arms.get(CONTROL)),
        difference=names.NONE if row is None else names.difference(row.point, row.place.unit),
        interval=names.NONE if row is None else names.between(row.lower, row.upper, row.place.unit),
        kind=_kind(row),
        p_value=names.probability(None if row is None else row.p_value),
        p_adjusted=names.probability(None if row is None else row.p_value_adjusted),
        is_estimated=row is None or row.reason is None,
        why="; ".join(told),
    )


def _of_arm(row: Row | None) -> str:
    return names.NONE if row is None else names.number(row.point, row.place.unit)


def _kind(row: Row | None) -> str:
    if row is None or row.level is None or row.lower is None:
        return ""
    kind = names.INTERVALS.get(row.interval_kind or "", row.interval_kind or "")
    return f"{row.level * 100:g} %, {kind}"


def _why(row: Row) -> Iterator[str]:
    if row.explanation:
        yield row.explanation
    elif row.reason:
        yield row.reason.replace("_", " ")
    for caveat in row.caveats:
        yield names.CAVEATS.get(caveat, caveat.replace("_", " "))


def guardrail_lines(readout: Readout) -> tuple[GuardrailLine, ...]:
    """One line per guardrail."""
    return tuple(
        GuardrailLine(
            name=names.guardrail(one.name),
            treatment=_share(one.treatment.events, one.treatment.accounts),
            control=_share(one.control.events, one.control.accounts),
            excess=_excess(one.excess),
            floor=names.NONE if one.floor is None else names.points(one.floor),
            margin=names.points(one.margin),
            state=_guardrail_state(one.is_crossed, one.floor),
            why=f"{one.excess.explanation}" if isinstance(one.excess, NotEstimable) else "",
        )
        for one in readout.guardrails
    )


def _share(events: int, accounts: int) -> str:
    told = f"{events:,} of {accounts:,}"
    return f"{told} ({names.percent(events / accounts)})" if accounts else told


def _excess(excess: Estimate | NotEstimable) -> str:
    if isinstance(excess, NotEstimable):
        return names.NONE
    return f"{names.points(excess.point)} ({names.between(excess.lower, excess.upper, 'share')})"


def _guardrail_state(is_crossed: bool, floor: float | None) -> str:
    if is_crossed:
        return "crossed"
    return "not crossed" if floor is not None else "cannot be told yet"


def check_lines(readout: Readout) -> tuple[CheckLine, ...]:
    """Whether the comparison is one at all."""
    soundness = readout.soundness
    counted = (
        ("accounts in another arm than the one drawn", soundness.mismatched),
        ("accounts without nudges that were sent one", soundness.contaminated),
    )
    return (
        *(_split_line(split) for split in soundness.splits if not split.group or split.is_alarm),
        *_groups_line(soundness.splits),
        *(CheckLine(what, names.count(number), "alarm" if number else "fine") for what, number in counted),
        CheckLine("accounts left out, both arms met in a merge", names.count(soundness.mixed), "noted"),
    )


def _groups_line(splits: Sequence[Split]) -> Iterator[CheckLine]:
    """Those groups in which nothing stands out, together."""
    calm = [split for split in splits if split.group and not split.is_alarm]
    if calm:
        told = f"{len(calm):,} by segment, plan and path: none stands out"
        yield CheckLine("split within groups of accounts", told, "fine")


def _split_line(split: Split) -> CheckLine:
    what = f"split of step {split.epoch}" + (f", {split.group}" if split.group else "")
    counts = ", ".join(
        f"{split.accounts[arm]:,} {names.arm(arm)}" for arm in sorted(split.accounts, reverse=True)
    )
    if not isinstance(split.answer, SampleRatio):
        return CheckLine(what, f"{counts}: {split.answer.explanation}", "cannot be told yet")
    expected = ", ".join(
        f"{split.answer.expected[arm]:,.0f}" for arm in sorted(split.answer.expected, reverse=True)
    )
    told = f"{counts} (expected {expected}; p {names.probability(split.answer.p_value)})"
    return CheckLine(what, told, "alarm" if split.is_alarm else "fine")


def parameters(readout: Readout) -> tuple[tuple[str, str], ...]:
    """The plan that was fixed before the start. The salt is nobody's business: it says who is in which
    arm."""
    experiment = readout.experiment
    shares = ", ".join(
        f"{names.percent(epoch.treatment_share)} from {names.day(epoch.starts_at)} on (step {epoch.number})"
        for epoch in readout.epochs
    )
    limits = ", ".join(
        f"{names.guardrail(name)} {names.margin(margin)}"
        for name, margin in sorted(experiment.guardrail_margins.items())
    )
    return (
        ("experiment", experiment.experiment_key),
        ("counted up to", f"day {experiment.horizon_days:g} after sign-up"),
        ("least that is worth it", f"{experiment.min_delta_days:g} days saved"),
        ("final look on", names.day(experiment.final_readout_on)),
        ("new accounts with nudges", shares or names.NONE),
        ("hold-out", names.percent(experiment.holdout_share)),
        ("limits", limits or "none agreed"),
        (
            "risk of a false alarm",
            f"{experiment.alpha_anytime * 100:g} % over all looks on any day, "
            f"{experiment.alpha_final * 100:g} % at the final look",
        ),
    )
