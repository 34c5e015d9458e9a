"""The three vendors of the shipped policy as local hosts, and what each of them truly delivered to whom.

Belongs here: building the real destinations against the stand-ins, and reading the stand-ins' own books. Does
not belong here: who should have got what.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nudge_senders.destination import Destination
from nudge_senders.http_call import HttpCaller
from nudge_senders.registry import Registry, build_registry, settings_of
from nudge_senders.settings import SenderSettings
from nudge_senders.vendor_settings import read_settings
from tests.contract.stand_ins.hubspot import HubSpotStandIn
from tests.contract.stand_ins.intercom import IntercomStandIn
from tests.contract.stand_ins.slack import SlackStandIn
from tests.contract.stand_ins.stand_in import StandIn
from tests.contract.table import CASES, PATIENCE
from tests.oracle.raw import History

_CASES = {case.name: case for case in CASES if case.name in ("intercom", "hubspot", "slack")}


@dataclass(frozen=True)
class Delivered:
    """What a vendor delivered: to a user id in the app, an address by email, a person's id in Slack."""

    nudge_id: str
    recipient: str


class Vendors:
    """Intercom, HubSpot and Slack on 127.0.0.1, reached through their real clients."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.intercom, self.hubspot, self.slack = IntercomStandIn(), HubSpotStandIn(), SlackStandIn()
        self.intercom.contacts = {}
        self.slack.users = {}
        self._counted = [0, 0, 0]

    @property
    def environ(self) -> dict[str, str]:
        return {name: value for case in _CASES.values() for name, value in case.environ.items()}

    @property
    def hosts(self) -> tuple[StandIn, StandIn, StandIn]:
        return self.intercom, self.hubspot, self.slack

    @property
    def delivered(self) -> list[str]:
        """Every nudge_id as often as it was delivered."""
        return [nudge_id for host in self.hosts for nudge_id in host.delivered]

    def registry(self, settings: SenderSettings) -> Registry:
        """The destinations as they are built from the environment, with 127.0.0.1 as the vendors' hosts."""
        if not settings.is_live:
            return build_registry(settings)
        hosts = dict(zip(("intercom", "hubspot", "slack"), self.hosts, strict=True))
        return Registry({name: self._built(name, host, settings) for name, host in hosts.items()}, True)

    def learn(self, history: History) -> None:
        """Every person of the CRM is a user of the product, and every CSM is in Slack."""
        for row in history["crm.contacts"]:
            known = self.intercom.contacts.setdefault(row["contact_id"], {"custom_attributes": {}})
            known.update(external_id=row["user_id"], email=row["email"], role="user")
        for row in history["crm.accounts"]:
            if row["csm_slack_id"]:
                self.slack.users[row["csm_slack_id"]] = row["csm_email"]

    def newly_delivered(self) -> list[Delivered]:
        """What was delivered since the last time that this was asked."""
        found: list[Delivered] = []
        for place, (host, recipient_of) in enumerate(
            zip(self.hosts, (self._user, self._address, self._person), strict=True)
        ):
            new = host.delivered[self._counted[place] :]
            found += [Delivered(nudge_id, recipient_of(nudge_id)) for nudge_id in new]
            self._counted[place] += len(new)
        return found

    def shown(self) -> dict[str, str]:
        """Which hint every user of the product sees now, by user id."""
        shown = {
            contact["external_id"]: self.intercom.shown(contact_id)
            for contact_id, contact in self.intercom.contacts.items()
        }
        return {user_id: nudge_id for user_id, nudge_id in shown.items() if nudge_id is not None}

    def close(self) -> None:
        for host in self.hosts:
            host.close()

    def _built(self, name: str, host: StandIn, settings: SenderSettings) -> Destination:
        values = read_settings(name, settings_of(name), settings.environ)
        http = HttpCaller(patience=PATIENCE, clock=self._clock)
        return _CASES[name].build(values, host.base_url, http, self._clock)

    def _user(self, nudge_id: str) -> str:
        [contact_id] = {
            seen.path.rpartition("/")[2]
            for seen in self.intercom.effects
            if seen.body["custom_attributes"].get("onboarding_hint_nudge_id") == nudge_id
        }
        return str(self.intercom.contacts[contact_id]["external_id"])

    def _address(self, nudge_id: str) -> str:
        return str(self.hubspot.used[nudge_id]["message"]["to"])

    def _person(self, nudge_id: str) -> str:
        [channel] = {
            channel
            for channel, messages in self.slack.messages.items()
            for message in messages
            if message["metadata"]["event_payload"].get("nudge_id") == nudge_id
        }
        return f"U{channel[1:]}"
