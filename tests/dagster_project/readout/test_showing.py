"""A readout whose data cut-off is written is shown again without being computed, until something changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dagster_project.readout import run, showing
from dagster_project.readout.showing import Showing, show
from dagster_project.readout.writing_page import page_path
from tests.dagster_project.readout.warehouse import KEY, Warehouse
from tests.experiments.outcomes import START

NOW = START + timedelta(days=31)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    told = Warehouse(tmp_path)
    told.tell(30, accounts=200)
    return told


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for every time that statistics are computed."""
    times: list[object] = []
    read_out = run.read_out

    def counted(*given: Any) -> Any:
        times.append(given)
        return read_out(*given)

    monkeypatch.setattr(run, "read_out", counted)
    return times


def test_a_second_look_at_a_cut_off_shows_what_the_first_one_did_and_computes_nothing(
    warehouse: Warehouse, computed: list[object]
) -> None:
    first = _shown(warehouse)
    page = page_path(warehouse.settings, KEY).read_bytes()

    second = _shown(warehouse, later=1)

    assert len(computed) == 1
    assert second == Showing(first.shown, is_new=False, is_computed=False)
    assert (first.is_new, first.is_computed) == (True, True)
    assert page_path(warehouse.settings, KEY).read_bytes() == page


def _next_cutoff(warehouse: Warehouse) -> None:
    warehouse.tell(31, accounts=200)


def _other_plan(warehouse: Warehouse) -> None:
    warehouse.execute("update onboarding_seeds.experiments set min_delta_days = '2'")


def _wider_roll_out(warehouse: Warehouse) -> None:
    warehouse.execute(
        "insert into onboarding_seeds.experiment_epochs select * replace "
        "('2' as epoch, '2099-01-01 00:00:00' as starts_at) from onboarding_seeds.experiment_epochs"
    )


def _another_warehouse(warehouse: Warehouse) -> None:
    warehouse.execute("delete from onboarding.experiment_decisions")


def _page_gone(warehouse: Warehouse) -> None:
    page_path(warehouse.settings, KEY).unlink()


def _kept_file_cut_off(warehouse: Warehouse) -> None:
    (kept,) = warehouse.settings.home.glob("experiments/*.jsonl")
    kept.write_text(kept.read_text(encoding="utf-8")[:200], encoding="utf-8")


def _other_code(_: Warehouse) -> None:
    showing.code_hash = lambda: "of the next release"  # type: ignore[assignment]


def test_what_can_change_a_readout_has_it_computed_again_once(
    warehouse: Warehouse, computed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "code_hash", showing.code_hash)
    changes = (
        _other_code,
        _wider_roll_out,
        _page_gone,
        _kept_file_cut_off,
        _next_cutoff,
        _other_plan,
        _another_warehouse,
    )
    found = {}
    _shown(warehouse)
    for change in changes:
        change(warehouse)
        found[change] = (_shown(warehouse), _shown(warehouse))

    assert {change: (first.is_computed, second.is_computed) for change, (first, second) in found.items()} == (
        dict.fromkeys(changes, (True, False))
    )
    assert [change for change, (first, _) in found.items() if first.is_new] == [
        _next_cutoff,
        _other_plan,
        _another_warehouse,
    ]
    assert len(computed) == 1 + len(changes)
    assert page_path(warehouse.settings, KEY).is_file()


def test_statistics_that_failed_are_tried_again(
    warehouse: Warehouse, computed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    _fail_once(monkeypatch)
    assert _shown(warehouse).shown.failures == ("the median: out of memory",)

    again = _shown(warehouse, later=1)

    assert again.is_computed
    assert again.shown.failures == ()


def _fail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run.read_out

    def failing(*given: Any) -> Any:
        monkeypatch.setattr(run, "read_out", whole)
        return replace(whole(*given), failures=("the median: out of memory",))

    monkeypatch.setattr(run, "read_out", failing)


def _shown(warehouse: Warehouse, *, later: int = 0) -> Showing:
    return show(warehouse.settings, KEY, NOW + timedelta(hours=later))
