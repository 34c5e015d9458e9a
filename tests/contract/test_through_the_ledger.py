"""HubSpot and Slack on the whole way out: what the ledger says of a nudge, and how its doubt ends there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from nudge_senders.ledger import NudgeState
from nudge_senders.registry import Registry
from nudge_senders.resolving import resolve
from nudge_senders.vocabulary import Action
from tests.contract.stand_ins import slack
from tests.contract.table import CASES
from tests.nudge_senders.world import START, World, queue_row

_CASE = {case.name: case for case in CASES}
_EMAIL = {"nudge_id": "a", "vendor_template_id": "4711"}
_CARD = {"nudge_id": "a", "tier": 3, "destination": "slack", "csm_email": "csm@house.example"}


@pytest.fixture
def live_world(tmp_path: Any) -> Iterator[World]:
    made = World(tmp_path / "home", namespace="prod/live")
    made.ledger.open_namespace("prod/live", who="a person")
    yield made
    made.close()


@contextmanager
def _registry(world: World, name: str, **environ: str) -> Iterator[tuple[Any, Registry]]:
    """The stand-in, and the registry that leads to it by the world's clock."""
    case = _CASE[name]
    stand_in: Any = case.stand_in()
    try:
        yield stand_in, Registry({name: case.destination(stand_in, clock=world.clock, **environ)}, True)
    finally:
        stand_in.close()


def test_a_lost_status_id_leads_to_a_repeat_under_the_same_key_and_to_one_email(live_world: World) -> None:
    email = {"nudge_id": "a", "vendor_template_id": "4711", "as_of": START}
    with _registry(live_world, "hubspot") as (stand_in, destinations):
        stand_in.fault = "after_reset"
        live_world.tick(email, destinations=destinations)
        assert (live_world.state("a").state, stand_in.delivered) == ("uncertain", ["a"])
        stand_in.fault = None
        live_world.clock.pass_by(minutes=5)
        later = {**email, "as_of": START + timedelta(minutes=5)}
        live_world.tick(later, destinations=destinations)
        assert live_world.state("a").provider_ref == "status-2"
        live_world.clock.pass_by(minutes=5)
        live_world.tick(destinations=destinations)
        state = live_world.state("a")
        assert (state.state, state.provider_status, state.attempts) == ("sent", "IDEMPOTENT_IGNORE", 2)
        assert stand_in.delivered == ["a"]


def _later(world: World, destinations: Registry, *rows: dict[str, Any], **how_long: float) -> NudgeState:
    """A tick after so much time; returns the state of `a`."""
    world.clock.pass_by(**how_long)
    world.tick(*rows, destinations=destinations)
    return world.state("a")


@pytest.mark.parametrize("result", ["THROTTLED", "PORTAL_OVER_LIMIT"])
@pytest.mark.parametrize("is_answer_lost", [False, True])
def test_an_email_that_was_accepted_and_not_sent_is_sent_under_a_new_key_that_stays_the_same(
    live_world: World, result: str, is_answer_lost: bool
) -> None:
    """HubSpot may take the first sendId for used, and would ignore it without sending anything."""
    with _registry(live_world, "hubspot") as (stand_in, destinations):
        stand_in.result = result
        live_world.tick(_EMAIL, destinations=destinations)
        assert _later(live_world, destinations, minutes=5).state == "retryable"
        stand_in.result = "SENT"
        stand_in.fault = "after_reset" if is_answer_lost else None
        assert _later(live_world, destinations, _EMAIL, minutes=20).state == "uncertain"
        stand_in.fault = None
        for _ in range(2):
            _later(live_world, destinations, _EMAIL, minutes=10)
        assert (live_world.state("a").state, stand_in.delivered) == ("sent", ["a-2"])


def test_a_repeat_that_was_accepted_and_not_sent_is_for_a_person(live_world: World) -> None:
    """The first try may have left: its key says nothing any more, and a new one could send twice."""
    with _registry(live_world, "hubspot") as (stand_in, destinations):
        stand_in.fault = "before_reset"
        live_world.tick(_EMAIL, destinations=destinations)
        stand_in.fault, stand_in.result = None, "THROTTLED"
        assert _later(live_world, destinations, _EMAIL, minutes=5).attempts == 2
        state = _later(live_world, destinations, _EMAIL, minutes=5)
        assert (state.state, state.reason_code) == ("needs_review", "key_spent")


def test_what_a_person_says_was_not_sent_is_sent_under_a_new_key(live_world: World) -> None:
    with _registry(live_world, "hubspot") as (stand_in, destinations):
        stand_in.fault, stand_in.result = "after_reset", "THROTTLED"
        live_world.tick(_EMAIL, destinations=destinations)
        stand_in.fault, stand_in.result = None, "SENT"
        assert _later(live_world, destinations, hours=12).reason_code == "key_too_old"
        resolve(
            live_world.ledger,
            namespace="prod/live",
            nudge_id="a",
            action=Action.DELIVER,
            is_sent=False,
            who="a person",
            why="it is not in the portal",
        )
        for _ in range(2):
            _later(live_world, destinations, _EMAIL, minutes=10)
        assert (live_world.state("a").state, stand_in.delivered) == ("sent", ["a-2"])


def test_an_address_that_would_be_two_headers_is_dead_and_nobody_is_asked(live_world: World) -> None:
    with _registry(live_world, "hubspot") as (stand_in, destinations):
        live_world.tick(
            {"nudge_id": "a", "contact_email": "a@customer.example\r\nBcc: b@customer.example"},
            destinations=destinations,
        )
        state = live_world.state("a")
        assert (state.state, state.reason_code, state.attempts) == ("dead", "recipient_unusable", 0)
        assert stand_in.seen == []


def test_the_conversation_stands_in_the_ledger_before_the_card_and_settles_it(live_world: World) -> None:
    with _registry(live_world, "slack") as (stand_in, destinations):
        stand_in.fault = "after_reset"
        live_world.tick(_CARD, destinations=destinations, channels=("human",))
        attempting = next(entry for entry in live_world.ledger.entries("a") if entry.kind == "attempting")
        assert attempting.provider_ref == "D0123456"
        assert live_world.state("a").state == "uncertain"
        stand_in.fault = None
        live_world.clock.pass_by(minutes=9)
        live_world.tick(_CARD, destinations=destinations, channels=("human",))
        assert live_world.state("a").state == "uncertain"
        live_world.clock.pass_by(minutes=5)
        live_world.tick(_CARD, destinations=destinations, channels=("human",))
        assert live_world.state("a").provider_ref == "D0123456:1772445601.000100"
        assert (live_world.state("a").state, stand_in.delivered) == ("sent", ["a"])


def test_a_card_that_is_not_in_the_history_is_written_once_more(live_world: World) -> None:
    with _registry(live_world, "slack") as (stand_in, destinations):
        stand_in.fault = "before_reset"
        live_world.tick(_CARD, destinations=destinations, channels=("human",))
        stand_in.fault = None
        live_world.clock.pass_by(minutes=14)
        live_world.tick(_CARD, destinations=destinations, channels=("human",))
        assert (live_world.state("a").state, live_world.state("a").attempts) == ("sent", 2)
        assert stand_in.delivered == ["a"]


def test_a_digest_is_one_card_of_which_every_nudge_is_settled(live_world: World) -> None:
    nudge_ids = ("a", "b", "c")

    class Queue:
        """The world's own queue table has no digest_key."""

        def rows(self, *, tick_id: str, namespace: str, channel: str) -> list[dict[str, Any]]:
            row = {**_CARD, "namespace": namespace, "digest_key": "morning"}
            return [queue_row(tick_id=tick_id, **{**row, "nudge_id": nudge_id}) for nudge_id in nudge_ids]

    with _registry(live_world, "slack") as (stand_in, destinations):
        stand_in.fault = "after_reset"
        lease = live_world.lease()
        live_world.plan(lease.tick_id, *({**_CARD, "nudge_id": nudge_id} for nudge_id in nudge_ids))
        live_world.deliver(lease, "human", destinations=destinations, queue=Queue())
        live_world.ledger.release_lease(lease)
        stand_in.fault = None
        live_world.clock.pass_by(minutes=14)
        live_world.settle(live_world.lease(), destinations=destinations)
    states = live_world.states()
    assert {(state.state, state.attempts) for state in states.values()} == {("sent", 1)}
    assert stand_in.delivered == [states["a"].delivery_id]
    assert len({state.provider_ref for state in states.values()}) == 1


def test_a_csm_with_many_cards_is_looked_up_once(live_world: World) -> None:
    rows = [{**_CARD, "nudge_id": f"n{number}"} for number in range(4)]
    with _registry(live_world, "slack") as (stand_in, destinations):
        live_world.tick(*rows, destinations=destinations, channels=("human",))
        asked = [seen.path.removeprefix("/api/") for seen in stand_in.seen]
        assert asked == ["users.lookupByEmail", "conversations.open", *["chat.postMessage"] * 4]
        assert len(stand_in.delivered) == 4


def test_two_cards_to_one_person_keep_a_second_apart_and_to_two_people_they_do_not(live_world: World) -> None:
    waited: list[timedelta] = []
    for other in ("csm@house.example", "other@house.example"):
        rows = [
            {**_CARD, "nudge_id": f"{number}-{other[:3]}", "csm_email": csm}
            for number, csm in enumerate(("csm@house.example", other))
        ]
        with _registry(live_world, "slack") as (stand_in, destinations):
            began = live_world.clock()
            live_world.tick(*rows, destinations=destinations, channels=("human",))
            assert len(stand_in.delivered) == 2
            waited.append(live_world.clock() - began)
    assert waited == [timedelta(seconds=1), timedelta(0)]


def test_a_csm_whom_nobody_knows_closes_the_nudge_without_an_attempt(live_world: World) -> None:
    unknown = {**_CARD, "csm_email": "nobody@house.example"}
    with _registry(live_world, "slack") as (stand_in, destinations):
        live_world.tick(unknown, destinations=destinations, channels=("human",))
        assert live_world.kinds("a") == ["claimed", "dead"]
        assert stand_in.delivered == []
    with _registry(live_world, "slack", SLACK_FALLBACK_CHANNEL=slack.FALLBACK) as (stand_in, destinations):
        live_world.tick({**unknown, "nudge_id": "b"}, destinations=destinations, channels=("human",))
        assert (live_world.state("b").state, stand_in.delivered) == ("sent", ["b"])


def test_a_rejected_token_holds_every_card_back_and_uses_up_no_attempt(live_world: World) -> None:
    rows = [{**_CARD, "nudge_id": nudge_id} for nudge_id in ("a", "b", "c")]
    with _registry(live_world, "slack", SLACK_BOT_TOKEN="xoxb-revoked") as (stand_in, destinations):
        live_world.tick(*rows, destinations=destinations, channels=("human",))
        assert len(stand_in.seen) == 1
    assert {state.attempts for state in live_world.states().values()} == {0}
    live_world.clock.pass_by(minutes=16)
    with _registry(live_world, "slack") as (stand_in, destinations):
        live_world.tick(*rows, destinations=destinations, channels=("human",))
        assert sorted(stand_in.delivered) == ["a", "b", "c"]
