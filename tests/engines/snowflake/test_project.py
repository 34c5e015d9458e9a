"""The whole dbt project on Snowflake, through its adapter: seeds, two builds, snapshots, docs, unit tests.

The tests of this file are one story, in their order. What a model means is tested by the models' own unit
tests, which run here in Snowflake's dialect.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.engines.commands import counts_of
from tests.engines.needed import FOR_SNOWFLAKE, skip_without
from tests.engines.seeds import assert_all_arrived
from tests.engines.snowflake.service import PREFIX, Service

skip_without(*FOR_SNOWFLAKE)
pytestmark = pytest.mark.engines

KEPT = (
    "onboarding_intermediate.int_events_kept",
    "onboarding_intermediate.int_milestones_completed",
    "onboarding_intermediate.int_slips_timed",
    "onboarding.fct_account_milestones",
    "onboarding.fct_experiment_assignments",
    "onboarding_snapshots.snp_crm_accounts",
)


def _sizes(service: Service) -> dict[str, int]:
    return {name: int(service.rows(f"select count(*) from {PREFIX}{name}")[0][0]) for name in KEPT}


def test_everything_builds_twice_and_the_second_time_changes_nothing(service: Service) -> None:
    service.run("init")
    first = counts_of(service.dbt("build", "--exclude-resource-type", "unit_test"))
    sizes = _sizes(service)
    second = counts_of(service.dbt("build", "--exclude-resource-type", "unit_test"))

    assert first["pass"] > 650
    assert first == second == {**first, "warn": 0, "error": 0, "skip": 0}
    assert min(sizes.values()) > 0
    assert _sizes(service) == sizes


def test_seeds_arrive_as_they_are_written(service: Service) -> None:
    def texts(seed: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        cast = ", ".join(f"cast({name} as varchar)" for name in columns)
        rows = service.rows(f"select {cast} from {PREFIX}onboarding_seeds.{seed}")
        return [dict(zip(columns, row, strict=True)) for row in rows]

    assert_all_arrived(texts)


def test_an_instant_with_a_zone_of_its_own_is_read_as_utc(service: Service) -> None:
    service.rows(
        "insert into segment.tracks (id, event, user_id, timestamp, received_at, uuid_ts) select 'zoned', "
        "'workspace_created', 'nobody', '2026-01-02 10:00:00 +02:00'::timestamp_tz, "
        "'2026-01-02 10:00:00 +02:00'::timestamp_tz, '2026-01-02 10:00:00 +02:00'::timestamp_tz"
    )

    found = service.rows(
        "select occurred_at = '2026-01-02 08:00:00'::timestamp_ntz "
        f"from {PREFIX}onboarding_staging.stg_segment__tracks where event_id = 'zoned'"
    )
    service.rows("delete from segment.tracks where id = 'zoned'")
    assert found == [(True,)]
    # The stand-in keeps no offsets, so that there a plain cast would come to the same.
    compiled = next((service.home / "dbt" / "compiled").rglob("stg_segment__tracks.sql"))
    assert "convert_timezone('UTC', \"TIMESTAMP\")" in compiled.read_text(encoding="utf-8")


def test_documents_and_their_text_are_both_read(service: Service) -> None:
    """Amplitude's groups lie in VARIANT, Mixpanel's properties in text."""
    for relation in ("stg_amplitude__events", "stg_mixpanel__events"):
        [(events, hints)] = service.rows(
            f"select count(*), count(group_hint) from {PREFIX}onboarding_staging.{relation}"
        )
        assert 0 < hints <= events


def test_a_snapshot_keeps_the_version_that_was_there_before(service: Service) -> None:
    [(account,)] = service.rows("select min(account_id) from crm.accounts")
    service.rows(f"update crm.accounts set plan = 'another' where account_id = '{account}'")
    service.dbt("snapshot", "--select", "snp_crm_accounts")
    versions = service.rows(
        f"select plan, dbt_valid_from, dbt_valid_to from {PREFIX}onboarding_snapshots.snp_crm_accounts "
        f"where account_id = '{account}' order by dbt_valid_from"
    )

    assert len(versions) == 2
    assert versions[1][0] == "another"
    assert versions[0][2] == versions[1][1]


def test_the_catalogue_of_the_docs_knows_tables_and_views(service: Service) -> None:
    service.dbt("docs", "generate")
    catalogue = json.loads((service.home / "dbt" / "catalog.json").read_text(encoding="utf-8"))
    nodes = catalogue["nodes"]

    assert catalogue["errors"] is None
    assert nodes["model.milestone_agent.fct_account_milestones"]["metadata"]["type"] == "BASE TABLE"
    assert nodes["model.milestone_agent.stg_crm__accounts"]["metadata"]["type"] == "VIEW"
    kept = nodes["model.milestone_agent.int_events_kept"]["columns"]
    assert kept["OCCURRED_AT"]["type"].startswith("TIMESTAMP_NTZ")


def test_the_unit_tests_of_the_models_pass_in_this_dialect(service: Service) -> None:
    counts = counts_of(service.dbt("test", "--select", "test_type:unit"))

    assert counts["pass"] > 450
    assert counts == {**counts, "warn": 0, "error": 0, "skip": 0}
