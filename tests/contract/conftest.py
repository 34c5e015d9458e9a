"""Fixtures of the contract suite: a case of the table, its stand-in, and the destination that talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nudge_senders.destination import Destination
from tests.contract.stand_ins.stand_in import StandIn
from tests.contract.table import CASES, Case


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def stand_in(case: Case) -> Iterator[Any]:
    made = case.stand_in()
    yield made
    made.close()


@pytest.fixture
def destination(case: Case, stand_in: StandIn) -> Destination:
    return case.destination(stand_in)
