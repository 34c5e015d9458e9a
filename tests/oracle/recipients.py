"""Who gets a nudge.

Belongs here: the people of an account, what each may be sent, and the choice among them. Does not belong
here: the account's own reasons.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tests.oracle.clocks import known_zone
from tests.oracle.identity import Identity, latest_contacts
from tests.oracle.instants import DAY
from tests.oracle.policy import Policy
from tests.oracle.raw import History, Row, rows, text
from tests.oracle.touches import known_feedback


@dataclass(frozen=True)
class Contact:
    """A person at an account; the flags are those of all contacts with the same email."""

    contact_id: str
    user_id: str | None
    email: str | None
    role: str | None
    last_seen_at: int | None
    zone: ZoneInfo | None
    is_consenting: bool
    is_opted_out: bool
    is_bounced: bool

    def has_address(self, channel: str) -> bool:
        """Whether the channel can reach the person at all."""
        if channel == "in_app":
            return self.user_id is not None
        return self.email is not None and "@" in self.email

    def blocked_by(self, channel: str) -> str | None:
        """Why the channel may not be used, none when it may."""
        if channel != "email":
            return "consent_withdrawn" if self.is_opted_out else None
        if not self.is_consenting and not self.is_opted_out:
            return "consent_missing"
        if self.is_opted_out:
            return "consent_withdrawn"
        return "bounced" if self.is_bounced else None


@dataclass(frozen=True)
class Choice:
    """The person chosen, or why there is none."""

    contact_id: str | None
    reason_code: str | None
    zone: ZoneInfo | None = None


def is_at(domains: frozenset[str], email: str | None) -> bool:
    """Whether an address is at one of the domains, compared whole and in any case."""
    if email is None or email.count("@") != 1:
        return False
    return email.partition("@")[2].strip().lower() in domains


def person_of(contact_id: str, email: str | None) -> str:
    """Who a contact is: the same address is the same person, at whatever account."""
    address = (email or "").strip().lower()
    return f"email {address}" if address else f"contact {contact_id}"


def read_persons(history: History) -> dict[str, str]:
    """Who every contact of the CRM is, by its id."""
    latest = latest_contacts(rows(history, "crm.contacts"))
    return {row["contact_id"]: person_of(row["contact_id"], text(row.get("email"))) for row in latest}


def read_contacts(history: History, identity: Identity, tick_at: int) -> dict[str, list[Contact]]:
    """The people of every account."""
    feedback = known_feedback(history, tick_at)
    unsubscribed = {row.get("contact_id") for row in feedback if row["event_type"] == "unsubscribed"}
    bounced = {row.get("contact_id") for row in feedback if row["event_type"] == "bounced"}
    latest = latest_contacts(rows(history, "crm.contacts"))

    def person(row: Row) -> str:
        email = text(row.get("email"))
        return f"contact {row['contact_id']}" if email is None else f"email {email.strip().lower()}"

    def is_past(instant: int | None) -> bool:
        return instant is not None and instant <= tick_at

    opted_out = {
        person(row)
        for row in latest
        if row["contact_id"] in unsubscribed
        or is_past(row.get("unsubscribed_at"))
        or row.get("email_consent") is False
    }
    bounced_people = {
        person(row) for row in latest if row["contact_id"] in bounced or is_past(row.get("hard_bounced_at"))
    }
    found: dict[str, list[Contact]] = {}
    for row in latest:
        account_id = identity.of_id(text(row.get("account_id")))
        if account_id is None:
            continue
        found.setdefault(account_id, []).append(
            Contact(
                contact_id=row["contact_id"],
                user_id=text(row.get("user_id")),
                email=text(row.get("email")),
                role=text(row.get("role")),
                last_seen_at=row.get("last_seen_at"),
                zone=known_zone(text(row.get("timezone"))),
                is_consenting=row.get("email_consent") is True,
                is_opted_out=person(row) in opted_out,
                is_bounced=person(row) in bounced_people,
            )
        )
    return found


def choose_recipient(
    contacts: list[Contact],
    channel: str,
    role: str | None,
    earlier: str | None,
    policy: Policy,
    tick_at: int,
    *,
    is_everybody_allowed: bool = True,
) -> Choice:
    """The best person the channel can reach; `earlier` is who got a lower tier of the same milestone."""
    active_since = tick_at - int(policy.limit("active_contact_days") * DAY)

    def rank(contact: Contact) -> tuple[object, ...]:
        seen_at = contact.last_seen_at
        return (
            contact.contact_id != earlier,
            role is None or contact.role != role,
            seen_at is None or seen_at < active_since,
            contact.role != "admin",
            seen_at is None,
            -(seen_at or 0),
            contact.contact_id,
        )

    with_address = sorted((one for one in contacts if one.has_address(channel)), key=rank)
    if not with_address:
        return Choice(None, "no_reachable_contact")

    def blocked_by(contact: Contact) -> str | None:
        is_allowed = is_everybody_allowed or is_at(policy.allowed_domains, contact.email)
        return contact.blocked_by(channel) or (None if is_allowed else "recipient_not_allowed")

    for contact in with_address:
        if blocked_by(contact) is None:
            return Choice(contact.contact_id, None, contact.zone)
    return Choice(None, blocked_by(with_address[0]))
