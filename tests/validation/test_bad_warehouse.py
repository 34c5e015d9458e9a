"""Warehouse files that cannot be read, environments that cannot be, seeds that contradict the ledger."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.validation import destination_rules, warehouse
from nudge_senders.destination import CheckAnswer
from nudge_senders.registry import KNOWN_DESTINATIONS, settings_of
from nudge_senders.settings import SenderSettings
from tests.validation.house import House


def refused(house: House, *arguments: str) -> str:
    """What a refused command printed, after making sure that it touched nothing."""
    before = house.fingerprint()
    result = house.run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert house.fingerprint() == before
    return result.stderr


def written_by_a_newer_duckdb(path: Path) -> None:
    """Raise the storage version in the file's headers, checksums mended as DuckDB itself computes them."""
    content = bytearray(path.read_bytes())
    struct.pack_into("<Q", content, 12, 9_999)
    path.write_bytes(content)
    with pytest.raises(duckdb.Error) as error:
        duckdb.connect(str(path), read_only=True)
    computed = re.search(r"computed checksum (\d+) does not match", str(error.value))
    if computed is not None:
        struct.pack_into("<Q", content, 0, int(computed[1]))
        path.write_bytes(content)


def test_a_missing_warehouse_is_refused_and_not_made(house: House) -> None:
    house.warehouse.unlink()

    told = refused(house, "validate")

    assert str(house.warehouse) in told
    assert "milestone-agent demo" in told


def test_a_folder_as_warehouse_is_refused(house: House) -> None:
    house.warehouse.unlink()
    house.warehouse.mkdir()

    told = refused(house, "validate")

    assert "MILESTONE_AGENT_DUCKDB_PATH" in told
    assert "folder" in told


@pytest.mark.parametrize("content", [b"", b"not a database " * 600], ids=["empty", "text"])
def test_a_file_of_another_kind_is_refused(house: House, content: bytes) -> None:
    house.warehouse.write_bytes(content)

    told = refused(house, "validate")

    assert "is not a DuckDB file; point MILESTONE_AGENT_DUCKDB_PATH at one" in told


def test_half_a_file_is_refused(house: House) -> None:
    house.warehouse.write_bytes(house.warehouse.read_bytes()[:6_000])

    assert "restore it from a backup" in refused(house, "validate")


def test_a_file_of_a_newer_duckdb_is_refused_with_the_version_to_install(house: House) -> None:
    written_by_a_newer_duckdb(house.warehouse)

    told = refused(house, "validate")

    assert "was written by a newer DuckDB" in told
    assert "install that version of the duckdb package" in told


def test_a_locked_file_is_refused_with_the_process_that_holds_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse, "PATIENCE_SECONDS", 0.3)
    holding = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", holding, str(house.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        told = refused(house, "validate")
    finally:
        holder.communicate()
    assert f"locked by process {holder.pid}" in told
    assert "wait until it ends" in told


def test_reading_waits_for_a_writer_that_is_soon_done(house: House) -> None:
    holding = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True);"
        "time.sleep(0.5); c.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(house.warehouse)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        settings = Settings.from_environment({"MILESTONE_AGENT_DUCKDB_PATH": str(house.warehouse)})
        with warehouse.reading(settings, patience_seconds=10) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize(
    ("variables", "key", "remedy"),
    [
        ({"MILESTONE_AGENT_TARGET": "postgres"}, "MILESTONE_AGENT_TARGET", "duckdb, bigquery, snowflake"),
        ({"MILESTONE_AGENT_ENV": "staging"}, "MILESTONE_AGENT_ENV", "dev, prod"),
        (
            {"MILESTONE_AGENT_ENV": "prod", "MILESTONE_AGENT_SCHEMA_PREFIX": "ada_"},
            "SCHEMA_PREFIX",
            "unset it",
        ),
        ({"MILESTONE_AGENT_SCHEMA_PREFIX": "Robert'; drop"}, "SCHEMA_PREFIX", "lower-case letters"),
        ({"MILESTONE_AGENT_TARGET": "bigquery"}, "SCHEMA_PREFIX", "needs one"),
        ({"MILESTONE_AGENT_TARGET": "snowflake"}, "SCHEMA_PREFIX", "needs one"),
        ({"MILESTONE_AGENT_DUCKDB_PATH": "nudges.duckdb"}, "nudges.duckdb", "rename the file"),
        ({"MILESTONE_AGENT_HASH_KEY": "short"}, "MILESTONE_AGENT_HASH_KEY", "more random characters"),
        ({"MILESTONE_AGENT_DBT_PROJECT": "/nowhere/dbt_project"}, "MILESTONE_AGENT_DBT_PROJECT", "point "),
    ],
    ids=lambda value: (
        " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else ""
    ),
)
def test_an_environment_that_cannot_be_is_refused(
    house: House, variables: dict[str, str], key: str, remedy: str
) -> None:
    house.environ = variables

    told = refused(house, "validate")

    assert key in told
    assert remedy in told


def test_a_misspelt_variable_and_a_switch_that_is_not_one_are_warnings(house: House) -> None:
    house.environ = {"MILESTONE_AGENT_HOLT": "1", "MILESTONE_AGENT_LIVE": "true"}

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert "did you mean MILESTONE_AGENT_HALT?" in result.stdout
    assert (
        "MILESTONE_AGENT_LIVE is 'true', which does not switch it on: everything stays in shadow"
        in result.stdout
    )


def test_a_renamed_milestone_that_the_ledger_knows_is_refused(house: House) -> None:
    house.replace("critical_path", "default,2,team_member_invited,", "default,2,colleague_invited,")

    told = refused(house, "validate")

    assert (
        f"{house.seed('critical_path')}:3: milestone_key team_member_invited of path default is in the ledger"
        in told
    )
    assert "keep the key team_member_invited and change milestone_name" in told


def test_a_milestone_with_a_new_key_that_the_ledger_does_not_know_is_welcome(house: House) -> None:
    house.replace("critical_path", "default,4,first_data_uploaded,", "default,4,data_arrived,")

    assert house.run("validate").exit_code == 0


def test_a_milestone_of_the_ledger_that_went_with_its_event_is_a_warning(house: House) -> None:
    rows = house.seed("critical_path").read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if "team_member_invited" not in row]
    house.seed("critical_path").write_text("\n".join(kept) + "\n", encoding="utf-8")

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert "the ledger knows milestone team_member_invited, which is on no path any more" in result.stdout


def test_an_experiment_older_than_the_opening_is_refused(house: House) -> None:
    house.environ = {"MILESTONE_AGENT_LIVE": "1"}
    house.sql(
        "insert into nudges.nudge_events (namespace, kind, recorded_at) "
        "values ('dev/live', 'opened', '2026-02-01')"
    )

    told = refused(house, "validate")

    assert f"{house.seed('experiment_epochs')}:2: the first epoch of ttfv_nudge starts at 2000-01-01" in told
    assert "let the first epoch start after the opening" in told


def test_live_without_a_way_out_is_refused_and_with_one_it_is_not(house: House) -> None:
    house.environ = {"MILESTONE_AGENT_LIVE": "1"}

    for command in (("validate",), ("validate", "--destinations"), ("tick",)):
        told = refused(house, *command)
        assert (
            f"{house.seed('nudge_policy')}:2: destination intercom of tier 1 is not configured: "
            "INTERCOM_ACCESS_TOKEN is missing (access token of an app of the workspace); set these variables"
        ) in told
        assert "stay in shadow" in told

    for name in ("intercom", "hubspot", "slack"):
        house.replace("nudge_policy", name, "outbox")
        house.replace("message_templates", name, "outbox", count=20)
    assert house.run("validate").exit_code == 0


def test_asking_the_destinations_says_what_going_live_would_lack(house: House) -> None:
    result = house.run("validate", "--destinations")

    assert result.exit_code == 0, result.output
    assert "destination intercom of tier 1 is not configured: INTERCOM_ACCESS_TOKEN is" in result.stdout


def test_asked_without_any_setting_every_destination_names_exactly_what_it_needs(house: House) -> None:
    result = house.run("validate", "--destinations")

    lines = [line for line in result.stdout.splitlines() if line.startswith("  ")]
    told = {line.split()[0]: line for line in lines}
    assert set(told) >= KNOWN_DESTINATIONS - {"outbox"}
    for name in KNOWN_DESTINATIONS - {"outbox"}:
        required = {setting.name for setting in settings_of(name) if setting.is_required}
        assert set(re.findall(r"([A-Z_]+) is missing", told[name])) == required
        assert ("required by the policy" in told[name]) is (name in ("intercom", "hubspot", "slack"))


def test_asked_with_settings_a_destination_says_what_its_provider_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.environ = {"INTERCOM_ACCESS_TOKEN": "canary-token", "ZAPIER_WEBHOOK_URL": "http://canary.example"}
    asked: list[str] = []

    def answer(name: str, settings: SenderSettings) -> CheckAnswer:
        asked.append(name)
        return CheckAnswer(False, "the token is not accepted (HTTP 401)")

    monkeypatch.setattr(destination_rules, "check_destination", answer)
    result = house.run("validate", "--destinations")

    assert result.exit_code == 0, result.output
    assert asked == ["intercom"]
    assert (
        "intercom (required by the policy): NOT good: the token is not accepted (HTTP 401)" in result.stdout
    )
    assert "canary" not in result.output


def test_an_outbox_that_cannot_be_written_is_refused_when_destinations_are_asked(house: House) -> None:
    shutil.rmtree(house.outbox)
    house.outbox.write_text("in the way", encoding="utf-8")

    assert "the outbox cannot be written" in refused(house, "validate", "--destinations")


def test_the_command_itself_exits_with_2(house: House) -> None:
    house.replace("critical_path", "default,3,", "default,2,")
    before = house.fingerprint()

    result = subprocess.run(
        [sys.executable, "-c", "from dagster_project.cli import main; main()", "validate"],
        env={
            **os.environ,
            "MILESTONE_AGENT_DUCKDB_PATH": str(house.warehouse),
            "MILESTONE_AGENT_DBT_PROJECT": str(house.project),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 2, result.stderr
    assert f"{house.seed('critical_path')}:4: milestone_order 2 is used twice" in result.stderr
    assert house.fingerprint() == before
