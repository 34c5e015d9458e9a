"""`ledger open` takes a typed number and appends once; `ledger status` tells what is in doubt or stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from nudge_senders.ledger import Ledger, open_ledger
from tests.validation.house import House

LIVE = {"MILESTONE_AGENT_LIVE": "1"}


def ledger_of(house: House) -> Ledger:
    return open_ledger(house.warehouse, schema="nudges", clock=lambda: datetime.now(tz=UTC))


@pytest.fixture
def live_house(house: House) -> House:
    """A house that may go live: every destination can deliver, and the experiment starts tomorrow."""
    house.environ = dict(LIVE)
    for name in ("intercom", "hubspot", "slack"):
        house.replace("nudge_policy", name, "outbox")
        house.replace("message_templates", name, "outbox", count=20)
    tomorrow = datetime.now(tz=UTC) + timedelta(days=1)
    house.replace("experiment_epochs", "2000-01-01 00:00:00", f"{tomorrow:%Y-%m-%d} 00:00:00")
    return house


def entries_of_kind_opened(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute("select count(*) from nudges.nudge_events where kind = 'opened'").fetchone()
    assert row is not None
    return int(row[0])


def test_the_accounts_slipped_already_are_printed_per_tier_and_csm(live_house: House) -> None:
    result = live_house.run("ledger", "open", "--confirm", "3")

    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "ada@csm.example 2 1 1 1" in lines
    assert "bob@csm.example 1 1 0 0" in lines
    assert "all 3 2 1 1" in lines
    assert "dev/live is open. The next tick may send." in lines


def test_opening_appends_one_entry_and_a_second_opening_none(live_house: House) -> None:
    assert live_house.run("ledger", "open", "--confirm", "3").exit_code == 0
    assert ledger_of(live_house).is_open("dev/live")
    assert not ledger_of(live_house).is_open("dev/shadow")

    again = live_house.run("ledger", "open", "--confirm", "3")

    assert again.exit_code == 0, again.output
    assert "is open since" in again.stdout
    assert entries_of_kind_opened(live_house.warehouse) == 1


@pytest.mark.parametrize("number", ["0", "2", "4", "-3"])
def test_a_number_that_was_not_printed_opens_nothing(live_house: House, number: str) -> None:
    result = live_house.run("ledger", "open", "--confirm", number)

    assert result.exit_code == 2, result.output
    assert f"{number} is not the number of accounts printed (3); nothing was opened" in result.stderr
    assert entries_of_kind_opened(live_house.warehouse) == 0


def test_without_a_terminal_and_a_number_the_command_to_run_is_told(live_house: House) -> None:
    result = live_house.run("ledger", "open")

    assert result.exit_code == 2, result.output
    assert "milestone-agent ledger open --confirm 3" in result.stderr
    assert entries_of_kind_opened(live_house.warehouse) == 0


def test_shadow_is_not_opened(house: House) -> None:
    result = house.run("ledger", "open", "--confirm", "3")

    assert result.exit_code == 2
    assert "set MILESTONE_AGENT_LIVE=1" in result.stderr


def test_a_stopped_house_is_not_opened(live_house: House) -> None:
    live_house.environ["MILESTONE_AGENT_HALT"] = "1"

    result = live_house.run("ledger", "open", "--confirm", "3")

    assert result.exit_code == 2
    assert "unset it before you open dev/live" in result.stderr


def test_an_experiment_that_has_begun_keeps_the_ledger_closed(live_house: House) -> None:
    live_house.seed("experiment_epochs").write_text(
        "experiment_key,epoch,starts_at,treatment_share\nttfv_nudge,1,2000-01-01 00:00:00,0.2\n",
        encoding="utf-8",
    )

    result = live_house.run("ledger", "open", "--confirm", "3")

    assert result.exit_code == 2
    assert "let the first epoch start after the opening" in result.stderr
    assert entries_of_kind_opened(live_house.warehouse) == 0


def test_an_invalid_policy_keeps_the_ledger_closed(live_house: House) -> None:
    live_house.replace("critical_path", "default,3,", "default,2,")

    result = live_house.run("ledger", "open", "--confirm", "3")

    assert result.exit_code == 2
    assert "milestone_order 2 is used twice" in result.stderr
    assert entries_of_kind_opened(live_house.warehouse) == 0


def test_nothing_is_opened_before_a_tick_has_said_who_has_slipped(live_house: House) -> None:
    live_house.sql("drop schema onboarding cascade")

    result = live_house.run("ledger", "open", "--confirm", "0")

    assert result.exit_code == 2
    assert "run `milestone-agent tick --dry-run` first" in result.stderr


def test_a_live_tick_before_the_opening_is_refused_with_the_command_that_opens(live_house: House) -> None:
    before = live_house.fingerprint()

    result = live_house.run("tick", "--full-refresh")

    assert result.exit_code == 2, result.output
    assert (
        "Refused: dev/live is not opened: run `milestone-agent ledger open`. Nothing was done"
        in result.stderr
    )
    assert "LedgerNotTrusted" not in result.output
    assert "nudge_lease" not in result.output
    assert live_house.fingerprint() == before


def test_a_live_tick_without_any_ledger_is_refused_in_the_same_words(live_house: House) -> None:
    live_house.sql("drop schema nudges cascade")
    before = live_house.fingerprint()

    result = live_house.run("tick", "--full-refresh")

    assert result.exit_code == 2, result.output
    assert "dev/live is not opened: run `milestone-agent ledger open`" in result.stderr
    assert live_house.fingerprint() == before


def test_a_tick_on_a_ledger_with_entries_that_nobody_knows_is_refused_before_it_plans(house: House) -> None:
    house.sql("update nudges.nudge_events set kind = 'posted' where kind = 'claimed'")
    before = house.fingerprint()

    result = house.run("tick", "--full-refresh")

    assert result.exit_code == 2, result.output
    assert "ledger entries have kind 'posted'" in result.stderr
    assert house.fingerprint() == before


def test_status_counts_states_and_names_what_is_in_doubt(house: House) -> None:
    before = house.fingerprint()

    result = house.run("ledger", "status")

    assert result.exit_code == 0, result.output
    assert "namespace   dev/shadow" in result.stdout
    assert "shadow needs no opening" in result.stdout
    assert "1 sent, 1 uncertain" in result.stdout
    assert "in doubt    1" in result.stdout
    assert "n5  uncertain, last attempt 2026-01-07 08:00:05 UTC" in result.stdout
    assert "account initech, integration_connected, tier 2 by email. The call broke off" in result.stdout
    assert "last tick   none has finished" in result.stdout
    assert "lease       free" in result.stdout
    assert "stopped     nothing" in result.stdout
    assert house.fingerprint() == before


def test_status_names_what_stops_sends_until_it_is_released(house: House) -> None:
    ledger = ledger_of(house)
    halt_id = ledger.append_halt(scope="all", who="ada", why="wrong link")

    assert (
        "stopped     all by ada until released by a person: wrong link"
        in house.run("ledger", "status").stdout
    )

    ledger.release_halt(halt_id, who="ada", why="mended")
    (house.warehouse.parent / "HALT").touch()
    house.environ = {"MILESTONE_AGENT_HALT": "1"}
    text = house.run("ledger", "status").stdout
    assert "wrong link" not in text
    assert "MILESTONE_AGENT_HALT=1 stops all sends" in text
    assert "HALT stops all sends until released by a person" in text


def test_status_names_who_holds_the_lease_and_when_live_opened(live_house: House) -> None:
    assert live_house.run("ledger", "open", "--confirm", "3").exit_code == 0
    now = datetime.now(tz=UTC)
    ledger_of(live_house).acquire_lease(
        namespace="dev/live", tick_id="t7", tick_at=now, time_to_live=timedelta(minutes=5)
    )

    text = live_house.run("ledger", "status").stdout

    assert f"opened      {now:%Y-%m-%d}" in text
    assert "for tick t7 until" in text


def test_a_live_ledger_that_is_not_open_says_so(live_house: House) -> None:
    text = live_house.run("ledger", "status").stdout

    assert "no: nothing is sent until `milestone-agent ledger open`" in text


def test_without_a_ledger_status_names_the_command_that_makes_one(bare_house: House) -> None:
    bare_house.sql("drop schema nudges cascade")

    result = bare_house.run("ledger", "status")

    assert result.exit_code == 2
    assert "milestone-agent init" in result.stderr
