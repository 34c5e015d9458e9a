"""The halt file: what is read in it, what doubt about it stops, and that writing never weakens it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from nudge_senders.halt_file import FileHalt, add_to_halt_file, read_halt_file, take_from_halt_file
from nudge_senders.outcome import Sent, Verdict
from nudge_senders.settlement import settle
from tests.nudge_senders.world import START, FakeDestination, World, always, live

HOUR_AGO, IN_AN_HOUR = ((START + timedelta(hours=hours)).isoformat() for hours in (-1, 1))


def _unreadable(path: Path) -> None:
    # Also for root, whom no permission keeps out.
    path.symlink_to(path.with_name("nowhere"))


def _written(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "is_email_stopped"),
    [
        pytest.param(lambda path: None, False, id="absent"),
        pytest.param(_written(b""), True, id="empty"),
        pytest.param(_written(b" \n\n"), True, id="blank"),
        pytest.param(_written(b"\xff\xfe\x00garbage"), True, id="garbage"),
        pytest.param(_written(b"x" * 200_000), True, id="far too large"),
        pytest.param(Path.mkdir, True, id="a folder"),
        pytest.param(_unreadable, True, id="unreadable"),
        pytest.param(_written(b"stop the emails please\n"), True, id="prose"),
        pytest.param(_written(b"chanel:email\n"), True, id="an unknown scope"),
        pytest.param(_written(b"channel:email\n"), True, id="its scope"),
        pytest.param(_written(b"channel:human\n"), False, id="another scope"),
        pytest.param(_written(f"all\t{IN_AN_HOUR}\tid\tkim\twhy\n".encode()), True, id="not over yet"),
        pytest.param(_written(f"all\t{HOUR_AGO}\tid\tkim\twhy\n".encode()), False, id="over"),
        pytest.param(_written(b"channel:human\tat noon\tid\n"), True, id="a time that is none"),
        pytest.param(_written(b"channel:human\t2020-01-01\tid\n"), True, id="a time without zone"),
        pytest.param(_written(b"channel:human\nall\n"), True, id="any of its lines"),
    ],
)
def test_whatever_cannot_be_read_or_understood_stops(
    world: World, make: Callable[[Path], object], is_email_stopped: bool
) -> None:
    make(world.settings.halt_file)
    counts = world.tick({"nudge_id": "a"})
    assert (counts.skipped, counts.sent) == ((1, 0) if is_email_stopped else (0, 1))


def test_a_scope_in_the_file_is_asked_before_every_single_call(live_world: World) -> None:
    def stop(request: object) -> None:
        live_world.settings.halt_file.write_text("destination:hubspot\n", encoding="utf-8")

    destination = FakeDestination(before_call=stop)
    live_world.tick({"nudge_id": "a"}, {"nudge_id": "b"}, destinations=live(destination))
    assert len(destination.calls) == 1
    assert (live_world.state("a").state, live_world.state("b").reason_code) == ("sent", "halted")


def test_taking_back_goes_on_under_a_scope_and_stops_with_everything(live_world: World) -> None:
    live_world.tick({"nudge_id": "a"}, destinations=live(FakeDestination()))
    live_world.settings.halt_file.write_text("channel:email\nexperiment:ttfv\n", encoding="utf-8")
    withdrawal = {"nudge_id": "a", "action": "withdraw"}
    destination = FakeDestination(answers=always(Verdict(Sent())))
    assert live_world.tick(withdrawal, {"nudge_id": "b"}, destinations=live(destination)).sent == 1
    assert [request.payload["key"] for request in destination.calls] == ["a-withdraw"]
    live_world.settings.halt_file.write_text("all\n", encoding="utf-8")
    assert live_world.tick({**withdrawal, "nudge_id": "c"}, destinations=live(destination)).sent == 0


def test_settling_stops_between_two_appends_when_everything_is_stopped(
    live_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nudge_senders.settlement._ANSWERS_PER_APPEND", 1)
    crashed = live_world.lease()
    rows = [{"nudge_id": "a"}, {"nudge_id": "b"}]
    live_world.plan(crashed.tick_id, *rows)
    broken = FakeDestination(answers=always(Verdict(Sent())), settlement=FakeDestination().settlement)
    broken.before_call = lambda request: (_ for _ in ()).throw(OSError("the line broke"))
    live_world.deliver(crashed, destinations=live(broken))
    live_world.ledger.release_lease(crashed)
    live_world.clock.pass_by(hours=1)

    def stop_and_find(inquiry: object) -> Verdict:
        live_world.settings.halt_file.touch()
        return Verdict(Sent("found"))

    asked = FakeDestination(inquiry_answers=stop_and_find)
    lease = live_world.lease()
    settle(
        lease=lease,
        ledger=live_world.ledger,
        destinations=live(asked),
        settings=live_world.settings,
        clock=live_world.clock,
    )
    assert len(asked.inquiries) == 1


def test_a_narrower_line_does_not_open_what_an_empty_file_or_an_older_line_stops(tmp_path: Path) -> None:
    path = tmp_path / "home" / "HALT"
    add_to_halt_file(path, FileHalt(scope="channel:email", halt_id="h1", who="kim", why="a\twrong\nlink"))
    assert read_halt_file(path) == (
        FileHalt(scope="channel:email", halt_id="h1", who="kim", why="a wrong link"),
    )
    path.write_text("", encoding="utf-8")
    add_to_halt_file(path, FileHalt(scope="channel:email", halt_id="h2"))
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    add_to_halt_file(path, FileHalt(scope="tier:3", until_at=START, halt_id="h3"))
    assert [halt.scope for halt in read_halt_file(path)] == ["all", "channel:email", "tier:3"]
    assert read_halt_file(path)[2].until_at == START


def test_a_released_line_goes_alone_and_the_last_one_takes_the_file_along(tmp_path: Path) -> None:
    path = tmp_path / "HALT"
    for halt_id in ("h1", "h2"):
        add_to_halt_file(path, FileHalt(scope="channel:email", halt_id=halt_id))
    assert take_from_halt_file(path, {"h9"}) == 0
    assert take_from_halt_file(path, {"h1"}) == 1
    assert [halt.halt_id for halt in read_halt_file(path)] == ["h2"]
    assert take_from_halt_file(path, {"h2"}) == 1
    assert not path.exists()
    path.touch()
    # What has no id is taken away as a whole only.
    assert take_from_halt_file(path, {""}) == 1
    assert take_from_halt_file(path, None) == 0
