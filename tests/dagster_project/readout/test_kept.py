"""What is kept of readouts: once per data cut-off, and what a later look cannot undo."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from dagster_project.cli import main
from dagster_project.errors import Refused
from dagster_project.readout.run import make_readout
from experiments.decision import Status
from tests.dagster_project.readout.warehouse import KEY, Warehouse
from tests.experiments.outcomes import FIFTH, START, outcomes


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


_NUMBERS = (
    "select metric, basis, parameter_days, epoch, arm, interval_kind, point "
    "from onboarding.experiment_readouts"
)


def test_a_data_cut_off_is_written_once_whoever_asks(warehouse: Warehouse) -> None:
    warehouse.tell(200, speed=0.6)
    first = warehouse.read_out()
    kept = warehouse.execute(_NUMBERS)
    second = warehouse.read_out()

    assert (first.is_new, second.is_new) == (True, False)
    assert first.readout.decision == second.readout.decision
    assert warehouse.execute(_NUMBERS) == kept
    assert len(kept) == len(first.readout.rows)
    assert warehouse.execute("select look, status from onboarding.experiment_decisions") == [(1, "roll_out")]


def test_history_is_kept_and_a_verdict_outlives_the_numbers_that_gave_it(warehouse: Warehouse) -> None:
    warehouse.tell(200, speed=0.6)
    warehouse.read_out()
    warehouse.tell(207, speed=1.0)

    later = warehouse.read_out()

    assert later.readout.decision.status == Status.ROLL_OUT
    assert [each.status for each in later.past_decisions] == [Status.ROLL_OUT]
    kept = warehouse.execute(
        "select look, status, verdict_at, crossed_at from onboarding.experiment_decisions order by look"
    )
    decided_at = (START + timedelta(days=200)).replace(tzinfo=None)
    assert kept == [(1, "roll_out", decided_at, decided_at), (2, "roll_out", decided_at, decided_at)]
    assert warehouse.execute("select count(distinct data_cutoff) from onboarding.experiment_readouts") == [
        (2,)
    ]


def test_the_final_look_is_frozen_where_it_was_taken(warehouse: Warehouse) -> None:
    warehouse.tell(265, speed=0.93, seed=4)
    taken = warehouse.read_out().readout.decision
    warehouse.tell(300, speed=0.6, seed=4)

    later = warehouse.read_out().readout.decision

    assert taken.record.final is not None and later.record.final is not None
    assert later.record.final.at == taken.record.final.at == START + timedelta(days=265)
    assert later.record.final.estimate.point == pytest.approx(taken.record.final.estimate.point)
    assert later.interval == later.record.final.estimate


def test_a_plan_that_is_changed_begins_anew_and_says_so_for_ever(warehouse: Warehouse) -> None:
    warehouse.tell(200, speed=0.6)
    warehouse.read_out()
    warehouse.plan["final_readout_on"] = "2026-07-30"
    warehouse.tell(207, speed=1.0)

    changed = warehouse.read_out().readout.decision

    assert changed.record.looks == 1
    assert changed.status != Status.ROLL_OUT
    assert "plan was changed after 1 looks" in changed.reasons[-1]


def test_accounts_of_the_time_before_the_first_epoch_are_left_out(warehouse: Warehouse) -> None:
    cutoff = START + timedelta(days=200)
    rows = outcomes(300, cutoff=cutoff, epochs=FIFTH)
    rows.loc[:9, "signed_up_at"] = (START - timedelta(days=1)).replace(tzinfo=None)
    warehouse.tell_rows(rows, cutoff)

    assert sum(arm.accounts for arm in warehouse.read_out().readout.arms) == len(rows) - 10


def test_a_nudge_to_a_control_account_counts_where_it_may_have_left_in_its_own_namespace(
    warehouse: Warehouse,
) -> None:
    rows = outcomes(2500, cutoff=START + timedelta(days=200), epochs=FIFTH)
    controls = tuple(rows.loc[rows["arm"] == "control", "account_id"][:4])
    warehouse.tell_rows(rows, START + timedelta(days=200), nudged=controls)
    warehouse.execute(
        "update onboarding.fct_nudges set namespace = 'dev/live' where account_id = ?", controls[0]
    )

    warehouse.execute(
        "update onboarding.fct_nudges set is_possibly_sent = false where account_id = ?", controls[1]
    )

    readout = warehouse.read_out().readout

    assert readout.soundness.contaminated == 2
    assert readout.decision.status == Status.INVALID


def test_an_unknown_experiment_and_a_warehouse_without_a_tick_are_refused(warehouse: Warehouse) -> None:
    warehouse.execute("create schema onboarding")
    with pytest.raises(Refused, match="milestone-agent tick"):
        make_readout(warehouse.settings, KEY, START)

    warehouse.tell(200)
    with pytest.raises(Refused, match=f"{KEY}"):
        make_readout(warehouse.settings, "ttfv_nudges", START)


def test_a_plan_that_cannot_be_held_is_refused_with_its_row(warehouse: Warehouse) -> None:
    warehouse.plan["min_delta_days"] = "60"
    warehouse.tell(200)
    with pytest.raises(Refused, match=rf"experiments.csv, row {KEY}: more days cannot be saved"):
        warehouse.read_out()


def test_the_command_prints_the_verdict_first_and_leaves_the_page(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.tell(200, speed=0.6)
    monkeypatch.setenv("MILESTONE_AGENT_DUCKDB_PATH", str(warehouse.settings.duckdb_path))
    page = warehouse.folder / "shared" / "ttfv.html"

    done = CliRunner().invoke(main, ["experiment", KEY, "--page", str(page)])
    refused = CliRunner().invoke(main, ["experiment", "ttfv_nudges"])

    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == f"ROLL OUT  {KEY}"
    assert done.output.rstrip().endswith(str(page))
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert refused.exit_code == 2
    assert "ttfv_nudges" in refused.output and KEY in refused.output
