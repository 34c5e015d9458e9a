"""The whole dbt project is built on a demo warehouse, with every data test and unit test."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from dbt.artifacts.schemas.results import NodeStatus, TestStatus
from dbt.cli.main import dbtRunner

from dagster_project.demo.generator import generate
from nudge_senders.ledger import open_ledger

DBT_PROJECT = Path(__file__).parents[2] / "dbt_project"
NOW = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)

PASSED = {str(status) for status in (NodeStatus.Success, NodeStatus.NoOp, TestStatus.Pass)}


def test_every_model_builds_and_every_test_of_dbt_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    generate(warehouse, now=NOW, accounts=150)
    open_ledger(warehouse, clock=lambda: NOW).migrate()
    monkeypatch.setenv("MILESTONE_AGENT_DUCKDB_PATH", str(warehouse))
    monkeypatch.setenv("MILESTONE_AGENT_TARGET", "duckdb")

    built = dbtRunner().invoke(
        [
            "build",
            *("--project-dir", str(DBT_PROJECT)),
            *("--profiles-dir", str(DBT_PROJECT)),
            *("--target-path", str(tmp_path / "target")),
            *("--log-path", str(tmp_path / "logs")),
            "--quiet",
        ]
    )

    assert built.exception is None
    results = list(built.result)
    assert [f"{r.node.name}: {r.status}: {r.message}" for r in results if str(r.status) not in PASSED] == []
    kinds = {result.node.resource_type for result in results}
    assert {"model", "seed", "snapshot", "test", "unit_test"} <= kinds
