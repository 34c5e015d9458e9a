"""The whole dbt project on BigQuery, through its adapter: seeds, two builds, snapshots, docs.

The tests of this file are one story, in their order. What a model means is tested by the models' own unit
tests, which run here on BigQuery's dialect.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.engines.bigquery.needed import ENGINES
from tests.engines.bigquery.service import PREFIX, Service
from tests.engines.commands import counts_of
from tests.engines.seeds import assert_all_arrived

pytestmark = ENGINES

#: Partition column, length of a partition and clusters of what grows with every event, nudge or account.
LAYOUTS = {
    "onboarding_intermediate.int_events_kept": (
        "occurred_at",
        "MONTH",
        ["source_name", "event_name", "user_id"],
    ),
    "onboarding_intermediate.int_users_active_daily": ("loaded_on", "DAY", ["user_id"]),
    "onboarding_intermediate.int_milestones_completed": ("first_occurred_at", "MONTH", ["account_id"]),
    "onboarding.fct_nudge_decision_changes": ("tick_at", "MONTH", ["account_id", "nudge_id"]),
    "onboarding.fct_account_milestones": (None, None, ["account_id"]),
    "onboarding.fct_experiment_assignments": (None, None, ["experiment_key", "account_id"]),
    "nudges.nudge_events": ("recorded_at", "MONTH", ["namespace", "nudge_id"]),
}


def _kept(service: Service) -> dict[str, int]:
    """Rows of the relations that a second build of the same facts must leave as they are."""
    return {
        name: int(service.rows(f"select count(*) as n from {PREFIX}{name}")[0]["n"])
        for name in (
            *LAYOUTS,
            "onboarding_snapshots.snp_crm_accounts",
            "onboarding_intermediate.int_slips_timed",
        )
        # Reasons change with the hour, quiet hours above all.
        if name != "onboarding.fct_nudge_decision_changes"
    }


def test_everything_builds_twice_and_the_second_time_changes_nothing(service: Service) -> None:
    service.run("init")
    first = counts_of(service.dbt("build", "--exclude-resource-type", "unit_test"))
    kept = _kept(service)
    second = counts_of(service.dbt("build", "--exclude-resource-type", "unit_test"))

    assert first["pass"] > 650
    assert first == second == {**first, "error": 0, "skip": 0}
    assert kept["onboarding_intermediate.int_events_kept"] > 0
    assert _kept(service) == kept


def test_seeds_arrive_as_they_are_written(service: Service) -> None:
    def texts(seed: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        cast = ", ".join(f"cast({name} as string) as {name}" for name in columns)
        return service.rows(f"select {cast} from {PREFIX}onboarding_seeds.{seed}")

    assert_all_arrived(texts)


def test_large_tables_are_partitioned_and_clustered(service: Service) -> None:
    client = service.client()
    found = {}
    for name in LAYOUTS:
        table = client.get_table(f"{PREFIX}{name}")
        partition = table.time_partitioning
        cut = (partition.field, partition.type_) if partition else (None, None)
        found[name] = (*cut, table.clustering_fields)

    assert found == LAYOUTS


def test_what_people_query_holds_instants_and_no_local_times(service: Service) -> None:
    kinds = {
        row["data_type"]
        for dataset in ("onboarding", "nudges")
        for row in service.rows(f"select data_type from {PREFIX}{dataset}.INFORMATION_SCHEMA.COLUMNS")
    }

    assert "TIMESTAMP" in kinds
    assert "DATETIME" not in kinds


def test_every_job_of_dbt_says_what_it_is_for_and_what_it_may_cost(service: Service) -> None:
    if service.stand_in is None:
        pytest.skip("only the stand-in keeps what it was sent")
    merges = [each for each in service.stand_in.statements if each.statement_type == "MERGE"]

    assert merges
    for each in merges:
        assert each.labels["product"] == "milestone_agent"
        assert each.labels["purpose"] in ("model", "snapshot")
        assert int(each.configuration["maximumBytesBilled"]) == 100 * 1024**3
        assert int(each.configuration["jobTimeoutMs"]) == 900_000


def test_a_snapshot_keeps_the_version_that_was_there_before(service: Service) -> None:
    [account] = service.rows("select min(account_id) as account_id from crm.accounts")
    service.rows(f"update crm.accounts set plan = 'another' where account_id = '{account['account_id']}'")
    service.dbt("snapshot", "--select", "snp_crm_accounts")
    versions = service.rows(
        f"select plan, dbt_valid_to from {PREFIX}onboarding_snapshots.snp_crm_accounts "
        f"where account_id = '{account['account_id']}' order by dbt_valid_from"
    )

    assert len(versions) == 2
    assert versions[-1]["plan"] == "another"
    assert versions[0]["dbt_valid_to"] is not None
    assert versions[-1]["dbt_valid_to"] is None


def test_the_catalogue_of_the_docs_knows_columns_and_partitions(service: Service) -> None:
    service.dbt("docs", "generate", target="docs")
    catalogue = json.loads((service.home / "docs" / "catalog.json").read_text(encoding="utf-8"))
    kept = catalogue["nodes"]["model.milestone_agent.int_events_kept"]

    assert catalogue["errors"] is None
    assert kept["columns"]["occurred_at"]["type"] == "TIMESTAMP"
    assert kept["stats"]["partitioning_type"]["value"] == "occurred_at"


def test_the_unit_tests_of_the_models_pass_in_this_dialect(service: Service) -> None:
    if service.stand_in is not None:
        pytest.skip("tests/engines/dialect has the stand-in run them, and Google's engine after it")
    counts = counts_of(service.dbt("test", "--select", "test_type:unit"))

    assert counts["pass"] > 450
    assert counts == {**counts, "error": 0, "skip": 0}
