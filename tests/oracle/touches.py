"""What people have done with an account: touches by the CSM and complaints by its contacts.

Belongs here: which touch or complaint stands at an instant. Does not belong here: the order of reasons.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.oracle.identity import Identity, latest_contacts
from tests.oracle.instants import HOUR
from tests.oracle.ledger import Ledger
from tests.oracle.policy import Policy
from tests.oracle.raw import History, Row, rows, text

COMPLAINTS = ("spam_reported", "negative_reply", "complaint_to_csm")


@dataclass(frozen=True)
class Touch:
    """One touch of an account."""

    kind: str
    occurred_at: int
    until_at: int | None


@dataclass(frozen=True)
class Touches:
    """The touches of one account that are known at the tick."""

    tick_at: int
    cooldown: int
    known: list[Touch] = field(default_factory=list)

    def handed_back_after(self, instant: int) -> bool:
        """Whether the CSM has handed the account back since."""
        return any(one.kind == "handed_back" and one.occurred_at > instant for one in self.known)

    @property
    def is_with_csm(self) -> bool:
        """Whether somebody is talking with them, or has asked for silence."""
        return any(self._holds_back(one) for one in self.known)

    def is_settled(self, kind: str, last_progress_at: int) -> bool:
        """Whether a `handled` or `not_relevant` stands: no progress and no hand-back since."""
        return any(
            one.kind == kind
            and last_progress_at <= one.occurred_at
            and not self.handed_back_after(one.occurred_at)
            for one in self.known
        )

    def _holds_back(self, touch: Touch) -> bool:
        cooled_at = touch.occurred_at + self.cooldown
        if touch.kind in ("meeting", "call", "customer_reply"):
            return self.tick_at < cooled_at
        if touch.kind not in ("ticket_open", "snoozed"):
            return False
        if touch.kind == "snoozed" and self.handed_back_after(touch.occurred_at):
            return False
        return self.tick_at < (cooled_at if touch.until_at is None else touch.until_at)


def read_touches(
    history: History, policy: Policy, identity: Identity, ledger: Ledger, tick_at: int
) -> dict[str, Touches]:
    """The known touches per account."""
    cooldown = int(policy.limit("human_touch_cooldown_hours") * HOUR)
    found: dict[str, Touches] = {}
    for row in rows(history, "crm.account_touches"):
        account_id = identity.of_id(
            text(row.get("account_id")) or ledger.account_of(text(row.get("nudge_id")))
        )
        if account_id is None or not _is_known(row, tick_at):
            continue
        touches = found.setdefault(account_id, Touches(tick_at, cooldown))
        touches.known.append(Touch(row["kind"], row["occurred_at"], row.get("until_at")))
    return found


def known_feedback(history: History, tick_at: int) -> list[Row]:
    """The message events that are known at the tick."""
    return [row for row in rows(history, "feedback.message_events") if _is_known(row, tick_at)]


def accounts_with_complaint(history: History, identity: Identity, ledger: Ledger, tick_at: int) -> set[str]:
    """The accounts at which anyone has complained."""
    owners: Mapping[str, str | None] = {
        row["contact_id"]: identity.of_id(text(row.get("account_id")))
        for row in latest_contacts(rows(history, "crm.contacts"))
    }
    found = set()
    for row in known_feedback(history, tick_at):
        if row["event_type"] not in COMPLAINTS:
            continue
        for account_id in (
            owners.get(row.get("contact_id") or ""),
            identity.of_id(ledger.account_of(text(row.get("nudge_id")))),
        ):
            if account_id is not None:
                found.add(account_id)
    return found


def _is_known(row: Row, tick_at: int) -> bool:
    occurred_at, loaded_at = row.get("occurred_at"), row.get("loaded_at")
    return occurred_at is not None and occurred_at <= tick_at and (loaded_at is None or loaded_at <= tick_at)
