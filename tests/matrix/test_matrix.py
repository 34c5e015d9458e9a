"""Killed anywhere, with any fault, under any strategy: nothing is delivered twice and nothing is lost without
a trace. A plain run takes a slice of it; `pytest -m matrix` runs all and prints the sums.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.matrix.scenarios import POINTS, Scenario, Stage, all_scenarios, fair_slice, play, problems
from tests.matrix.stand_in import FAULTS
from tests.nudge_senders.provider import STRATEGIES

_ALL = all_scenarios()
_SLICE = fair_slice(_ALL)


def _parameter(scenario: Scenario) -> object:
    marks = [pytest.mark.matrix, *([pytest.mark.slice] if scenario in _SLICE else [])]
    return pytest.param(scenario, id=scenario.name, marks=marks)


@pytest.mark.parametrize("scenario", [_parameter(scenario) for scenario in _ALL])
def test_nothing_is_delivered_twice_and_nothing_is_lost(
    stage: Stage, scenario: Scenario, record_property: Callable[[str, object], None]
) -> None:
    found = play(stage, scenario)
    record_property(
        "matrix", (scenario.strategy, dict(found.counts()), found.duplicates, found.silent_losses)
    )
    assert problems(stage, scenario, found) == []


def test_the_matrix_is_whole_and_its_slice_is_fair() -> None:
    """Every point with every fault under every strategy, two ticks at once and one that overslept under each,
    and withdrawals where something can be taken back; of each at least one in every run."""
    crossed = {(each.point, each.fault, each.strategy) for each in _ALL if each.action == "deliver"}
    assert len(crossed) == len(POINTS) * len(FAULTS) * len(STRATEGIES) >= 672
    for together in ("two_at_once", "oversleep", "kill_twice"):
        assert {each.strategy for each in _ALL if each.action == together} == set(STRATEGIES)
    assert {each.strategy for each in _ALL if each.action == "withdraw"} == {"state_set", "lookup"}
    assert {each.point for each in _SLICE} >= set(POINTS)
    assert {each.fault for each in _SLICE} == set(FAULTS)
    assert {each.strategy for each in _SLICE} == set(STRATEGIES)
    assert {each.action for each in _SLICE} == {each.action for each in _ALL}
