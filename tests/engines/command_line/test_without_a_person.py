"""A person is forgotten on every engine in the same places, and nobody else is touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engines.command_line.world import PREFIX, World, on_duckdb

pytestmark = pytest.mark.engines

#: Events are copied into a table, and marts for readers, on DuckDB alone.
_ONLY_HERE = re.compile(r"int_events_copied|marts\.duckdb")
_WORD = re.compile(r"forgotten-[0-9a-f]{16}")


@contextmanager
def _copied(here: World, folder: Path) -> Iterator[World]:
    """DuckDB's world in a file of its own: the other is compared with by the next engine as well."""
    with on_duckdb(folder / "duckdb", here.home / "warehouse.duckdb") as world:
        yield replace(world, printed={})


def _ledger(world: World) -> list[dict[str, Any]]:
    rows = world.rows(
        "select nudge_id, kind, seq, contact_id, "
        "case when recipient_hash is null then 0 else 1 end as hashed "
        # What a person answered meanwhile stands in one of the ledgers alone.
        f"from {PREFIX}nudges.nudge_events where nudge_id is not null and kind <> 'resolved_sent'"
    )
    return sorted(({**row, "contact_id": _WORD.sub("WORD", str(row["contact_id"]))} for row in rows), key=str)


def _why(who: str) -> str:
    return f"asked for by {who.upper() if '@' in who else who}, and by somebody_else@x.example"


def _texts(world: World) -> list[str]:
    return sorted(str(row["why"]) for row in world.rows(f"select why from {PREFIX}nudges.nudge_halts"))


def test_a_person_is_forgotten_in_the_same_places(
    here: World, there: World, nudges: list[dict[str, Any]], tmp_path: Path
) -> None:
    person = next(nudge for nudge in reversed(nudges) if nudge["contact_id"] and nudge["email"])
    contact, email = person["contact_id"], person["email"]
    told, ledgers, texts = {}, {}, {}
    with _copied(here, tmp_path) as copied:
        for world in (copied, there):
            world.run("ledger", "halt", "--scope", "tier:3", "--why", "they asked", "--who", "ada")
            # The command takes no address; a ledger from before it looked may hold one.
            world.rows(f"update {PREFIX}nudges.nudge_halts set why = '{_why(email)}' where 1 = 1")
            printed = world.run("forget", contact)
            told[world.name] = [line for line in printed.splitlines() if not _ONLY_HERE.search(line)]
            ledgers[world.name], texts[world.name] = _ledger(world), _texts(world)
            assert "Nothing about this person" in world.run("forget", email)

    assert told[there.name] == told["duckdb"]
    assert ledgers[there.name] == ledgers["duckdb"]
    assert any(row["contact_id"] == "WORD" for row in ledgers[there.name])
    assert not any(row["contact_id"] == contact for row in ledgers[there.name])
    assert any(row["contact_id"] not in ("WORD", "None") for row in ledgers[there.name])
    assert set(texts[there.name]) == set(texts["duckdb"]) == {_why("[forgotten]")}
    suppressed = f"{PREFIX}onboarding.sync_marketing_suppression"
    assert there.rows(f"select count(*) as n from {suppressed} where contact_id = '{contact}'") == [{"n": 0}]
