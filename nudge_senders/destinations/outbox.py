"""The destination of rehearsals: a folder per namespace with a readable file per nudge and one line per
delivery.

`<outbox>/<namespace>/<nudge_id>.txt` is the message (written whole or not at all; what is taken back adds
`<nudge_id>.withdrawn.txt`), `deliveries.jsonl` the proof: one line for every time something left, appended
and flushed to disk, so that a double delivery shows as two lines. The line is the effect. Settlement is
`lookup`: whether the line is there can be asked at any time and the answer is final, because writing is over
when the call is.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from nudge_senders.clock import Clock, system_clock
from nudge_senders.destination import (
    CheckAnswer,
    Delivery,
    Inquiry,
    Lookup,
    Request,
    Response,
    Settlement,
    one_each,
)
from nudge_senders.errors import NotSent
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Dead, Retryable, Sent, Uncertain, Verdict
from nudge_senders.vocabulary import Action, Channel

DELIVERIES_FILE = "deliveries.jsonl"
_WRITE = "write"
_SEARCH = "search"
_NAMESPACE = re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9_-]+\Z")
#: What tells one delivery from another in the file.
_LINE_KEY = ("delivery_id", "action", "attempt")


@dataclass(frozen=True)
class _Lines:
    """What a deliveries file holds, as far as settling asks."""

    keys: frozenset[tuple[object, ...]]
    is_partly_unreadable: bool


class OutboxDestination:
    """See the module's docstring."""

    name = "outbox"
    channels = frozenset(Channel)
    actions = frozenset(Action)
    #: Many may be in doubt together: asking costs nothing and the answer is final.
    settlement: Settlement = Lookup(settling_time=timedelta(0), batch_size=500)
    minimum_interval = timedelta(0)

    def __init__(self, folder: Path, *, clock: Clock = system_clock) -> None:
        self._folder = folder
        self._clock = clock
        self._lines_read: dict[Path, tuple[tuple[int, int, int], _Lines]] = {}

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return one_each(nudges)

    def build_request(self, delivery: Delivery) -> Request:
        texts = {_file_stem(nudge, delivery): _text(nudge, delivery) for nudge in delivery.nudges}
        line = {
            "delivery_id": delivery.delivery_id,
            "nudge_ids": [nudge.nudge_id for nudge in delivery.nudges],
            "action": delivery.action.value,
            "attempt": delivery.attempt,
            "tick_id": delivery.tick_id,
            "channel": delivery.nudges[0].channel.value,
            "wanted_destination": delivery.nudges[0].destination,
        }
        return Request(
            operation=_WRITE, payload={"namespace": delivery.namespace, "texts": texts, "line": line}
        )

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        if response.status == 200:
            return Verdict(Sent(provider_ref=delivery.delivery_id))
        return Verdict(Dead("outbox_refused", provider_status=str(response.status)))

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        return Request(
            operation=_SEARCH,
            payload={
                "namespace": inquiry.namespace,
                "delivery_id": inquiry.delivery_id,
                "attempt": inquiry.attempt,
                "action": inquiry.action.value,
            },
            has_effect=False,
        )

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        if response.body == "found":
            return Verdict(Sent(provider_ref=inquiry.delivery_id))
        if response.body == "absent":
            return Verdict(Retryable("not_found_by_inquiry"))
        return Verdict(Uncertain("outbox_line_unreadable"))

    def check(self) -> CheckAnswer:
        """Whether the folder, or the nearest one above it that exists, takes new files."""
        existing = next(path for path in (self._folder, *self._folder.parents) if path.exists())
        if existing.is_dir() and os.access(existing, os.W_OK):
            return CheckAnswer(True, "the folder can be written")
        return CheckAnswer(False, "the folder cannot be written")

    def call(self, request: Request) -> Response:
        folder = self._folder_of(str(request.payload["namespace"]))
        if request.operation == _SEARCH:
            return Response(status=200, body=self._search(folder, request), received_at=self._clock())
        texts, line = request.payload["texts"], request.payload["line"]
        assert isinstance(texts, dict) and isinstance(line, dict)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for stem, text in texts.items():
                _write_whole(folder / f"{stem}.txt", text)
        except OSError as error:
            # The files may lie there, but the line, which is the delivery, does not.
            raise NotSent("outbox_not_writable") from error
        _append_line(
            folder / DELIVERIES_FILE, {**line, "delivered_at": self._clock().astimezone(UTC).isoformat()}
        )
        return Response(status=200, body="written", received_at=self._clock())

    def _folder_of(self, namespace: str) -> Path:
        if not _NAMESPACE.match(namespace):
            raise NotSent("outbox_namespace_unusable")
        return self._folder / namespace

    def _search(self, folder: Path, request: Request) -> str:
        """found, absent, or unreadable: a line that cannot be read might be the one that is looked for."""
        lines = self._lines(folder / DELIVERIES_FILE)
        if tuple(request.payload[key] for key in _LINE_KEY) in lines.keys:
            return "found"
        return "unreadable" if lines.is_partly_unreadable else "absent"

    def _lines(self, path: Path) -> _Lines:
        """The file's lines, read again only when it has changed: after a crash hundreds are asked about."""
        try:
            stat = path.stat()
        except FileNotFoundError:
            return _Lines(frozenset(), False)
        version = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        known = self._lines_read.get(path)
        if known is None or known[0] != version:
            known = (version, _read_lines(path))
            self._lines_read[path] = known
        return known[1]


def _read_lines(path: Path) -> _Lines:
    keys: set[tuple[object, ...]] = set()
    is_partly_unreadable = False
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            keys.add(tuple(line.get(key) for key in _LINE_KEY))
        except (ValueError, AttributeError, TypeError):
            is_partly_unreadable = True
    return _Lines(frozenset(keys), is_partly_unreadable)


def _file_stem(nudge: Nudge, delivery: Delivery) -> str:
    return f"{nudge.nudge_id}.withdrawn" if delivery.action is Action.WITHDRAW else nudge.nudge_id


def _text(nudge: Nudge, delivery: Delivery) -> str:
    if delivery.action is Action.WITHDRAW:
        return f"withdrawn: {nudge.nudge_id}\nwhy: {nudge.withdraw_reason_code or 'unknown'}\n"
    to = (
        nudge.csm_name or nudge.csm_email
        if nudge.channel is Channel.HUMAN
        else nudge.contact_name or nudge.contact_id
    )
    head = [
        f"nudge: {nudge.nudge_id}",
        f"would leave by: {nudge.destination}",
        f"account: {nudge.account_name or nudge.account_id} ({nudge.account_id})",
        f"milestone: {nudge.milestone_key}, tier {nudge.tier}",
        f"to: {to or 'unknown'}",
    ]
    return "\n".join(head) + "\n" + delivery.messages[nudge.nudge_id].readable()


def _write_whole(path: Path, text: str) -> None:
    """Written aside and renamed, so that a reader never sees half a message."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8", errors="replace")
    os.replace(aside, path)


def _append_line(path: Path, line: dict[str, object]) -> None:
    """One write of one line, on disk when this returns. A torn line before it is closed first, and stays
    visible."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        data = ("\n" if is_torn else "") + json.dumps(line, ensure_ascii=True, sort_keys=True) + "\n"
        os.write(descriptor, data.encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_deliveries(folder: Path, namespace: str) -> list[dict[str, Any]]:
    """The lines of a namespace's deliveries, oldest first; unreadable ones are left out."""
    try:
        lines = (
            (folder / namespace / DELIVERIES_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
        )
    except FileNotFoundError:
        return []
    found: list[dict[str, Any]] = []
    for text in lines:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            found.append(line)
    return found
