"""Paths that cannot be, files that cannot be opened: a line with a remedy, exit code 2, nothing touched."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner

from dagster_project.cli.surroundings import RefusalsAreExitCodes
from dagster_project.errors import ConfigurationError, Refused, RunFailed
from dagster_project.settings import Settings
from dagster_project.validation import environment, warehouse
from dagster_project.validation.environment import check_warehouse_place
from nudge_senders.errors import LeaseLost, LedgerLocked, LedgerNotTrusted, LedgerUnreadable
from nudge_senders.ledger import backends
from nudge_senders.ledger.duckdb_files import is_locked, why_unreadable
from nudge_senders.ledger.duckdb_warehouse import DuckDBWarehouse
from tests.validation.house import House
from tests.validation.test_bad_warehouse import written_by_a_newer_duckdb

WAREHOUSE = "MILESTONE_AGENT_DUCKDB_PATH"
COMMANDS = [("validate",), ("tick",), ("init",), ("explain", "acme"), ("ledger", "status"), ("ui",)]


def refused(house: House, *arguments: str) -> str:
    before = house.fingerprint()
    result = house.run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert house.fingerprint() == before
    return result.stderr


# -- where the environment points


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("~nosuchuser/x.duckdb", "there is no such user; write the whole path"),
        (
            "/tmp/" + "a" * 300 + ".duckdb",
            "which cannot be looked at (File name too long); give another path",
        ),
        ("/etc/passwd/x.duckdb", "but /etc/passwd is a file and no folder; give another"),
        ("/etc/passwd/a/b/x.duckdb", "but /etc/passwd is a file and no folder; give another"),
    ],
    ids=["no such user", "a long name", "below a file", "far below a file"],
)
def test_a_warehouse_that_cannot_be_where_it_is_said_to_be_is_refused(
    house: House, command: tuple[str, ...], path: str, told: str
) -> None:
    house.environ = {WAREHOUSE: path}

    text = refused(house, *command)

    assert text.startswith(f"Refused: {WAREHOUSE} is ")
    assert told in text
    assert len(text.splitlines()) == 1
    assert len(text) < 300


@pytest.mark.parametrize("path", ["~nosuchuser/dbt", "x" * 300])
def test_a_project_that_cannot_be_where_it_is_said_to_be_is_refused(house: House, path: str) -> None:
    house.environ = {"MILESTONE_AGENT_DBT_PROJECT": path}

    assert refused(house, "validate").startswith("Refused: MILESTONE_AGENT_DBT_PROJECT is ")


def test_a_folder_that_may_not_be_looked_into_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", denied)

    with pytest.raises(ConfigurationError, match=r"cannot be looked at \(Permission denied\); .* its folder"):
        Settings.from_environment({WAREHOUSE: "/srv/closed/x.duckdb"})


def test_everything_wrong_in_the_environment_is_told_at_once(house: House) -> None:
    house.environ = {
        "MILESTONE_AGENT_TARGET": "postgres",
        "MILESTONE_AGENT_ENV": "staging",
        "MILESTONE_AGENT_SCHEMA_PREFIX": "Me-",
        WAREHOUSE: "~nosuchuser/x.duckdb",
        "MILESTONE_AGENT_DBT_PROJECT": "~nosuchuser/dbt",
    }

    told = refused(house, "validate")

    assert len(told.splitlines()) == 5
    for variable in house.environ:
        assert told.count(f"{variable} is ") == 1


@pytest.mark.parametrize(
    "name", ["onboarding_staging.duckdb", "onboarding.v2.duckdb", "ONBOARDING_SEEDS.db", "crm"]
)
def test_a_file_named_like_a_schema_of_ours_is_refused(house: House, name: str) -> None:
    house.environ = {WAREHOUSE: str(house.warehouse.with_name(name))}

    told = refused(house, "validate")

    assert f"names the file {name}, but {name.split('.')[0]} is also a schema in it" in told
    assert "rename the file, for example to warehouse.duckdb" in told


def test_a_prefix_is_part_of_the_schema_that_a_file_may_not_be_named_like() -> None:
    environ = {"MILESTONE_AGENT_SCHEMA_PREFIX": "kim_", WAREHOUSE: "house/kim_onboarding.duckdb"}

    with pytest.raises(ConfigurationError, match="kim_onboarding is also a schema"):
        Settings.from_environment(environ)
    Settings.from_environment({WAREHOUSE: "house/kim_onboarding.duckdb"})


def test_a_file_named_like_a_schema_of_the_project_is_refused(house: House) -> None:
    house.sql("create schema sales; create table sales.accounts as from crm.accounts")
    house.replace_in_project("crm_schema: crm", "crm_schema: sales")
    assert house.run("validate").exit_code == 0
    named = house.warehouse.rename(house.warehouse.with_name("Sales.duckdb"))
    house.environ = {WAREHOUSE: str(named)}

    told = refused(house, "validate")

    assert f"{named}: {WAREHOUSE} names the file Sales.duckdb, but Sales is also a schema in it" in told
    assert "rename the file" in told


@pytest.mark.parametrize("name", ["my co's.duckdb", 'my "co".duckdb'])
def test_a_file_with_a_quote_in_its_name_is_refused(house: House, name: str) -> None:
    house.environ = {WAREHOUSE: str(house.warehouse.with_name(name))}

    assert "a quote in the name ends up in SQL; rename the file" in refused(house, "validate")


def test_a_cloud_target_is_called_what_it_is_and_no_duckdb_file_is_named(house: House) -> None:
    house.environ = {"MILESTONE_AGENT_TARGET": "snowflake", "MILESTONE_AGENT_SCHEMA_PREFIX": "me_"}

    result = house.run("validate")

    assert result.exit_code == 2, result.output
    assert "MILESTONE_AGENT_SNOWFLAKE_ACCOUNT" in result.output
    assert ".duckdb" not in result.output
    for command in ("tick", "init"):
        assert "MILESTONE_AGENT_SNOWFLAKE_ACCOUNT" in refused(house, command)


# -- permissions: tests may run as root, whom none stops, so what the system would answer is said here


def not_for_us(monkeypatch: pytest.MonkeyPatch, forbidden: Path, modes: int) -> None:
    def access(path: str | Path, mode: int) -> bool:
        return not (Path(path) == forbidden and mode & modes)

    monkeypatch.setattr(environment.os, "access", access)


@pytest.mark.parametrize("command", [("validate",), ("tick",), ("init",), ("ledger", "open")], ids=" ".join)
def test_a_warehouse_that_may_only_be_read_is_refused_before_anything_is_built(
    house: House, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    house.environ = {"MILESTONE_AGENT_LIVE": "1"} if command[-1] == "open" else {}
    not_for_us(monkeypatch, house.warehouse, os.W_OK)

    told = refused(house, *command)

    assert f"{house.warehouse}: the warehouse file may be read but not written by this user" in told
    assert f"change its permissions, or point {WAREHOUSE} at a copy" in told


@pytest.mark.parametrize("command", [("validate",), ("tick",), ("init",), ("ui",)], ids=" ".join)
def test_a_folder_that_may_not_be_written_is_refused_before_anything_is_built(
    house: House, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    not_for_us(monkeypatch, house.warehouse.parent, os.W_OK)

    told = refused(house, *command)

    assert f"{house.warehouse.parent}: the folder of the warehouse may not be written by this user" in told
    assert "change its permissions, or point" in told


def test_a_folder_that_is_still_to_be_made_is_judged_by_the_one_it_comes_to_lie_in(tmp_path: Path) -> None:
    settings = Settings.from_environment({WAREHOUSE: str(tmp_path / "a" / "b" / "warehouse.duckdb")})

    assert list(check_warehouse_place(settings)) == []


# -- files that are no warehouse


def spoil(house: House, how: str) -> None:
    content = house.warehouse.read_bytes()
    if how == "no DuckDB file":
        house.warehouse.write_bytes(b"hello world\n" * 1000)
    elif how == "empty":
        house.warehouse.write_bytes(b"")
    elif how == "half a file":
        house.warehouse.write_bytes(content[:6_000])
    elif how == "damaged":
        damaged = bytearray(content)
        damaged[12_288::97] = bytes(byte ^ 255 for byte in damaged[12_288::97])
        house.warehouse.write_bytes(damaged)
    else:
        written_by_a_newer_duckdb(house.warehouse)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("no DuckDB file", f"is not a DuckDB file; point {WAREHOUSE} at one"),
        ("empty", f"is not a DuckDB file; point {WAREHOUSE} at one"),
        ("half a file", "restore it from a backup"),
        ("damaged", "restore it from a backup"),
        ("newer", "install that version of the duckdb package"),
    ],
)
@pytest.mark.parametrize(
    "command", [("validate",), ("tick",), ("init",), ("ledger", "open"), ("explain", "acme")], ids=" ".join
)
def test_a_file_that_is_no_warehouse_is_refused_by_every_command(
    house: House, command: tuple[str, ...], how: str, told: str
) -> None:
    house.environ = {"MILESTONE_AGENT_LIVE": "1"} if command[-1] == "open" else {}
    spoil(house, how)

    text = refused(house, *command)

    assert f"{house.warehouse}: " in text
    assert told in text
    assert "locked" not in text


def test_a_block_in_a_damaged_file_is_no_lock(tmp_path: Path) -> None:
    damaged = duckdb.IOException(
        "IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2 in block at "
        "location 12288"
    )
    held = duckdb.IOException(
        'IO Error: Could not set lock on file "x": Conflicting lock is held in a (PID 7)'
    )

    assert not is_locked(damaged)
    assert "restore it from a backup" in why_unreadable(tmp_path / "x.duckdb", damaged)
    assert is_locked(held)


@contextmanager
def kept_open(house: House, *, read_only: bool) -> Iterator[int]:
    """Another process with the warehouse open, and how it is called."""
    holding = (
        f"import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only={read_only}); c.execute('select 1');"
        "print('held', flush=True); sys.stdin.read()"
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


@pytest.mark.parametrize("read_only", [True, False], ids=["by a reader", "by a writer"])
@pytest.mark.parametrize("command", [("init",), ("tick",)], ids=" ".join)
def test_a_warehouse_that_another_process_keeps_open_is_refused_with_its_number(
    house: House, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], read_only: bool
) -> None:
    monkeypatch.setattr(
        backends, "DuckDBWarehouse", lambda path, **ignored: DuckDBWarehouse(path, patience_seconds=0.3)
    )
    monkeypatch.setattr(warehouse, "PATIENCE_SECONDS", 0.3)

    with kept_open(house, read_only=read_only) as pid:
        told = refused(house, *command)

    assert f"{house.warehouse}: the warehouse file is locked by process {pid}" in told
    assert "close the program that keeps it open" in told


# -- how errors end a command


def ending(error: Exception) -> tuple[int, str]:
    @click.group(cls=RefusalsAreExitCodes)
    def commands() -> None:
        pass

    @commands.command()
    def command() -> None:
        raise error

    result = CliRunner().invoke(commands, ["command"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (Refused("no"), 2, "Refused: no\n"),
        (RunFailed("broke"), 1, "Failed: broke\n"),
        (LedgerLocked("held"), 2, "Refused: held\n"),
        (LedgerUnreadable("damaged"), 2, "Refused: damaged\n"),
        (LedgerNotTrusted("another"), 2, "Refused: another\n"),
        (LeaseLost("gone"), 1, "Failed: gone\n"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/srv/x"),
            2,
            "Refused: /srv/x cannot be used (Permission denied); change its permissions",
        ),
        (FileExistsError(errno.EEXIST, "File exists", "/etc/passwd"), 2, "/etc/passwd cannot be used"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/etc/passwd"), 2, "give another path"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "aaa"), 2, "give a shorter name"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "Failed: No space left on device; see to it"),
        (
            duckdb.IOException('IO Error: Cannot open file "/srv/x.building": Permission denied\nand more'),
            2,
            'Refused: the warehouse cannot be opened (IO Error: Cannot open file "/srv/x.building"',
        ),
        (duckdb.CatalogException("Catalog Error: no such table\nLINE 1"), 1, "Failed: the warehouse gave up"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_people_can_mend_ends_a_command_with_one_line(error: Exception, code: int, told: str) -> None:
    exit_code, text = ending(error)

    assert exit_code == code
    assert told in text
    assert len(text.splitlines()) == 1


def test_a_fault_of_the_program_shows_its_traceback() -> None:
    with pytest.raises(AssertionError):
        ending(ZeroDivisionError())


@pytest.mark.parametrize("typed", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_an_instant_outside_of_the_calendar_is_refused(house: House, typed: str) -> None:
    told = refused(house, "tick", "--as-of", typed)

    assert f"'{typed}' lies outside of the years 1 to 9999 in UTC" in told
