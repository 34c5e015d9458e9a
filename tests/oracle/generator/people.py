"""People of a generated business, and what is done with them.

Belongs here: contacts, touches, feedback and integration runs. Does not belong here: product events.
"""

from random import Random

from tests.oracle.generator.crm import Plan
from tests.oracle.generator.shapes import ZONES, odd_instant
from tests.oracle.instants import DAY, HOUR
from tests.oracle.raw import ARRIVES, Row

_TOUCHES = (
    "meeting",
    "call",
    "customer_reply",
    "ticket_open",
    "handled",
    "snoozed",
    "handed_back",
    "not_relevant",
)
# Most of them are of no known kind, so that many mails are handed over.
_ERRORS = (
    ("E17", "Job 4711 ended with status 17"),
    ("401", "token expired"),
    (None, None),
    ("E9", "403 rows were generated and 401 of them were not accepted"),
    ("42703", 'column "token_expired" does not exist'),
    ("HTTP_429", ""),
    ("E1", "Something went wrong"),
)
_FEEDBACK = (
    "delivered",
    "opened",
    "clicked",
    "replied",
    "bounced",
    "spam_reported",
    "unsubscribed",
    "dismissed",
    "negative_reply",
    "complaint_to_csm",
)


def write_people(random: Random, plans: list[Plan], now: int, tables: dict[str, list[Row]]) -> None:
    """Contacts, touches, feedback and integration runs of all accounts."""
    contacts = tables.setdefault("crm.contacts", [])
    touches = tables.setdefault("crm.account_touches", [])
    feedback = tables.setdefault("feedback.message_events", [])
    runs = tables.setdefault("integrations.sync_runs", [])
    for plan in plans:
        for number in range(random.choice((0, 1, 1, 2, 3, 5))):
            _write_contact(random, plan, f"c{number} {plan.account_id}", now, contacts, plans)
        for _ in range(random.choice((0, 0, 0, 0, 1, 2))):
            _write_touch(random, plan, now, touches)
        if random.random() < 0.3:
            runs.append(_run(random, plan, now, len(runs)))
    for row in random.sample(contacts, len(contacts) // 12):
        feedback.append(_feedback(random, row["contact_id"], now, len(feedback)))
    contacts.append({**contacts[0], "contact_id": None})
    contacts.append(
        {**contacts[0], "contact_id": "of nobody", "account_id": "stranger", "email": "x@nobody.example"}
    )


def _write_contact(
    random: Random, plan: Plan, contact_id: str, now: int, contacts: list[Row], plans: list[Plan]
) -> None:
    email: str | None = f"{contact_id.replace(' ', '.')}@example.com"
    kind = random.random()
    if kind < 0.1:
        email = random.choice((None, ""))
    elif kind < 0.2 and contacts:
        # The same person at another account, or twice at this one, perhaps in other letters.
        email = random.choice(contacts)["email"]
        if email and random.random() < 0.5:
            email = f" {email.upper()}"
    user_id: str | None = f"u {contact_id}"
    kind = random.random()
    if kind < 0.15:
        user_id = random.choice((None, ""))
    elif kind < 0.22 and contacts:
        user_id = random.choice(contacts)["user_id"]
    account_id = plan.account_id
    if plan.aliases and random.random() < 0.15:
        account_id = next((one for source, one in plan.aliases if source in (None, "", "crm")), account_id)
    row: Row = {
        "contact_id": contact_id,
        "account_id": account_id,
        "user_id": user_id,
        "email": email,
        "full_name": f"Person {contact_id}",
        "role": random.choice((None, "admin", "admin", "member", "owner", "Admin", "")),
        # Drawn from the id, so that what is drawn for the others stays the same.
        "timezone": Random(contact_id).choice((None, None, *ZONES)),
        "email_consent": random.choice((None, True, True, True, True, False)),
        "unsubscribed_at": now + random.choice((-DAY, 0, 1)) if random.random() < 0.08 else None,
        "hard_bounced_at": now + random.choice((-DAY, 0, 1)) if random.random() < 0.06 else None,
        "last_seen_at": random.choice(
            (None, now - 14 * DAY, now - 14 * DAY - 1, now - DAY, odd_instant(random, now - 30 * DAY, now))
        ),
        "updated_at": now - 60 * DAY,
    }
    if random.random() < 0.1:
        contacts.append({**row, "email_consent": False, "role": "admin", "updated_at": None})
        changed_at = now - random.randint(0, 10 * DAY)
        row |= {"updated_at": changed_at, ARRIVES: changed_at}
    contacts.append(row)


def _write_touch(random: Random, plan: Plan, now: int, touches: list[Row]) -> None:
    occurred_at = now - random.choice(
        (0, -1, -HOUR, HOUR, 48 * HOUR, 48 * HOUR - 1, 48 * HOUR + 1, random.randint(0, 12 * DAY))
    )
    if plan.completions and random.random() < 0.1:
        occurred_at = max(instant for _, instant in plan.completions)
    kind = random.choice(_TOUCHES)
    until_at = random.choice((None, now, now + 1, now - 1, now + 4 * DAY, now - DAY))
    loaded_at = random.choice((None, occurred_at, now, now + 1))
    touches.append(_touch(plan, kind, occurred_at, until_at, loaded_at, len(touches)))
    if random.random() < 0.3:
        back_at = occurred_at + random.choice((0, 1, HOUR, DAY))
        touches.append(_touch(plan, "handed_back", back_at, None, back_at, len(touches)))


def _touch(
    plan: Plan, kind: str, occurred_at: int, until_at: int | None, loaded_at: int | None, number: int
) -> Row:
    # Some are noted under an account that was merged into this one since.
    merged = [one for source, one in plan.aliases if source in (None, "", "crm")]
    return {
        "touch_id": f"touch-{number}",
        "account_id": merged[-1] if merged and number % 4 == 0 else plan.account_id,
        "nudge_id": None,
        "kind": kind,
        "occurred_at": occurred_at,
        "until_at": until_at if kind in ("ticket_open", "snoozed") else None,
        "noted_by": "csm@example.com",
        "loaded_at": loaded_at,
    }


def _feedback(random: Random, contact_id: str | None, now: int, number: int) -> Row:
    occurred_at = now - random.choice((0, -1, random.randint(0, 20 * DAY)))
    loaded_at = occurred_at + random.choice((0, HOUR, 3 * DAY))
    return {
        "event_id": f"feedback-{number}",
        "nudge_id": None,
        "provider_message_id": None,
        "contact_id": contact_id,
        "provider": "hubspot",
        "event_type": random.choice(_FEEDBACK),
        "occurred_at": occurred_at,
        "loaded_at": loaded_at,
        ARRIVES: loaded_at,
    }


def _run(random: Random, plan: Plan, now: int, number: int) -> Row:
    finished_at = now - random.randint(0, 20 * DAY)
    is_failed = random.random() < 0.4
    code, message = _ERRORS[number % len(_ERRORS)]
    return {
        "sync_run_id": f"run-{number}",
        "account_id": plan.account_id,
        "integration": random.choice(("salesforce", "postgres")),
        "status": "failed" if is_failed else "succeeded",
        "error_code": code if is_failed else None,
        "error_message": message if is_failed else None,
        "log_url": f"https://logs.example.com/{number}",
        "finished_at": finished_at,
        "loaded_at": finished_at,
    }
