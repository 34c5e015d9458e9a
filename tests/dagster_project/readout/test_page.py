"""The page and the terminal tell the same, verdict first, and the page needs nothing but itself."""

import re
from dataclasses import replace
from datetime import timedelta
from html import escape
from html.parser import HTMLParser

import pytest

from dagster_project.readout.page import PastDecision, page
from dagster_project.readout.tables import metric_tables
from dagster_project.readout.text import readout_text
from dagster_project.readout.words import verdict
from experiments.decision import Status
from experiments.readout import Readout
from tests.dagster_project.readout import built

KEY = "<b>bold</b> & long " + "key" * 40
ROLL_OUT = built.readout(Status.ROLL_OUT, built.interval(4.1, 1.2, 7.0), key=KEY)
READOUTS = {
    "roll_out": ROLL_OUT,
    "too_early": built.young(ROLL_OUT),
    "invalid": built.unsound(ROLL_OUT),
    "empty": built.empty(ROLL_OUT),
}
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Reader(HTMLParser):
    """Notes tags that do not match, ids, and what can be read."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.told: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.told.append(data)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: page(readout) for name, readout in READOUTS.items()}


@pytest.mark.parametrize("name", READOUTS)
def test_the_page_is_well_formed_and_stands_alone(pages: dict[str, str], name: str) -> None:
    reader = Reader()
    reader.feed(pages[name])
    assert reader.wrong == [] and reader.open == []
    assert len(reader.ids) == len(set(reader.ids)), "the ids of the pictures do not clash"
    links = re.findall(r"[a-z]+://[^\s\"'<]+", pages[name])
    assert set(links) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "<script" not in pages[name] and "<link" not in pages[name] and "@import" not in pages[name]


@pytest.mark.parametrize("name", READOUTS)
def test_no_missing_value_is_printed_as_a_word_of_the_machine(pages: dict[str, str], name: str) -> None:
    reader = Reader()
    reader.feed(pages[name])
    assert not re.search(r"\b(nan|NaN|None|inf|Estimate|NotEstimable)\b", " ".join(reader.told))


@pytest.mark.parametrize("name", READOUTS)
def test_the_verdict_comes_first_then_the_picture_then_the_table(pages: dict[str, str], name: str) -> None:
    told = pages[name].index(escape(verdict(READOUTS[name])))
    assert told < pages[name].index("<svg") < pages[name].index("<table")
    assert pages[name].count("<svg") == 4


def test_a_key_is_escaped_and_the_salt_is_not_shown(pages: dict[str, str]) -> None:
    for text in pages.values():
        assert "<b>" not in text and "&lt;b&gt;bold" in text
        assert built.experiment().salt not in text
    assert built.experiment().salt not in readout_text(ROLL_OUT)


def test_the_average_of_completers_is_called_biased_and_stands_beside_what_it_misses(
    pages: dict[str, str],
) -> None:
    row = re.search(r'<th scope="row">with nudges</th>.*?</tr>', pages["roll_out"], re.DOTALL)
    assert row is not None
    assert re.search(r'class="grey">16\.2<small>24 % not in it', row[0])
    assert "biased, never decides" in pages["roll_out"]


def test_a_number_that_is_missing_gives_its_reason(pages: dict[str, str]) -> None:
    assert "No number: fewer than half of the accounts of treatment have arrived" in pages["roll_out"]


def test_numbers_of_arms_that_cannot_be_compared_carry_a_warning(pages: dict[str, str]) -> None:
    assert "they say nothing about nudges" in pages["invalid"]
    assert "they say nothing about nudges" not in pages["roll_out"]
    assert "say nothing about nudges" in readout_text(READOUTS["invalid"])


def test_the_same_readout_gives_the_same_bytes(pages: dict[str, str]) -> None:
    assert page(READOUTS["roll_out"]) == pages["roll_out"]


def test_the_history_tells_changes_only() -> None:
    past = [
        PastDecision(built.STARTS_AT + timedelta(days=day), status)
        for day, status in ((70, Status.RUNNING), (1, Status.TOO_EARLY), (2, Status.TOO_EARLY))
    ]
    told = page(READOUTS["empty"], past_decisions=past)
    assert re.findall(r"<li>(2026-\d\d-\d\d): ([^<\n]+)", told) == [
        ("2026-03-03", "Too early"),
        ("2026-05-11", "Still open"),
    ]


@pytest.mark.parametrize("name", READOUTS)
def test_the_terminal_is_told_the_same_in_a_hundred_columns(name: str) -> None:
    readout: Readout = READOUTS[name]
    lines = readout_text(readout).splitlines()
    assert max(len(line) for line in lines) <= 100
    told = " ".join(" ".join(lines).split())
    assert told.index(verdict(readout)) < told.index("Arms") < told.index("Plan")
    assert not re.search(r"\b(nan|None|inf)\b", told)


def test_a_failed_statistic_is_named_on_page_and_terminal() -> None:
    failed = replace(READOUTS["empty"], failures=("log_rank: singular matrix",))
    assert "log_rank: singular matrix" in page(failed)
    assert "log_rank: singular matrix" in readout_text(failed)


def test_of_a_single_step_nothing_is_told_twice() -> None:
    (main,) = [one for one in metric_tables(built.readout()) if one.is_main]
    (exposed,) = [one for one in metric_tables(built.readout()) if not one.is_main]

    assert len({(line.what, line.window, line.kind) for line in main.lines}) == len(main.lines)
    assert "stuck" in exposed.of_whom
