"""A readout on a terminal of 100 columns: the same words and cells as on the page, without its pictures.

Belongs here: the layout in text. Does not belong here: the words, the cells of the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagster_project.readout import names, tables, words
from dagster_project.text_layout import in_sections, instant, labelled, paragraph, printable, table
from experiments.decision import Status
from experiments.readout import Readout

_LABEL = 26
_USUAL = f"95 %, {names.INTERVALS['fixed']}"


def readout_text(readout: Readout) -> str:
    """The whole answer, verdict first."""
    sections = (
        ("", _head(readout)),
        ("Why", _items(readout.decision.reasons)),
        ("When", _when(readout)),
        ("Arms", _arms(readout)),
        *_metrics(readout),
        ("Is the comparison sound", _checks(readout)),
        ("Do nudges annoy", _guardrails(readout)),
        ("Plan", _plan(readout)),
    )
    return in_sections(sections)


def _head(readout: Readout) -> Iterator[str]:
    status = names.STATUSES[readout.decision.status].upper()
    yield from _wrapped(f"{status}  {readout.experiment.experiment_key}", indent=0)
    yield from _wrapped(words.verdict(readout), indent=0)


def _when(readout: Readout) -> Iterator[str]:
    yield from _fact("data up to", instant(readout.cutoff))
    yield from _fact("looks so far", names.count(readout.decision.record.looks))
    decision = readout.decision
    yield from _fact("interval", words.interval_named(decision.interval, decision.kind))
    yield from _fact("next", words.next_step(readout))


def _arms(readout: Readout) -> Iterator[str]:
    horizon = f"{readout.experiment.horizon_days:g}"
    rows = [
        (line.arm, line.accounts, line.reached, line.not_arrived, line.restricted_mean, line.completers)
        for line in tables.arm_lines(readout)
    ]
    if not rows:
        yield "  none"
        return
    yield from table(
        ("arm", "accounts", "reached", "not arrived", f"days, up to {horizon}", "average of arrived (*)"),
        rows,
    )
    yield "  (*) biased, never decides"


def _metrics(readout: Readout) -> Iterator[tuple[str, Iterable[str]]]:
    told = tables.metric_tables(readout)
    if readout.decision.status is Status.INVALID:
        yield "Not comparable", ["  The numbers below say nothing about nudges."]
    for one in told:
        title = "Numbers" if one.is_main else f"Numbers, {one.of_whom}"
        yield title, _metric_table(one)
    if not any(one.is_main for one in told):
        yield "Numbers", ["  none to compare yet"]
    if readout.failures:
        yield "Could not be computed", _items(readout.failures)


def _metric_table(one: tables.MetricTable) -> Iterator[str]:
    yield from table(
        ("metric", "to day", "with", "without", "difference", "interval", "p", "p adjusted"),
        [
            (
                line.what,
                line.window,
                line.treatment,
                line.control,
                line.difference,
                line.interval,
                line.p_value,
                line.p_adjusted,
            )
            for line in one.lines
        ],
    )
    if any(line.kind == _USUAL for line in one.lines):
        yield f"    intervals are {_USUAL}, if nothing else is said"
    for line in one.lines:
        kind = f"interval {line.kind}" if line.kind and line.kind != _USUAL else ""
        notes = [note for note in (kind, line.why) if note]
        if notes:
            named = line.what if line.window == names.NONE else f"{line.what} (to day {line.window})"
            yield from _wrapped(f"{named}: {'; '.join(notes)}", indent=4)


def _checks(readout: Readout) -> Iterator[str]:
    for line in tables.check_lines(readout):
        yield from _wrapped(f"{line.state}: {line.what}: {line.answer}")


def _guardrails(readout: Readout) -> Iterator[str]:
    lines = tables.guardrail_lines(readout)
    if not lines:
        yield "  no limit was agreed"
        return
    yield from table(
        ("more often?", "with", "without", "points", "at least", "limit", "state"),
        [
            (line.name, line.treatment, line.control, line.excess, line.floor, line.margin, line.state)
            for line in lines
        ],
    )
    for line in lines:
        if line.why:
            yield from _wrapped(f"{line.name}: {line.why}", indent=4)


def _plan(readout: Readout) -> Iterator[str]:
    yield from _items(words.outlook(readout))
    for name, value in tables.parameters(readout):
        yield from _fact(name, value)


def _items(sentences: Iterable[str]) -> Iterator[str]:
    told = False
    for sentence in sentences:
        told = True
        yield from _wrapped(sentence)
    if not told:
        yield "  nothing more"


def _fact(label: str, value: str) -> list[str]:
    return labelled(label, value, label_width=_LABEL)


def _wrapped(text: str, *, indent: int = 2) -> list[str]:
    return paragraph(printable(text), indent=indent)
