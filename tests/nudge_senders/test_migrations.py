"""A ledger of an older version becomes today's without losing a row; one of a newer version is left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nudge_senders.errors import LedgerNotMigrated
from tests.nudge_senders.world import World


def test_a_ledger_of_version_1_gets_the_columns_of_a_release_and_keeps_its_halts(world: World) -> None:
    for statement in (
        "alter table nudges.nudge_halts drop column up_to",
        "alter table nudges.nudge_halts drop column policy_hash",
        "insert into nudges.nudge_halts values ('h1', 'all', '2026-03-01', null, 'kim', 'night', null)",
        "update nudges.ledger_meta set schema_version = 1",
    ):
        world.query(statement)
    before = world.ledger.ledger_id()
    assert not world.ledger.is_migrated()

    world.ledger.migrate()
    world.ledger.migrate()

    assert (world.ledger.is_migrated(), world.ledger.ledger_id()) == (True, before)
    assert [(halt.halt_id, halt.up_to) for halt in world.ledger.halts()] == [("h1", None)]


def test_a_ledger_of_a_newer_version_is_not_made_an_older_one(world: World) -> None:
    world.query("update nudges.ledger_meta set schema_version = 99")
    with pytest.raises(LedgerNotMigrated, match="upgrade"):
        world.ledger.migrate()
    assert world.query("select schema_version from nudges.ledger_meta") == [(99,)]


def test_the_release_of_an_anomaly_stops_nothing_and_tells_how_far_it_goes(world: World) -> None:
    release = world.ledger.release_anomaly(
        up_to=120, policy_hash="policy", lasting=timedelta(hours=24), who="kim", why="a large customer"
    )

    assert world.ledger.halts() == []
    assert world.tick({"nudge_id": "a"}).sent == 1
    assert world.query("select scope, up_to, policy_hash, until_at, released_at from nudges.nudge_halts") == [
        (
            "anomaly",
            120,
            "policy",
            (release.recorded_at + timedelta(hours=24)).replace(tzinfo=None),
            release.recorded_at.replace(tzinfo=None),
        )
    ]
