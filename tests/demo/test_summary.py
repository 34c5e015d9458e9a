"""The summary sets each planted number beside what the pipeline found, and says so when they differ."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner

from dagster_project.cli import main
from dagster_project.demo.generator import SEEDS_DIR
from dagster_project.demo.progress import progress_on
from dagster_project.demo.summary import findings, summary
from dagster_project.errors import Refused


def write_dim_accounts(path: Path, accounts: int, schema: str = "onboarding") -> None:
    """A stand-in of the pipeline's result, with that many accounts."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            f"create or replace table {schema}.dim_accounts as "
            "select range::varchar as account_id, false as is_internal, null::timestamp as churned_at "
            f"from range({accounts})"
        )


def planted_accounts(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(
            "select planted_value from planted.facts where fact_key = 'accounts'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_fact_that_is_found_again_is_called_equal(own_world: Path) -> None:
    write_dim_accounts(own_world, planted_accounts(own_world))
    told = summary(own_world, namespace="dev/shadow", outbox=own_world.parent / "outbox")
    line = next(line for line in told.splitlines() if "accounts after merging" in line)
    assert line.endswith("(equal)")


def test_a_fact_that_differs_is_shouted(own_world: Path) -> None:
    write_dim_accounts(own_world, 3)
    told = summary(own_world, namespace="dev/shadow", outbox=own_world.parent / "outbox")
    line = next(line for line in told.splitlines() if "accounts after merging" in line)
    assert line.split()[1] == "3" and line.endswith("(DIFFERS)")


def test_facts_whose_relations_are_not_built_are_not_called_found(own_world: Path) -> None:
    with duckdb.connect(str(own_world), read_only=True) as connection:
        found = findings(connection)
    unbuilt = [finding for finding in found if finding.found is None]
    assert not any(finding.is_recovered for finding in unbuilt)
    assert {finding.verdict for finding in unbuilt} == {"after the nightly job"}


def test_relations_are_looked_up_under_the_schema_prefix(own_world: Path) -> None:
    write_dim_accounts(own_world, planted_accounts(own_world), schema="ada_onboarding")
    with duckdb.connect(str(own_world), read_only=True) as connection:
        found = {finding.key: finding for finding in findings(connection, schema_prefix="ada_")}
    assert found["accounts"].is_recovered


def test_it_says_where_to_look_next(own_world: Path) -> None:
    outbox = own_world.parent / "outbox"
    told = summary(own_world, namespace="dev/shadow", outbox=outbox)
    assert str(outbox / "dev" / "shadow") in told
    assert "milestone-agent ui" in told
    assert "milestone-agent explain acct_" in told


def test_a_warehouse_without_a_marker_has_no_summary(foreign_warehouse: Path) -> None:
    with pytest.raises(Refused, match="was not made by the demo"):
        summary(foreign_warehouse, namespace="dev/shadow", outbox=foreign_warehouse.parent)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"MILESTONE_AGENT_ENV": "prod"}, "does not run in production"),
        ({"MILESTONE_AGENT_LIVE": "1"}, "never sends for real"),
        ({"MILESTONE_AGENT_TARGET": "bigquery", "MILESTONE_AGENT_SCHEMA_PREFIX": "ada_"}, "is bigquery"),
    ],
)
def test_the_command_is_refused_where_a_demo_has_no_place(
    tmp_path: Path, environ: dict[str, str], said: str
) -> None:
    path = tmp_path / "home" / "w.duckdb"
    ran = CliRunner().invoke(main, ["demo"], env={"MILESTONE_AGENT_DUCKDB_PATH": str(path), **environ})
    assert ran.exit_code == 2
    assert said in ran.stderr
    assert not path.parent.exists()


def test_the_command_refuses_a_file_that_it_did_not_make(foreign_warehouse: Path) -> None:
    before = foreign_warehouse.read_bytes()
    ran = CliRunner().invoke(main, ["demo"], env={"MILESTONE_AGENT_DUCKDB_PATH": str(foreign_warehouse)})
    assert ran.exit_code == 2
    assert "was not made by the demo" in ran.stderr
    assert foreign_warehouse.read_bytes() == before


def test_progress_is_plain_lines_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    report = progress_on(click.get_text_stream("stderr"))
    for share in (0.0, 0.1, 0.3, 0.31, 1.0):
        report("Writing events", share)
    assert capfd.readouterr().err.splitlines() == [
        "Writing events (0%)",
        "Writing events (30%)",
        "Writing events (100%)",
    ]


def test_an_invalid_seed_is_refused_before_the_former_demo_is_replaced(
    own_world: Path, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(SEEDS_DIR.parent, project, ignore=shutil.ignore_patterns("target", "logs"))
    path_seed = project / "seeds" / "critical_path.csv"
    path_seed.write_text(
        path_seed.read_text(encoding="utf-8").replace(",24,48,", ",48,24,", 1), encoding="utf-8"
    )
    before = own_world.read_bytes()
    environ = {"MILESTONE_AGENT_DUCKDB_PATH": str(own_world), "MILESTONE_AGENT_DBT_PROJECT": str(project)}
    ran = CliRunner().invoke(main, ["demo"], env=environ)
    assert ran.exit_code == 2
    assert "critical_path.csv:3" in ran.stderr
    assert own_world.read_bytes() == before
