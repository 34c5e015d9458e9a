"""What SQL says about destinations is what they can do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nudge_senders.destination import Destination
from nudge_senders.destinations.outbox import OutboxDestination
from nudge_senders.vocabulary import Action
from tests.contract.table import CASES
from tests.contract.talk import nudge_of

DBT = Path(__file__).resolve().parents[2] / "dbt_project"


@pytest.fixture
def destinations(tmp_path: Path) -> Iterator[dict[str, Destination]]:
    built: dict[str, Destination] = {"outbox": OutboxDestination(tmp_path)}
    for case in CASES:
        with closing(case.stand_in()) as stand_in:
            built[case.name] = case.destination(stand_in)
    yield built


def test_the_planning_joins_nudges_only_for_those_who_send_them_as_one(
    destinations: dict[str, Destination],
) -> None:
    listed = _list_in(DBT / "macros" / "digesting_destinations.sql", r"return\((\[.*?\])\)")
    joining = []
    for name, destination in destinations.items():
        case = next((case for case in CASES if case.name == name), CASES[0])
        pair = [nudge_of(case, nudge_id, digest_key="d") for nudge_id in ("nudge-1", "nudge-2")]
        if len(destination.group([replace(nudge, destination=name) for nudge in pair])) == 1:
            joining.append(name)
    assert sorted(joining) == sorted(listed)


def test_the_planning_takes_back_what_a_destination_can_take_back(
    destinations: dict[str, Destination],
) -> None:
    listed = _list_in(
        DBT / "models" / "intermediate" / "policy" / "int_destinations_withdrawable.sql", r" in (\[.*?\]) %\}"
    )
    able = {name for name, destination in destinations.items() if Action.WITHDRAW in destination.actions}
    assert {name for _, name, _ in listed} == able
    carried = {name: destination.channels for name, destination in destinations.items()}
    assert all(channel in carried[name] for channel, name, _ in listed)


def _list_in(file: Path, pattern: str) -> list[Any]:
    found = re.search(pattern, file.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    listed: list[Any] = ast.literal_eval(found[1])
    return listed
