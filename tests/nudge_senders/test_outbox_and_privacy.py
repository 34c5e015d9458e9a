"""The outbox tells the truth about what left, and neither ledger nor log holds who it was for."""

from __future__ import annotations

import logging
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nudge_senders.destination import Inquiry
from nudge_senders.destinations.outbox import OutboxDestination, read_deliveries
from nudge_senders.errors import NotSent, SenderMisconfigured
from nudge_senders.identity import load_hash_key, recipient_hash
from nudge_senders.ledger.memory import MEMORY_FILE
from nudge_senders.outcome import Retryable, Sent, Uncertain, Verdict
from nudge_senders.retry import BACKOFF, LONGEST_WAIT, MAX_ATTEMPTS, retry_not_before
from nudge_senders.settings import SenderSettings
from nudge_senders.vocabulary import Action
from tests.nudge_senders.world import START, FakeDestination, World, always, live, outbox_lines


def _inquiry(delivery_id: str) -> Inquiry:
    return Inquiry(
        delivery_id=delivery_id,
        action=Action.DELIVER,
        namespace="dev/shadow",
        nudge_ids=("a",),
        attempt=1,
        attempted_at=START,
        deadline_at=START,
        asked_at=START,
        account_id=None,
        contact_id=None,
        milestone_key=None,
        provider_ref=None,
        provider_status=None,
    )


def test_a_torn_line_is_doubt_about_what_it_held_and_does_not_swallow_the_next(world: World) -> None:
    world.tick({"nudge_id": "a"})
    path = world.home / "outbox/dev/shadow/deliveries.jsonl"
    known = str(outbox_lines(world)[0]["delivery_id"])
    with path.open("a") as file:
        file.write('{"action": "deliver", "att')
    world.tick({"nudge_id": "b"})
    assert [line["nudge_ids"] for line in read_deliveries(world.home / "outbox", "dev/shadow")] == [
        ["a"],
        ["b"],
    ]
    outbox = OutboxDestination(world.home / "outbox")
    for delivery_id, expected in ((known, Sent), ("another", Uncertain)):
        request = outbox.build_inquiry(_inquiry(delivery_id))
        assert request is not None
        verdict = outbox.parse_inquiry(_inquiry(delivery_id), request, outbox.call(request))
        assert isinstance(verdict, Verdict)
        assert isinstance(verdict.all_nudges, expected)


def test_an_outbox_that_cannot_be_written_is_certain_non_delivery(world: World) -> None:
    (world.home / "outbox").write_text("a file where a folder should be")
    assert world.tick({"nudge_id": "a"}).retryable == 1
    assert world.state("a").reason_code == "outbox_not_writable"


def test_a_namespace_cannot_climb_out_of_the_outbox(tmp_path: Path) -> None:
    with pytest.raises(NotSent):
        OutboxDestination(tmp_path)._folder_of("../..")


def test_no_email_name_or_text_reaches_ledger_or_log(
    live_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canaries = {
        "contact_email": "canary-mail@customer.example",
        "contact_name": "CanaryName Smith",
        "account_name": "CanaryAccount",
        "csm_name": "CanaryCsm",
        "csm_email": "canary-csm@example.com",
    }
    answers: list[Verdict | Exception] = [
        Verdict(Sent("canary-ref@customer.example", "sent to canary-mail@customer.example")),
        RuntimeError("canary-mail@customer.example refused"),
        Verdict(Uncertain("CanaryName said no")),
    ]
    destination = FakeDestination(answers=lambda request: answers.pop(0))
    rows = [{"nudge_id": f"n{number}", **canaries} for number in range(3)]
    live_world.tick(
        *rows, {"nudge_id": "n9", **canaries, "template_key": "poem"}, destinations=live(destination)
    )
    tables = [
        str(live_world.query(f"select * from nudges.{table}"))
        for table in ("nudge_events", "ticks", "nudge_halts")
    ]
    remembered = (live_world.home / MEMORY_FILE).read_text()
    for text in (*tables, caplog.text, remembered):
        assert "canary" not in text.lower()
    assert live_world.query("select count(distinct recipient_hash) from nudges.nudge_events") == [(1,)]


def test_the_hash_key_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    first = load_hash_key({}, tmp_path)
    assert load_hash_key({}, tmp_path) == first
    assert stat.S_IMODE((tmp_path / "hash_key").stat().st_mode) == 0o600
    assert (
        load_hash_key({"MILESTONE_AGENT_HASH_KEY": "a key of one's own"}, tmp_path) == b"a key of one's own"
    )
    with pytest.raises(SenderMisconfigured):
        load_hash_key({"MILESTONE_AGENT_HASH_KEY": "short"}, tmp_path)
    assert recipient_hash(first, " Ada@X.example ") == recipient_hash(first, "ada@x.example")
    assert recipient_hash(first, "ada@x.example") != recipient_hash(b"another key, long", "ada@x.example")
    assert recipient_hash(first, "  ") is None


def test_settings_show_no_secret() -> None:
    settings = SenderSettings(namespace="dev/shadow", home=Path(), environ={"SLACK_BOT_TOKEN": "xoxb-canary"})
    assert "canary" not in repr(settings)


@given(
    nudge_id=st.text(min_size=1, max_size=20),
    attempt=st.integers(1, 6),
    retry_after=st.one_of(st.none(), st.integers(-(10**6), 10**9)),
)
def test_a_retry_is_never_in_the_past_never_too_far_and_always_the_same(
    nudge_id: str, attempt: int, retry_after: int | None
) -> None:
    retry_at = None if retry_after is None else START + timedelta(seconds=retry_after)
    found = retry_not_before(nudge_id, attempt, START, retry_at)
    assert found == retry_not_before(nudge_id, attempt, START, retry_at)
    if attempt >= MAX_ATTEMPTS:
        assert found is None
        return
    assert found is not None
    assert START <= found <= START + LONGEST_WAIT
    if retry_at is None:
        assert BACKOFF[attempt - 1] <= found - START <= BACKOFF[attempt - 1] * 1.5


def test_the_providers_own_word_wins_over_our_backoff(live_world: World) -> None:
    retry_at = START + timedelta(minutes=42)
    destination = FakeDestination(answers=always(Verdict(Retryable("throttled", retry_at))))
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    assert live_world.state("a").not_before == retry_at
