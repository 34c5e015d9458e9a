"""Short visits to BigQuery: what a query without rows tells, and tables that want a filter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dagster_project.clock import system_clock
from dagster_project.connection import Connection
from dagster_project.inputs import input_fingerprint, source_tables
from dagster_project.manifest import load_manifest
from dagster_project.settings import Settings
from dagster_project.should_tick import should_tick
from dagster_project.validation import require_valid
from dagster_project.warehouse import reading
from tests.engines.bigquery.needed import ENGINES
from tests.engines.bigquery.service import Service

pytestmark = ENGINES


@pytest.fixture
def settings(service: Service, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in service.environ.items():
        monkeypatch.setenv(name, value)
    return Settings.from_environment(service.environ)


@pytest.fixture
def connection(settings: Settings) -> Iterator[Connection]:
    with reading(settings) as opened:
        yield opened


def test_the_columns_of_no_rows_have_their_names(connection: Connection) -> None:
    found = connection.execute(
        "select account_id, account_name from crm.accounts where account_id = ?", ["-"]
    )

    assert [name for (name,) in found.description] == ["account_id", "account_name"]
    assert found.fetchall() == []
    assert found.fetchone() is None
    assert list(found.df().columns) == ["account_id", "account_name"]


def test_a_visit_reads_all_of_a_table_that_wants_a_filter(service: Service, settings: Settings) -> None:
    service.rows("create schema filtered")
    for kind, value in (
        ("by_timestamp", "timestamp '2026-01-05 00:00:00+00'"),
        ("by_date", "date '2026-01-05'"),
        ("by_datetime", "datetime '2026-01-05 00:00:00'"),
    ):
        part = "at_time" if kind == "by_date" else f"{kind.removeprefix('by_')}_trunc(at_time, month)"
        service.rows(
            f"create table filtered.{kind} partition by {part} options (require_partition_filter = true) "
            f"as select {value} as at_time, 'a' as k union all select null, 'b'"
        )
        with reading(settings) as connection:
            found = connection.execute(
                f"select count(*) as n, count(at_time) as m from {connection.whole('filtered', kind)} as t"
            )

        assert found.fetchall() == [(2, 1)]


def test_the_schedule_looks_at_raw_tables_that_want_a_filter(service: Service, settings: Settings) -> None:
    if service.stand_in is None:
        pytest.skip("raw tables of a project are not laid out anew")
    service.rows(
        "create or replace table segment.tracks partition by timestamp_trunc(uuid_ts, month) "
        "options (require_partition_filter = true) as select * from segment.tracks"
    )

    verdict = should_tick(
        settings, source_tables(load_manifest(settings)), runs_under_way=0, clock=system_clock
    )

    assert verdict.is_launching, verdict.why


def test_what_a_tick_looks_at_beforehand_reads_no_events(service: Service, settings: Settings) -> None:
    if service.stand_in is None:
        pytest.skip("a project tells what was read by its bill alone")
    before = len(list(service.stand_in.statements))

    require_valid(settings)

    asked = [each.sql for each in list(service.stand_in.statements)[before:]]
    assert any("crm.contacts" in sql for sql in asked)
    assert not [sql for sql in asked if "segment.tracks" in sql or "amplitude.events" in sql]


def test_whether_events_arrived_is_told_without_reading_any(service: Service, settings: Settings) -> None:
    if service.stand_in is None:
        pytest.skip("a project tells what was read by its bill alone")
    sources = source_tables(load_manifest(settings))
    before = len(list(service.stand_in.statements))
    with reading(settings) as connection:
        first = input_fingerprint(connection, settings, sources)
        again = input_fingerprint(connection, settings, sources)
    asked = [each.sql for each in list(service.stand_in.statements)[before:]]
    service.rows("insert into segment.tracks (id, uuid_ts) values ('just loaded', timestamp '2001-01-01')")
    with reading(settings) as connection:
        later = input_fingerprint(connection, settings, sources)
    service.rows("delete from segment.tracks where id = 'just loaded' and uuid_ts = timestamp '2001-01-01'")

    assert first == again
    assert later != first
    assert not [sql for sql in asked if "segment.tracks" in sql or "amplitude.events" in sql]
