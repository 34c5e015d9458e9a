"""What a destination is: the protocol that every vendor file implements, and the values that cross it.

A destination knows one vendor: how a nudge becomes requests, what an answer means, and how to find out later
about a call whose answer was lost. It knows neither ledger, retry, guard nor other destination, and contacts
nothing when it is built. Everything but `call` and `check` is pure, so that a vendor's contract is tested
without a network.

One nudge may need several requests (find the person, then enrol them; next page of a history):
`parse_response` then returns another `Request` instead of a `Verdict`. Only a request with `has_effect` can
leave a nudge in doubt. The requests before the first one of these are made before the ledger says
`attempting`; a verdict that comes out of them closes the nudge without an attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from nudge_senders.identity import delivery_id
from nudge_senders.message import Message
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Verdict
from nudge_senders.vocabulary import Action, Channel

#: A destination that needs more requests than this for one delivery is turning in a circle.
MAX_STEPS = 25

# -- how an uncertain send is settled; `is_repeatable`: may a try in doubt be made again?


@dataclass(frozen=True)
class NativeKey:
    """The provider sends once per key: repeat with the same key and body, within half of `key_life` since the
    first attempt. A repeat is a send: it comes out of the queue again and passes every guard. Where the
    provider states no life, its author says here for how long he relies on the key."""

    key_life: timedelta
    settling_time: timedelta = timedelta(0)
    batch_size: int = 50
    #: False where the receiver knows the key alone, and a repeat may say anew what has changed meanwhile.
    is_body_bound: bool = True
    is_repeatable: ClassVar[bool] = True


@dataclass(frozen=True)
class StateSet:
    """The call writes an absolute value, so it can be read back and compared; only the newest wanted value
    per contact is written."""

    settling_time: timedelta = timedelta(minutes=1)
    batch_size: int = 50
    is_repeatable: ClassVar[bool] = False


@dataclass(frozen=True)
class Lookup:
    """The provider can be asked whether it holds the nudge. A "no" is believed only `settling_time` after the
    attempt's deadline, as a provider may accept now and act later."""

    settling_time: timedelta
    batch_size: int = 20
    is_repeatable: ClassVar[bool] = False


@dataclass(frozen=True)
class NoSettlement:
    """Neither key nor question: a doubtful nudge goes to a person. One call at a time, to doubt as few as
    possible."""

    settling_time: timedelta = timedelta(0)
    batch_size: int = 1
    is_repeatable: ClassVar[bool] = False


Settlement = NativeKey | StateSet | Lookup | NoSettlement

# -- what crosses the protocol


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One call to a destination, for one nudge or for many (a digest)."""

    delivery_id: str
    action: Action
    namespace: str
    tick_id: str
    #: 1-based; of the first nudge when there are many
    attempt: int
    #: When the first `attempting` of this delivery was (or is about to be) committed. A body that needs a
    #: time takes this one: it stays the same when the delivery is repeated.
    first_attempted_at: datetime
    #: No request may start after it.
    deadline_at: datetime
    nudges: tuple[Nudge, ...]
    #: Rendered texts by nudge_id; empty for a withdrawal.
    messages: Mapping[str, Message] = field(default_factory=dict)
    #: Of the delivery that is withdrawn, where known.
    provider_ref: str | None = None
    #: How many keys of earlier tries may count as used although nothing left under them.
    keys_used: int = 0

    @property
    def idempotency_key(self) -> str:
        """The key for providers that take one: the nudge's own id, or the digest's; with a number after it
        where that one may be used up. It stays the same as long as an earlier try is in doubt."""
        key = self.nudges[0].nudge_id if len(self.nudges) == 1 else self.delivery_id
        key = f"{key}-{self.keys_used + 1}" if self.keys_used else key
        return key if self.action is Action.DELIVER else f"{key}-withdraw"


def make_delivery(
    nudges: Sequence[Nudge],
    messages: Mapping[str, Message],
    *,
    attempt: int,
    first_attempted_at: datetime,
    deadline_at: datetime,
    provider_ref: str | None = None,
    keys_used: int = 0,
) -> Delivery:
    """A Delivery of these nudges, which share namespace, tick and action."""
    first = nudges[0]
    return Delivery(
        delivery_id=delivery_id(
            namespace=first.namespace, action=first.action, nudge_ids=[nudge.nudge_id for nudge in nudges]
        ),
        action=first.action,
        namespace=first.namespace,
        tick_id=first.tick_id,
        attempt=attempt,
        first_attempted_at=first_attempted_at,
        deadline_at=deadline_at,
        nudges=tuple(nudges),
        messages=dict(messages),
        provider_ref=provider_ref,
        keys_used=keys_used,
    )


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """The question about a delivery in doubt, made of ledger columns only: the ledger holds no address and no
    text.

    What a destination needs to ask later (a Slack channel id, a vendor's contact id) it puts into
    `Request.address_ref`, which `attempting` records as the `provider_ref`.
    """

    delivery_id: str
    action: Action
    namespace: str
    nudge_ids: tuple[str, ...]
    attempt: int
    attempted_at: datetime
    deadline_at: datetime
    asked_at: datetime
    account_id: str | None
    contact_id: str | None
    milestone_key: str | None
    provider_ref: str | None
    provider_status: str | None


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request in the vendor's terms: `operation` such as `POST /events` or `chat.postMessage`, and its
    payload (values that JSON can hold). Credentials are not part of it: `call` adds them."""

    operation: str
    payload: Mapping[str, object]
    #: False for a request that only reads: if it fails, nothing has left.
    has_effect: bool = True
    #: Opaque id recorded with `attempting`, needed to ask later; that of the first request with an effect.
    #: Never an address.
    address_ref: str | None = None
    #: What later steps of the same delivery need from earlier ones. Not sent.
    carry: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Response:
    """A provider's answer, undigested: HTTP status or the nearest thing, headers in lower case, decoded
    body."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime


@dataclass(frozen=True)
class CheckAnswer:
    """What came of proving the credentials. `said` is one short sentence for the operator: no secret,
    nobody's address, no prose of the vendor's."""

    is_good: bool
    said: str


class Destination(Protocol):
    """One vendor. See the module's docstring for what it may know."""

    @property
    def name(self) -> str: ...

    @property
    def channels(self) -> frozenset[Channel]: ...

    @property
    def actions(self) -> frozenset[Action]:
        """`withdraw` only where the vendor can take something back."""

    @property
    def settlement(self) -> Settlement: ...

    @property
    def minimum_interval(self) -> timedelta:
        """Least time between two calls to the same place (Slack: a second per channel). Which place that is
        says the request's `address_ref`; without one the destination is one place."""

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        """Which nudges leave in one call. Pure; every nudge in exactly one group. Usually each alone."""

    def build_request(self, delivery: Delivery) -> Request:
        """The first request of a delivery. Pure and deterministic. Raises UnusableQueueRow when a value that
        the vendor needs is missing (a template without number, a CSM without Slack id): the nudge is then
        dead."""

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        """What the answer means, or the next request. Pure. An answer that it does not know is Uncertain."""

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        """How to ask about a delivery in doubt (poll a status, search a history, read a value back); None
        when it cannot be asked. Pure; never has an effect."""

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        """What the answer says: Sent, Pending, Retryable (certainly not there), or Uncertain (cannot
        tell)."""

    def check(self) -> CheckAnswer:
        """Proves credentials and rights by a harmless request that reads. Sends nothing and changes nothing.
        Raises what `call` raises."""

    def call(self, request: Request) -> Response:
        """The only method that touches the outside (`check` calls it), with every retry of the vendor's own
        client switched off and a timeout below 15 seconds. Raises NotSent or EffectUnknown; anything else
        raised counts as EffectUnknown."""


def one_each(nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
    """The usual `Destination.group`: every nudge its own call."""
    return [(nudge,) for nudge in nudges]
