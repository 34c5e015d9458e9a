"""No secret leaves the environment: not into a log, an exception, Dagster's home, the warehouse, the outbox,
and in no spelling."""

from __future__ import annotations

import base64
import html
import json
import logging
from pathlib import Path
from urllib.parse import quote, quote_plus

import duckdb
import pytest

from dagster_project.errors import RunFailed
from nudge_senders.destination import Inquiry, Request, Response
from nudge_senders.destinations.outbox import OutboxDestination
from nudge_senders.errors import NotSent
from nudge_senders.registry import KNOWN_DESTINATIONS
from tests.dagster_project.conftest import World

#: What the vendors call their settings, beside one of each known destination.
VARIABLES = (
    "MILESTONE_AGENT_HASH_KEY",
    "HUBSPOT_ACCESS_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_OPS_CHANNEL",
    "INTERCOM_ACCESS_TOKEN",
    "PENDO_INTEGRATION_KEY",
    "BRAZE_REST_KEY",
    "SALESLOFT_API_KEY",
    "WEBHOOK_ALLOWED_HOSTS",
    *(f"{name.upper()}_SECRET" for name in sorted(KNOWN_DESTINATIONS)),
)
# Longer than one line of base64 shifts, and with characters that every spelling writes in its own way.
CANARIES = {name: f"cAnAry-{number:02}~'q\"+/\\é=&{name.lower()}" for number, name in enumerate(VARIABLES)}
EVERY_CANARY = " | ".join(CANARIES.values())


def spellings(secret: str) -> set[bytes]:
    """The secret as it stands, as text of Python, JSON, URLs and HTML, as hex, and in base64, shifted."""
    texts = {secret, repr(secret)[1:-1], quote(secret), quote(secret, safe=""), quote_plus(secret)}
    texts |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)}
    texts |= {repr(secret.encode())[2:-1], secret.encode().hex()}
    found = {text.encode() for text in texts}
    for shift in range(3):
        shifted = b"\0" * shift + secret.encode()
        # Without the ends, which depend on what stands before and after.
        for encoded in (base64.b64encode(shifted), base64.urlsafe_b64encode(shifted)):
            found.add(encoded.rstrip(b"=")[4:-4])
    return found


FORBIDDEN = {spelling for secret in CANARIES.values() for spelling in spellings(secret)}


def leaks(content: bytes) -> list[bytes]:
    return sorted(spelling for spelling in FORBIDDEN if spelling in content)


def table_rows(path: Path) -> bytes:
    """Every row of every relation, as a compressed column shows nothing in the file's bytes."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = current_database()"
        ).fetchall()
        rows = [connection.execute(f'select * from "{schema}"."{name}"').fetchall() for schema, name in names]
    return "\n".join(str(value) for table in rows for row in table for value in row).encode()


def test_no_secret_is_found_anywhere_after_a_tick_and_after_two_that_failed(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name, secret in CANARIES.items():
        monkeypatch.setenv(name, secret)
    caplog.set_level(logging.DEBUG)
    calls: list[Request] = []
    send = OutboxDestination.call

    def call(self: OutboxDestination, request: Request) -> Response:
        calls.append(request)
        if len(calls) == 1:
            raise RuntimeError(f"403 for {EVERY_CANARY}")
        if len(calls) == 2:
            raise NotSent(CANARIES["SLACK_BOT_TOKEN"])
        return send(self, request)

    monkeypatch.setattr(OutboxDestination, "call", call)
    first = world.tick()
    assert (first.counts.uncertain, first.counts.retryable, first.counts.sent) == (1, 1, 3)

    def break_down(*arguments: object) -> None:
        raise ValueError(f"cannot work with {EVERY_CANARY}")

    def inquire(self: OutboxDestination, inquiry: Inquiry) -> Request | None:
        inquiries.append(inquiry)
        return break_down()

    inquiries: list[Inquiry] = []
    monkeypatch.setattr(OutboxDestination, "group", break_down)
    monkeypatch.setattr(OutboxDestination, "build_inquiry", inquire)
    world.pass_time(hours=1)
    world.execute("insert into segment.tracks select * from segment.tracks limit 1")
    with pytest.raises(RunFailed, match=r"the senders stopped with ValueError \(.*delivery\.py:") as failed:
        world.tick()
    assert inquiries
    # Dagster keeps the error of a step with all its causes.
    monkeypatch.setattr("dagster_project.delivering.build_registry", break_down)
    with pytest.raises(RunFailed, match=r"the senders stopped with ValueError \(.*delivering\.py:"):
        world.tick()

    home = world.settings.home
    told = capfd.readouterr()
    chain = [failed.value, failed.value.__cause__, failed.value.__context__]
    places = {
        "stdout": told.out.encode(),
        "stderr": told.err.encode(),
        "log": caplog.text.encode(),
        "exception": repr(chain).encode(),
        "rows of the warehouse": table_rows(world.settings.duckdb_path),
        "rows of the copy": table_rows(world.settings.marts_copy),
        **{str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()},
    }
    assert any(place.startswith("dagster/history/runs") and size for place, size in places.items())
    assert any(place.startswith("outbox") for place in places)
    assert {place: found for place, content in places.items() if (found := leaks(content))} == {}
    # The search itself finds what it should.
    for text in (EVERY_CANARY, repr(EVERY_CANARY), base64.b64encode(f"x{EVERY_CANARY}".encode()).decode()):
        assert leaks(text.encode())
