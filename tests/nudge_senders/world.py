"""A small world for the senders: a DuckDB file with the two relations that dbt would have made, a clock that
moves when told, and destinations that answer as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from nudge_senders.counts import DeliveryCounts
from nudge_senders.delivery import deliver_channel, settle
from nudge_senders.destination import (
    CheckAnswer,
    Delivery,
    Destination,
    Inquiry,
    Lookup,
    Request,
    Response,
    Settlement,
    one_each,
)
from nudge_senders.destinations.outbox import OutboxDestination, read_deliveries
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.ledger import Lease, Ledger, NudgeState, open_ledger
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Sent, Verdict
from nudge_senders.queue import open_queue, open_recheck
from nudge_senders.registry import Registry, build_registry
from nudge_senders.settings import SenderSettings
from nudge_senders.vocabulary import Action, Channel

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
QUEUE_TYPES = {
    "tick_at": "timestamp",
    "as_of": "timestamp",
    "due_at": "timestamp",
    "deadline_at": "timestamp",
    "tier": "integer",
    "cycle": "integer",
}
QUEUE_COLUMNS = [
    "tick_id",
    "namespace",
    "nudge_id",
    "account_id",
    "account_name",
    "cycle",
    "milestone_key",
    "milestone_name",
    "tier",
    "channel",
    "destination",
    "due_at",
    "deadline_at",
    "template_key",
    "how_to_url",
    "contact_id",
    "contact_email",
    "contact_name",
    "csm_name",
    "csm_email",
    "policy_hash",
    "as_of",
    "vendor_template_id",
    "action",
    "withdraw_reason_code",
]
_CHANNELS = {1: ("in_app", "in_app_hint"), 2: ("email", "email_how_to"), 3: ("human", "csm_alert")}


class FakeClock:
    """Stands still until told to move."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


def queue_row(nudge_id: str, tick_id: str, **columns: Any) -> dict[str, Any]:
    tier = columns.get("tier", 2)
    channel, template_key = _CHANNELS[tier]
    row: dict[str, Any] = {
        "tick_id": tick_id,
        "namespace": "dev/shadow",
        "nudge_id": nudge_id,
        "account_id": f"account-{nudge_id}",
        "account_name": "Acme",
        "cycle": 1,
        "milestone_key": "integration_connected",
        "milestone_name": "Integration connected",
        "tier": tier,
        "channel": channel,
        "destination": "hubspot",
        "template_key": template_key,
        "contact_id": f"contact-{nudge_id}",
        "contact_email": f"{nudge_id}@customer.example",
        "contact_name": "Ada Lovelace",
        "policy_hash": "policy",
    }
    return row | columns


@dataclass
class World:
    """One warehouse file and everything around it. `namespace` decides whether it is live."""

    home: Path
    clock: FakeClock = field(default_factory=FakeClock)
    namespace: str = "dev/shadow"
    tick_number: int = 0
    #: A connection that stays open makes every other one of this process cheap. Off where other processes, or
    #: the question who holds the file, are what is tested.
    is_kept_open: bool = True

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.keeper = duckdb.connect(str(self.path)) if self.is_kept_open else None
        self.ledger.migrate()
        with self.connect() as connection:
            columns = ", ".join(f"{name} {QUEUE_TYPES.get(name, 'varchar')}" for name in QUEUE_COLUMNS)
            connection.execute("create schema if not exists onboarding")
            connection.execute("create schema if not exists onboarding_intermediate")
            connection.execute(f"create table if not exists onboarding.sync_nudge_queue ({columns})")
            connection.execute(
                "create table if not exists onboarding_intermediate.int_nudges_rechecked "
                "(nudge_id varchar, is_allowed boolean, reason_code varchar)"
            )

    def keep_open(self) -> None:
        """From here on no other process opens the file."""
        self.keeper = duckdb.connect(str(self.path))

    def close(self) -> None:
        if self.keeper is not None:
            self.keeper.close()

    @property
    def path(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def ledger(self) -> Ledger:
        return open_ledger(self.path, clock=self.clock)

    @property
    def settings(self) -> SenderSettings:
        return SenderSettings(namespace=self.namespace, home=self.home)

    def connect(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.path))

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def plan(self, tick_id: str, *rows: Mapping[str, Any]) -> None:
        """What dbt would have put into the queue; every nudge is allowed unless `answer` says not."""
        with self.connect() as connection:
            for row in rows:
                full = queue_row(tick_id=tick_id, **dict(row)) | {"namespace": self.namespace}
                names = [name for name in QUEUE_COLUMNS if name in full]
                values = [_naive(full[name]) for name in names]
                marks = ", ".join("?" for _ in names)
                connection.execute(
                    f"insert into onboarding.sync_nudge_queue ({', '.join(names)}) values ({marks})", values
                )
                connection.execute(
                    "insert into onboarding_intermediate.int_nudges_rechecked "
                    "select cast($nudge_id as varchar), true, null where not exists (select 1 from "
                    "onboarding_intermediate.int_nudges_rechecked where nudge_id = $nudge_id)",
                    {"nudge_id": row["nudge_id"]},
                )

    def answer(self, nudge_id: str, is_allowed: bool | None, reason_code: str | None) -> None:
        with self.connect() as connection:
            connection.execute(
                "update onboarding_intermediate.int_nudges_rechecked set is_allowed = ?, reason_code = ? "
                "where nudge_id = ?",
                [is_allowed, reason_code, nudge_id],
            )

    def lease(self, tick_id: str | None = None, **options: Any) -> Lease:
        self.tick_number += 1
        return self.ledger.acquire_lease(
            namespace=self.namespace,
            tick_id=tick_id or f"tick-{self.tick_number}",
            tick_at=self.clock(),
            time_to_live=options.get("time_to_live", timedelta(minutes=10)),
        )

    def deliver(
        self,
        lease: Lease,
        channel: str = "email",
        *,
        destinations: Registry | None = None,
        fault: FaultPoint = no_fault,
        settings: SenderSettings | None = None,
        **parts: Any,
    ) -> DeliveryCounts:
        chosen = settings or self.settings
        return deliver_channel(
            channel,
            lease=lease,
            ledger=parts.get("ledger", self.ledger),
            queue=parts.get("queue", open_queue(self.path)),
            recheck=parts.get("recheck", open_recheck(self.path)),
            destinations=destinations or build_registry(chosen),
            settings=chosen,
            clock=self.clock,
            fault=fault,
            sleep=lambda seconds: self.clock.pass_by(seconds=seconds),
        )

    def settle(
        self, lease: Lease, *, destinations: Registry | None = None, recheck: Any = None
    ) -> DeliveryCounts:
        return settle(
            lease=lease,
            ledger=self.ledger,
            destinations=destinations or build_registry(self.settings),
            settings=self.settings,
            clock=self.clock,
            recheck=recheck,
        )

    def tick(
        self,
        *rows: Mapping[str, Any],
        destinations: Registry | None = None,
        recheck: Any = None,
        channels: Sequence[str] = ("email",),
    ) -> DeliveryCounts:
        """A whole tick: lease, settle, plan these rows, deliver,
        release. Returns settled + delivered counts."""
        lease = self.lease()
        settled = self.settle(lease, destinations=destinations, recheck=recheck)
        self.plan(lease.tick_id, *rows)
        counts = settled
        for channel in channels:
            counts = counts + self.deliver(lease, channel, destinations=destinations)
        self.ledger.release_lease(lease)
        return counts

    def states(self) -> dict[str, NudgeState]:
        return {state.nudge_id: state for state in self.ledger.states(self.namespace)}

    def state(self, nudge_id: str) -> NudgeState:
        return self.states()[nudge_id]

    def kinds(self, nudge_id: str) -> list[str]:
        return [entry.kind for entry in self.ledger.entries(nudge_id)]

    def left(self) -> list[str]:
        """nudge_id of everything that left for the outbox, as often as it left."""
        lines = read_deliveries(self.home / "outbox", self.namespace)
        return [nudge_id for line in lines for nudge_id in line["nudge_ids"]]


def always(verdict: Verdict) -> Callable[[Request], Verdict]:
    return lambda request: verdict


@dataclass
class FakeDestination:
    """Answers a request with whatever `answers` yields: a Verdict, a Request for a further step, or an error.

    `calls` holds every request that was made, so that a test can count what reached the provider."""

    answers: Callable[[Request], Verdict | Request | Exception] = field(
        default_factory=lambda: always(Verdict(Sent("receipt")))
    )
    inquiry_answers: Callable[[Inquiry], Verdict | Exception | None] = lambda inquiry: None
    name: str = "hubspot"
    settlement: Settlement = field(default_factory=lambda: Lookup(settling_time=timedelta(minutes=10)))
    channels: frozenset[Channel] = frozenset(Channel)
    actions: frozenset[Action] = frozenset(Action)
    minimum_interval: timedelta = timedelta(0)
    #: Where it could be asked later; None for one that cannot be asked.
    address_ref: str | None = "channel-1"
    grouping: Callable[[Sequence[Nudge]], Sequence[tuple[Nudge, ...]]] = one_each
    calls: list[Request] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    before_call: Callable[[Request], None] = lambda request: None

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return self.grouping(nudges)

    def build_request(self, delivery: Delivery) -> Request:
        texts = {nudge_id: message.text for nudge_id, message in delivery.messages.items()}
        payload = {
            "key": delivery.idempotency_key,
            "texts": texts,
            "at": delivery.first_attempted_at.isoformat(),
        }
        return Request(operation="POST /send", payload=payload, address_ref=self.address_ref)

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        assert isinstance(response.body, (Verdict, Request))
        return response.body

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        self.inquiries.append(inquiry)
        answer = self.inquiry_answers(inquiry)
        if answer is None:
            return None
        return Request(operation="GET /sent", payload={"answer": answer}, has_effect=False)

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        assert isinstance(response.body, Verdict)
        return response.body

    def check(self) -> CheckAnswer:
        return CheckAnswer(True, "told to be good")

    def call(self, request: Request) -> Response:
        if not request.has_effect and "answer" in request.payload:
            answer: Any = request.payload["answer"]
        else:
            self.calls.append(request)
            self.before_call(request)
            answer = self.answers(request)
        if isinstance(answer, Exception):
            raise answer
        return Response(status=200, body=answer, received_at=START)


def _naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def live(*destinations: FakeDestination) -> Registry:
    return Registry({each.name: each for each in destinations}, True)


def outbox_lines(world: World) -> list[dict[str, Any]]:
    path = world.home / "outbox" / world.namespace / "deliveries.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _is_a_destination(destination: OutboxDestination) -> None:
    """Kept honest by mypy: the fake and the real one fit the same protocol."""
    fits: list[Destination] = [destination, FakeDestination()]
    del fits
