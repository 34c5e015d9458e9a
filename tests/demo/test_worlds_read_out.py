"""Twenty demo worlds read out: the effect that they hold is found, and none is found where there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from experiments.decision import Status
from tests.demo.worlds import World, read_out_all
from tests.parsed_project import ParsedProject

SEEDS = range(1, 21)


@pytest.mark.simulation
def test_the_planted_effect_lies_inside_the_interval_on_at_least_17_of_20_seeds(
    parsed_project: ParsedProject, record_property: Callable[[str, object], None]
) -> None:
    read = list(read_out_all([World(seed) for seed in SEEDS], parsed_project))

    inside = [one for one in read if one.fixed is not None and one.fixed[0] <= one.planted <= one.fixed[1]]
    told = ", ".join(f"{status} {number}" for status, number in Counter(one.status for one in read).items())
    planted = sum(one.planted for one in read) / len(read)
    text = f"{len(inside)} of {len(read)}, on average {planted:.1f} days planted; {told}"
    record_property("figure", ("demo: planted effect inside the 95 % interval", len(read), text))
    assert len(inside) >= 17


@pytest.mark.simulation
def test_without_effect_at_most_2_of_20_seeds_are_rolled_out(
    parsed_project: ParsedProject, record_property: Callable[[str, object], None]
) -> None:
    read = list(read_out_all([World(seed, has_effect=False) for seed in SEEDS], parsed_project))

    statuses = Counter(one.status for one in read)
    told = ", ".join(f"{status} {number}" for status, number in statuses.items())
    record_property("figure", ("demo: statuses without effect", len(read), f"of {len(read)}: {told}"))
    assert {one.planted for one in read} == {0.0}
    assert statuses[Status.ROLL_OUT] <= 2


@pytest.mark.simulation
def test_a_segment_without_its_control_accounts_is_invalid_and_forty_accounts_are_too_few(
    parsed_project: ParsedProject, record_property: Callable[[str, object], None]
) -> None:
    broken = [World(seed, losing="smb") for seed in (1, 2, 3)]
    small = [World(seed, accounts=40, days=90) for seed in (1, 2, 3)]

    read = list(read_out_all([*broken, *small], parsed_project))

    told = ", ".join(f"{one.status}" for one in read)
    record_property("figure", ("demo: three without an arm in a segment, three of 40", 6, told))
    assert [one.status for one in read[:3]] == [Status.INVALID] * 3
    assert all("segment smb" in " ".join(one.reasons) for one in read[:3])
    assert [one.status for one in read[3:]] == [Status.TOO_EARLY] * 3
    assert all("read from about 20" in " ".join(one.reasons) for one in read[3:])
