"""A warehouse, a ledger or an operator fails the senders half-way: no second message, nothing hidden."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from nudge_senders.errors import LedgerNotTrusted, LedgerUnreadable
from nudge_senders.ledger import open_ledger
from nudge_senders.outcome import Sent, Verdict
from tests.nudge_senders.world import FakeClock, FakeDestination, World, live


def test_an_outcome_that_cannot_be_written_is_doubt_and_no_second_message(
    live_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full, or the warehouse gone, when the provider has answered."""
    destination = FakeDestination(inquiry_answers=lambda inquiry: Verdict(Sent("found")))
    lease, ledger = live_world.lease(), live_world.ledger
    live_world.plan(lease.tick_id, {"nudge_id": "a"})
    write = ledger.append_outcomes

    def fail(of_lease: Any, entries: Any) -> bool:
        if entries:
            raise OSError("no space left on device")
        return write(of_lease, entries)

    monkeypatch.setattr(ledger, "append_outcomes", fail)
    with pytest.raises(OSError, match="no space"):
        live_world.deliver(lease, destinations=live(destination), ledger=ledger)
    assert (live_world.state("a").state, live_world.state("a").is_possibly_sent) == ("uncertain", True)
    live_world.clock.pass_by(minutes=20)
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    assert (live_world.state("a").state, len(destination.calls)) == ("sent", 1)


def test_an_interrupt_in_the_middle_of_a_batch_loses_no_outcome_that_is_known(live_world: World) -> None:
    """Ctrl-C, or the stop of a run, during the second call."""

    def interrupt(request: Any) -> None:
        if len(destination.calls) == 2:
            raise KeyboardInterrupt

    destination = FakeDestination(before_call=interrupt)
    lease = live_world.lease()
    live_world.plan(lease.tick_id, *({"nudge_id": nudge_id} for nudge_id in "abc"))
    with pytest.raises(KeyboardInterrupt):
        live_world.deliver(lease, destinations=live(destination))
    found = {nudge_id: state.state for nudge_id, state in live_world.states().items()}
    assert found == {"a": "sent", "b": "uncertain", "c": "uncertain"}


@pytest.mark.parametrize(
    "change",
    [
        "attempt = 9, seq = 900",
        "recorded_at = timestamp '2999-01-01'",
        "recorded_at = timestamp '1999-01-01', fence = 0",
    ],
)
def test_a_sent_that_somebody_edited_is_still_sent(live_world: World, change: str) -> None:
    destination = FakeDestination()
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    live_world.query("delete from nudges.nudge_events where kind in ('claimed', 'attempting')")
    live_world.query(f"update nudges.nudge_events set {change} where kind = 'sent'")
    # The memory would stop a live ledger that lost entries; here the view alone is asked.
    live_world.ledger.open_namespace("prod/live", who="a person")
    assert live_world.tick({"nudge_id": "a"}, destinations=live(destination)).skipped == 1
    assert (live_world.state("a").state, len(destination.calls)) == ("sent", 1)


def _left_by_a_dead_process(world: World, folder: Path) -> Path:
    """A copy of the warehouse whose last transactions stand in the log only."""
    for path in world.home.iterdir():
        if path.is_file():
            shutil.copy2(path, folder / path.name)
    return folder / "warehouse.duckdb"


@pytest.fixture
def log_in_use(live_world: World, tmp_path: Path) -> tuple[World, Path, Path]:
    """(world, warehouse, its log) of a process that died after a delivery."""
    live_world.query("checkpoint")
    # Nothing but the log has what follows.
    live_world.query("set global checkpoint_threshold = '1GB'")
    lease = live_world.lease()
    live_world.plan(lease.tick_id, {"nudge_id": "a"})
    live_world.deliver(lease, destinations=live(FakeDestination()))
    live_world.ledger.release_lease(lease)
    folder = tmp_path / "copy"
    folder.mkdir()
    path = _left_by_a_dead_process(live_world, folder)
    log = path.with_name(f"{path.name}.wal")
    assert log.stat().st_size > 0
    return live_world, path, log


def test_a_log_with_a_wrong_byte_is_named_and_nothing_is_deleted(
    log_in_use: tuple[World, Path, Path],
) -> None:
    _, path, log = log_in_use
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 0xFF
    log.write_bytes(data)
    with pytest.raises(LedgerUnreadable, match=r"warehouse\.duckdb"):
        open_ledger(path, clock=FakeClock()).states("prod/live")
    assert log.read_bytes() == bytes(data)


@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "cut"])
def test_a_log_that_lost_its_end_stops_a_live_ledger(
    log_in_use: tuple[World, Path, Path], is_deleted: bool
) -> None:
    """DuckDB opens it without a word; what was last seen outside of it knows better."""
    world, path, log = log_in_use
    if is_deleted:
        log.unlink()
    else:
        with log.open("r+b") as file:
            file.truncate(log.stat().st_size * 2 // 3)
    with duckdb.connect(str(path)) as connection:
        row = connection.execute("select count(*) from nudges.nudge_events where kind = 'sent'").fetchone()
    assert row == (0,)
    world.clock.pass_by(hours=1)
    other = World(path.parent, namespace="prod/live", clock=world.clock)
    with pytest.raises(LedgerNotTrusted, match="fewer than"):
        other.deliver(other.lease(), destinations=live(FakeDestination()))
    other.close()
