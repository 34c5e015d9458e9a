"""The whole dbt project is built on a demo warehouse, with every data test. Only here is every statement
written out, so what is asked of all of them is asked here. The full run has the unit tests of the models as
well; the checks of a change run them with `dbt build`.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from dbt.artifacts.schemas.results import NodeStatus, TestStatus
from dbt.cli.main import dbtRunner

from dagster_project.demo.generator import generate
from nudge_senders.ledger import open_ledger
from tests.architecture.joins import outer_joins_without_equality
from tests.parsed_project import PARSED_FOR, SHIPPED_PROJECT, ParsedProject, only_these_settings

NOW = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)

PASSED = {str(status) for status in (NodeStatus.Success, NodeStatus.NoOp, TestStatus.Pass)}


@pytest.mark.parametrize(
    "left_out", [{"unit_test"}, pytest.param(set(), marks=pytest.mark.full)], ids=["data tests", "all tests"]
)
def test_every_model_builds_and_every_test_of_dbt_passes(
    tmp_path: Path, parsed_project: ParsedProject, left_out: set[str]
) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    generate(warehouse, now=NOW, accounts=150)
    open_ledger(warehouse, clock=lambda: NOW).migrate()
    parsed_project.hand_to(tmp_path / "target")
    # What dbt would write about hundreds of tests costs more than some of them, and a second thread mostly
    # waits for the first.
    where = [
        *("--project-dir", str(SHIPPED_PROJECT)),
        *("--profiles-dir", str(SHIPPED_PROJECT)),
        *("--target", "duckdb"),
        *("--target-path", str(tmp_path / "target")),
        *("--log-path", str(tmp_path / "logs")),
        *("--quiet", "--no-write-json", "--log-level-file", "error", "--threads", "1"),
    ]

    not_built = [part for kind in left_out for part in ("--exclude-resource-type", kind)]

    with only_these_settings(PARSED_FOR):
        parsed = dbtRunner().invoke(["parse", *where])
    assert parsed.success, parsed.exception
    with only_these_settings({**PARSED_FOR, "MILESTONE_AGENT_DUCKDB_PATH": str(warehouse)}):
        built = dbtRunner(manifest=parsed.result).invoke(["build", *where, *not_built])

    assert built.exception is None
    results = list(built.result)
    assert [f"{r.node.name}: {r.status}: {r.message}" for r in results if str(r.status) not in PASSED] == []
    kinds = {result.node.resource_type for result in results}
    assert {"model", "seed", "snapshot", "test", "unit_test"} - left_out <= kinds
    statements = {
        result.node.name: result.node.compiled_code
        for result in results
        if result.node.resource_type in ("model", "snapshot", "test")
    }
    refused = {name: outer_joins_without_equality(statement) for name, statement in statements.items()}
    assert {name: joins for name, joins in refused.items() if joins} == {}, (
        "BigQuery takes no such outer join"
    )
