"""Commands that are refused at the prompt, and how failures are told: locked files, instants to come."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import pytest
from dagster import DagsterInstance, job, op

from dagster_project.cli.tick import summary_lines
from dagster_project.cli.ui import _prepare_manifest
from dagster_project.errors import RunFailed
from dagster_project.session import TickOptions
from dagster_project.settings import Settings
from dagster_project.tick import TickResult, _why
from dagster_project.validation import warehouse
from dagster_project.validation.source_loads import first_load_after
from nudge_senders.counts import DeliveryCounts
from nudge_senders.errors import LedgerNotTrusted
from tests.validation.house import House
from tests.validation.test_attribution import AMPLITUDE


@contextmanager
def held_open(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Another process that keeps the warehouse, and how it is called."""
    monkeypatch.setattr(warehouse, "PATIENCE_SECONDS", 0.2)
    holding = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", holding, str(house.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder.pid
    finally:
        holder.communicate()


@pytest.mark.parametrize(
    "arguments",
    [("validate",), ("tick",), ("tick", "--dry-run"), ("ledger", "open"), ("ledger", "status")],
    ids=" ".join,
)
def test_a_locked_warehouse_is_called_locked_by_whom_and_not_an_invalid_configuration(
    house: House, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    before = house.fingerprint()

    with held_open(house, monkeypatch) as pid:
        result = house.run(*arguments)

    assert result.exit_code == 2, result.output
    assert f"the warehouse file is locked by process {pid}" in result.stderr
    assert "close the program that keeps it open" in result.stderr
    assert "onfiguration is not valid" not in result.output
    assert "Not valid" not in result.output
    assert house.fingerprint() == before


def test_a_tick_on_a_locked_warehouse_begins_with_that(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with held_open(house, monkeypatch):
        result = house.run("tick")

    assert "Refused: The warehouse is locked, so nothing was done.\n" in result.stderr


def test_an_invalid_policy_is_told_beside_a_locked_warehouse(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.replace("critical_path", "default,3,", "default,2,")

    with held_open(house, monkeypatch):
        result = house.run("tick")

    assert result.exit_code == 2
    assert "The configuration is not valid, so nothing was done." in result.stderr
    assert "milestone_order 2 is used twice" in result.stderr
    assert "the warehouse file is locked" in result.stderr


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--full-refresh", "--dry-run")], ids=" ".join)
@pytest.mark.parametrize("years", [1, 100])
def test_an_instant_of_the_future_is_refused_before_it_leaves_state_that_stops_the_schedule(
    house: House, options: tuple[str, ...], years: int
) -> None:
    later = datetime.now(tz=UTC) + timedelta(days=366 * years)
    before = house.fingerprint()

    result = house.run("tick", "--as-of", later.isoformat(), *options)

    assert result.exit_code == 2, result.output
    assert f"--as-of {later:%Y-%m-%dT%H:%M:%S}" in result.stderr
    assert "is later than now" in result.stderr
    assert "Take an instant that has passed" in result.stderr
    assert house.fingerprint() == before


@pytest.mark.parametrize("typed", ["yesterday", "2026-13-01", "2026-02-30T00:00:00Z", ""])
def test_an_instant_that_is_none_is_refused_with_the_form_to_write(house: House, typed: str) -> None:
    before = house.fingerprint()

    result = house.run("tick", "--as-of", typed)

    assert result.exit_code == 2, result.output
    assert "is not an instant; write it as 2026-01-31T09:30:00Z" in result.stderr
    assert house.fingerprint() == before


@pytest.mark.parametrize("typed", ["2026-01-05", "2026-01-05 00:00", "2026-01-05T02:00:00+02:00"])
def test_an_instant_that_has_passed_is_read_with_its_zone_or_as_utc(house: House, typed: str) -> None:
    house.sql(
        "create schema onboarding_intermediate; create table onboarding_intermediate.int_as_of as "
        "select 't1' as tick_id, timestamp '2026-01-10' as tick_at, timestamp '2026-01-10' as as_of"
    )

    result = house.run("tick", "--as-of", typed)

    assert result.exit_code == 2, result.output
    assert "which is later than 2026-01-05T00:00:00.000000Z. Add --full-refresh" in result.stderr


def test_a_file_that_is_no_warehouse_is_refused_by_what_prepares_it(house: House) -> None:
    house.warehouse.write_bytes(b"not a database " * 600)
    before = house.fingerprint()

    result = house.run("init")

    assert result.exit_code == 2, result.output
    assert "is not a DuckDB file; point MILESTONE_AGENT_DUCKDB_PATH at one" in result.stderr
    assert "Traceback" not in result.output
    assert house.fingerprint() == before


def why(error: Exception) -> str:
    """What a run that failed for `error` says."""

    @op
    def nudge_lease() -> None:
        raise error

    @job
    def failing() -> None:
        nudge_lease()

    with DagsterInstance.ephemeral() as instance:
        return _why(failing.execute_in_process(instance=instance, raise_on_error=False))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (LedgerNotTrusted("dev/live is not opened"), "dev/live is not opened"),
        (
            RunFailed("as_of runs backwards: 1 now, 2 in the last"),
            "as_of runs backwards: 1 now, 2 in the last",
        ),
        (LedgerNotTrusted(), "LedgerNotTrusted"),
        (KeyError("delay_hours"), "KeyError: 'delay_hours'"),
        (ValueError("a.b: c"), "ValueError: a.b: c"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_failed_step_is_told_without_its_key_and_without_the_path_of_a_class(
    error: Exception, told: str
) -> None:
    assert why(error) == told


def test_a_project_that_dbt_cannot_read_is_told_by_the_ui_without_the_path_of_a_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MILESTONE_AGENT_DBT_PROJECT", "/nowhere/dbt_project")

    with pytest.raises(RunFailed) as failed:
        _prepare_manifest()

    assert str(failed.value).startswith(
        "The dbt project could not be read:\nThere is no dbt project in /nowhere/dbt_project; set MILESTONE"
    )


@pytest.fixture
def settings(house: House) -> Settings:
    return Settings.from_environment(
        {"MILESTONE_AGENT_DUCKDB_PATH": str(house.warehouse)}, project_dir=house.project
    )


LOADED_AT = datetime(2026, 1, 1, 8, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "statements",
    [
        "",
        "alter table segment.tracks drop column received_at",
        "alter table segment.tracks alter uuid_ts type varchar",
        "alter table segment.tracks alter uuid_ts type timestamptz",
        AMPLITUDE,
        AMPLITUDE
        + "alter table amplitude.events alter loaded_at type bigint using epoch_us(loaded_at) // 1000000",
    ],
    ids=["timestamps", "no received_at", "text", "zoned", "amplitude", "unix seconds"],
)
def test_a_replay_of_a_time_before_anything_was_loaded_knows_when_the_first_event_came(
    house: House, settings: Settings, statements: str
) -> None:
    house.sql("set timezone = 'UTC';" + statements)

    assert first_load_after(settings, LOADED_AT - timedelta(seconds=1)) == LOADED_AT
    assert first_load_after(settings, LOADED_AT) is None


def test_milliseconds_of_mixpanel_are_a_time_of_loading(house: House, settings: Settings) -> None:
    house.sql(
        "create schema mixpanel; create table mixpanel.events as "
        'select event, "timestamp" as "time", user_id as distinct_id, '
        "epoch_ms(uuid_ts) as mp_processing_time_ms from segment.tracks; drop table segment.tracks"
    )

    assert first_load_after(settings, LOADED_AT - timedelta(seconds=1)) == LOADED_AT
    assert first_load_after(settings, LOADED_AT) is None


def test_a_replay_before_the_first_event_says_so_beside_its_zero(settings: Settings) -> None:
    instant = LOADED_AT - timedelta(days=30)
    result = TickResult("replay", instant, instant, (), 0, DeliveryCounts(), None, "run", 1.0)
    options = TickOptions(as_of=instant, dry_run=True)

    lines = summary_lines(settings, options, result, first_load=LOADED_AT)

    assert lines[0].endswith("0 nudges due:")
    assert "no event was loaded by then: the first was loaded at 2026-01-01T08:01:00.000000Z" in lines[1]
    assert "no event was loaded" not in "\n".join(summary_lines(settings, options, result))


def test_the_command_says_its_version(house: House) -> None:
    result = house.run("--version")

    assert result.exit_code == 0
    assert result.output == f"milestone-agent, version {version('onboarding-milestone-agent')}\n"
