"""Whole ticks on Snowflake, in shadow, from the command line. One story, in order."""

from __future__ import annotations

import pytest

from tests.engines.needed import FOR_SNOWFLAKE, skip_without
from tests.engines.snowflake.service import PREFIX, Service

skip_without(*FOR_SNOWFLAKE)
pytestmark = pytest.mark.engines


def _count(service: Service, relation: str, where: str = "1 = 1") -> int:
    return int(service.rows(f"select count(*) from {PREFIX}{relation} where {where}")[0][0])


def test_a_tick_plans_claims_and_writes_every_message_to_the_outbox(service: Service) -> None:
    printed = service.run("tick")

    queued = _count(service, "onboarding.sync_nudge_queue", "action = 'deliver'")
    sent = _count(service, "nudges.nudge_events", "kind = 'sent'")
    written = [path for path in (service.home / "outbox").rglob("*") if path.is_file()]
    assert queued == sent > 0
    assert written
    assert f"queued {queued}, claimed {queued}, sent {sent}" in printed
    assert _count(service, "nudges.ticks") == 1


def test_the_next_tick_sends_nothing_twice(service: Service) -> None:
    before = service.rows(f"select nudge_id from {PREFIX}nudges.nudge_events where kind = 'sent' order by 1")
    seeds = service.rows(
        "select table_name, comment from information_schema.tables "
        f"where lower(table_schema) = '{PREFIX}onboarding_seeds' order by 1"
    )
    service.run("tick")
    after = service.rows(f"select nudge_id from {PREFIX}nudges.nudge_events where kind = 'sent' order by 1")

    assert len({nudge for (nudge,) in after}) == len(after) >= len(before)
    assert set(before) <= set(after)
    assert _count(service, "nudges.ticks") == 2
    assert _count(service, "nudges.nudge_lease", "released_at is null") == 0
    # Their hashes are on the tables, so that the second tick loaded none.
    assert len(seeds) == 8
    assert all(comment for _, comment in seeds)


def test_people_stop_and_release_the_senders_where_the_ledger_lies(service: Service) -> None:
    service.run("ledger", "halt", "--scope", "all", "--why", "a wrong link", "--who", "kim")
    stopped = service.run("ledger", "status")
    service.run("ledger", "release", "--all", "--why", "mended", "--who", "kim")
    going_on = service.run("ledger", "status")

    assert "a wrong link" in stopped
    assert "a wrong link" not in going_on
    # A release is a row of its own.
    assert _count(service, "nudges.nudge_halts") == 2


def test_every_statement_can_be_found_by_its_query_tag(service: Service) -> None:
    if not service.is_live:
        pytest.skip("the stand-in keeps no history of queries")
    tags = service.rows("select distinct query_tag from table(information_schema.query_history())")

    assert {"milestone_agent dbt", "milestone_agent ledger"} <= {tag for (tag,) in tags}
