"""Where a person finds out at the vendor's whether a message left: one sentence per destination, for
`ledger review`.

How a machine asks is the destination's own; here stand only words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster_project.text_layout import instant

# What can be filled in: the ids that the ledger holds. It holds no address.
_ATTRIBUTE = "it holds {nudge_id} if this was set"
_DELIVERED: Mapping[str, str] = {
    "intercom": f"open the contact {{contact_id}} in Intercom and read its custom attribute: {_ATTRIBUTE}",
    "pendo": f"open the visitor of contact {{contact_id}} in Pendo and read its metadata: {_ATTRIBUTE}",
    "braze": f"open the user of contact {{contact_id}} in Braze and read the attribute: {_ATTRIBUTE}",
    "hubspot": (
        "look in HubSpot for a single send with the sendId {nudge_id}, or at the contact {contact_id} for an "
        "email of that hour"
    ),
    "salesloft": (
        "open the person of contact {contact_id} in Salesloft and look for a cadence membership made after "
        "that instant"
    ),
    "slack": (
        "look in the CSM's direct messages from the app for a card about the account {account_id}; its "
        "metadata holds {nudge_id}"
    ),
    "outbox": "look for {nudge_id} in deliveries.jsonl of the outbox",
}
_BY_WEBHOOK = (
    "look in the run history of {destination} for a call of that minute with the webhook-id {nudge_id}"
)


def what_to_look_for(state: Mapping[str, Any]) -> str:
    """A sentence for one row of `nudge_states` in doubt."""
    destination = str(state["destination"])
    told = _DELIVERED.get(destination, _BY_WEBHOOK)
    ids = {name: str(state[name] or "-") for name in ("destination", "nudge_id", "contact_id", "account_id")}
    sentence = told.format_map(ids)
    if state["action"] == "withdraw":
        sentence += "; sent means that it is gone there"
    if state["provider_ref"]:
        sentence += f". The vendor's reference is {state['provider_ref']}"
    return f"Attempted {instant(state['last_attempted_at'])}: {sentence}."
