"""The reckoning of what a day costs."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks import estimate
from tests.benchmarks.estimate import MINIMUM_BYTES, Volume, billed, credits_a_day, dollars_a_day, of_tick
from tests.parsed_project import ParsedProject

SMALL, LARGE = Volume(10_000_000, 100_000), Volume(100_000_000_000, 1_000_000)


def test_every_table_of_every_statement_is_billed_ten_megabytes_at_least() -> None:
    assert billed(1.0, statements=4, tables=3) == 12 * MINIMUM_BYTES
    assert billed(1e12, statements=4, tables=3) == 1e12


def test_raw_bytes_follow_the_rows_of_a_day_and_not_of_the_year() -> None:
    row = estimate.RAW_ROW
    read = 2 * LARGE.events_a_day * row
    counted, rechecked = 3 * LARGE.events_a_day * 8, 3 * LARGE.events_a_day * (row - estimate.TEXT_ID)
    assert of_tick(LARGE).raw == pytest.approx(read + counted + rechecked)
    assert of_tick(LARGE).raw < LARGE.events_a_year * row / 50


def test_half_as_many_ticks_cost_half() -> None:
    tick = of_tick(SMALL)
    assert dollars_a_day(tick, 10) == pytest.approx(dollars_a_day(tick, 5) / 2)
    assert dollars_a_day(tick, 5) == pytest.approx(tick.total * 288 / 2**40 * 6.25)


def test_a_short_tick_is_billed_a_minute_and_no_warehouse_more_than_the_whole_day() -> None:
    assert credits_a_day(5, seconds=1) == pytest.approx(288 / 60)
    assert credits_a_day(5, seconds=10_000) == pytest.approx(24)


def test_the_statements_reckoned_are_those_of_the_project(parsed_project: ParsedProject) -> None:
    nodes = json.loads(parsed_project.manifest.read_text(encoding="utf-8"))["nodes"].values()
    stored = [
        node["name"]
        for node in nodes
        if node["resource_type"] == "model"
        and "tick" in node["tags"]
        and "report" not in node["tags"]
        and node["config"]["materialized"] != "view"
    ]
    of_state = [name for name in stored if name.startswith("int_")]
    guards = [node for node in nodes if node["resource_type"] == "test" and "guard" in node["tags"]]
    assert (len(of_state), len(stored) - len(of_state)) == (estimate.STATE[0], estimate.MARTS[0])
    assert len(guards) == estimate.TESTS[0]
