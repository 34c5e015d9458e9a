"""The reckoning of what a day costs."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks import estimate
from tests.benchmarks.estimate import (
    MINIMUM_BYTES,
    Volume,
    billed,
    credits_a_day,
    dollars_a_day,
    of_tick,
    partitions_of_raw,
    raw_bytes,
)
from tests.parsed_project import ParsedProject

SMALL, LARGE = Volume(10_000_000, 100_000), Volume(100_000_000_000, 1_000_000)


def test_every_table_of_every_statement_is_billed_ten_megabytes_at_least() -> None:
    assert billed(1.0, statements=4, tables=3) == 12 * MINIMUM_BYTES
    assert billed(1e12, statements=4, tables=3) == 1e12


def test_raw_bytes_follow_the_rows_of_a_day_and_not_of_the_year() -> None:
    day = LARGE.events_a_day
    counted, read, rechecked = (
        3 * day * 8,
        day * estimate.RAW_ROW,
        day * (estimate.RAW_ROW - estimate.TEXT_ID),
    )
    assert raw_bytes(LARGE) == pytest.approx(counted + read + rechecked)
    assert raw_bytes(LARGE, is_in_first_hour=True) == pytest.approx(raw_bytes(LARGE) + read + rechecked)


def test_a_tick_reads_no_more_raw_bytes_than_two_days_of_the_columns_that_it_names() -> None:
    assert partitions_of_raw(Volume(1_000_000_000, 1_000_000)) <= 2


def test_half_as_many_ticks_cost_half_and_those_of_the_first_hour_read_yesterday_as_well() -> None:
    ordinary, first = of_tick(SMALL), of_tick(SMALL, is_in_first_hour=True)
    assert dollars_a_day(SMALL, 5) == pytest.approx((276 * ordinary.total + 12 * first.total) / 2**40 * 6.25)
    assert dollars_a_day(SMALL, 10) == pytest.approx(dollars_a_day(SMALL, 5) / 2)


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


def test_who_reads_the_kept_events_is_who_the_estimate_counts(parsed_project: ParsedProject) -> None:
    models = {
        name: node
        for name, node in json.loads(parsed_project.manifest.read_text(encoding="utf-8"))["nodes"].items()
        if node["resource_type"] == "model" and "tick" in node["tags"] and "report" not in node["tags"]
    }
    reached = {"model.milestone_agent.int_events_kept"}
    stored: set[str] = set()
    while (
        readers := {
            name
            for name, node in models.items()
            if reached & set(node["depends_on"]["nodes"]) and name not in stored
        }
        - reached
    ):
        views = {name for name in readers if models[name]["config"]["materialized"] == "view"}
        stored |= readers - views
        reached |= views
    # Two only wait for it; one reads it where somebody joined an account without a sign-up date later.
    uncounted = {"int_event_names_kept", "int_slices_loaded", "int_accounts_resolved"}
    # Itself and the instant of the facts read what earlier ticks have left, which is no edge of the graph.
    counted = {*estimate.KEPT_READ_WHOLE, *estimate.KEPT_READ_BY_NAME} - {"int_events_kept", "int_as_of"}
    assert {models[name]["name"] for name in stored} == counted | uncounted
