"""One row per destination: how it is built against its stand-in, and what is particular about it.

A new destination is one more row. What is claimed about all of them stands in `test_contract.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nudge_senders.destination import Destination
from nudge_senders.destinations.braze import BrazeDestination
from nudge_senders.destinations.hubspot import HubSpotDestination
from nudge_senders.destinations.intercom import IntercomDestination
from nudge_senders.destinations.pendo import PendoDestination
from nudge_senders.destinations.salesloft import SalesloftDestination
from nudge_senders.destinations.slack import SlackDestination
from nudge_senders.destinations.webhook import WebhookDestination
from nudge_senders.http_call import HttpCaller, Patience
from nudge_senders.registry import settings_of
from nudge_senders.vendor_settings import SettingValues, read_settings
from nudge_senders.vocabulary import Channel
from tests.contract.stand_ins import braze, hubspot, intercom, pendo, salesloft, slack, webhook
from tests.contract.stand_ins.stand_in import BODY_FAULTS, StandIn
from tests.nudge_senders.world import START

#: Long enough for the busiest machine.
PATIENCE = Patience(connect=2.0, wait=5.0, total=10.0)
#: For a vendor that is going to hang or drip.
IMPATIENCE = Patience(connect=2.0, wait=0.3, total=0.5)

#: (values, base_url, http, clock) -> destination
Build = Callable[[SettingValues, str, HttpCaller, Callable[[], datetime]], Destination]


@dataclass(frozen=True)
class Case:
    """A destination and its stand-in."""

    name: str
    stand_in: type[StandIn]
    build: Build
    environ: Mapping[str, str]
    channel: Channel
    #: what may appear nowhere
    secrets: tuple[str, ...]
    #: headers of a 429 and what follows from them
    hold_off: Mapping[str, str]
    retry_at: datetime
    #: what a 429 without usable headers leads to
    default_retry_at: datetime | None = None
    #: further columns of the nudge
    columns: Mapping[str, Any] = field(default_factory=dict)
    #: faults that leave no doubt, because the status says it all or the value is read back at once
    harmless_faults: frozenset[str] = frozenset()
    #: columns of somebody whom the vendor does not know
    unknown: Mapping[str, str] = field(
        default_factory=lambda: {"contact_user_id": "nobody", "contact_email": "nobody@customer.example"}
    )
    #: whether the vendor is asked about the recipient before anything leaves
    is_asked_first: bool = True
    #: whether the vendor can be asked if our key is good, and what is told when it is not
    is_checked: bool = True
    check_refusal: str = "HTTP 401"
    is_found_by_email: bool = True
    is_withdrawn: bool = True

    def values(self, **changes: str) -> SettingValues:
        return read_settings(self.name, settings_of(self.name), {**self.environ, **changes})

    def destination(
        self,
        stand_in: StandIn,
        *,
        clock: Callable[[], datetime] = lambda: START,
        patience: Patience = PATIENCE,
        **changes: str,
    ) -> Destination:
        http = HttpCaller(patience=patience, clock=clock)
        return self.build(self.values(**changes), stand_in.base_url, http, clock)

    def at(self, base_url: str, http: HttpCaller | None = None) -> Destination:
        """The destination at another address."""
        http = http or HttpCaller(patience=PATIENCE, clock=lambda: START)
        return self.build(self.values(), base_url, http, lambda: START)


def _plain(destination: Callable[..., Destination]) -> Build:
    return lambda values, base_url, http, clock: destination(values, base_url=base_url, http=http)


def _webhook(preset: str, **more: str) -> Case:
    prefix = preset.upper()

    def build(
        values: SettingValues, base_url: str, http: HttpCaller, clock: Callable[[], datetime]
    ) -> Destination:
        channels = frozenset({Channel.HUMAN})
        return WebhookDestination(preset, channels, values, base_url=base_url, http=http, clock=clock)

    return Case(
        name=preset,
        stand_in=webhook.WebhookStandIn,
        build=build,
        environ={
            f"{prefix}_WEBHOOK_URL": webhook.URL,
            f"{prefix}_WEBHOOK_SECRET": webhook.SECRET,
            f"{prefix}_WEBHOOK_TOKEN": webhook.TOKEN,
            "WEBHOOK_ALLOWED_HOSTS": f"other.example, {webhook.HOST}",
            **more,
        },
        channel=Channel.HUMAN,
        secrets=(webhook.SECRET, webhook.KEY.decode(), webhook.TOKEN, "canary-webhook-path"),
        hold_off={"Retry-After": "90"},
        retry_at=START + timedelta(seconds=90),
        columns={"csm_email": "csm@house.example", "csm_name": "Cy <S>"},
        harmless_faults=BODY_FAULTS,
        is_asked_first=False,
        is_checked=False,
        is_found_by_email=False,
        is_withdrawn=False,
    )


_RESET = str(int(START.timestamp()) + 7)

CASES = (
    Case(
        name="intercom",
        stand_in=intercom.IntercomStandIn,
        build=_plain(IntercomDestination),
        environ={"INTERCOM_ACCESS_TOKEN": intercom.TOKEN},
        channel=Channel.IN_APP,
        secrets=(intercom.TOKEN,),
        hold_off={"X-RateLimit-Reset": _RESET, "X-RateLimit-Remaining": "0"},
        retry_at=START + timedelta(seconds=7),
    ),
    Case(
        name="pendo",
        stand_in=pendo.PendoStandIn,
        build=_plain(PendoDestination),
        environ={"PENDO_INTEGRATION_KEY": pendo.KEY},
        channel=Channel.IN_APP,
        secrets=(pendo.KEY,),
        hold_off={"Retry-After": "Mon, 02 Mar 2026 10:00:30 GMT"},
        retry_at=START + timedelta(seconds=30),
        harmless_faults=BODY_FAULTS,
        is_found_by_email=False,
    ),
    Case(
        name="braze",
        stand_in=braze.BrazeStandIn,
        build=_plain(BrazeDestination),
        environ={"BRAZE_REST_KEY": braze.KEY, "BRAZE_INSTANCE": "us-01"},
        channel=Channel.IN_APP,
        secrets=(braze.KEY,),
        hold_off={"X-RateLimit-Reset": _RESET},
        retry_at=START + timedelta(seconds=7),
    ),
    Case(
        name="salesloft",
        stand_in=salesloft.SalesloftStandIn,
        build=_plain(SalesloftDestination),
        environ={"SALESLOFT_API_KEY": salesloft.KEY, "SALESLOFT_CADENCE_ID": salesloft.CADENCE},
        channel=Channel.EMAIL,
        secrets=(salesloft.KEY,),
        hold_off={"x-ratelimit-remaining-minute": "0"},
        retry_at=START + timedelta(minutes=1),
        default_retry_at=START + timedelta(minutes=1),
    ),
    Case(
        name="hubspot",
        stand_in=hubspot.HubSpotStandIn,
        build=_plain(HubSpotDestination),
        environ={"HUBSPOT_ACCESS_TOKEN": hubspot.TOKEN, "HUBSPOT_EMAIL_ID": hubspot.EMAIL_ID},
        channel=Channel.EMAIL,
        secrets=(hubspot.TOKEN,),
        hold_off={"X-HubSpot-RateLimit-Interval-Milliseconds": "4000"},
        retry_at=START + timedelta(seconds=4),
        default_retry_at=START + timedelta(seconds=10),
        is_asked_first=False,
        is_found_by_email=False,
        is_withdrawn=False,
    ),
    Case(
        name="slack",
        stand_in=slack.SlackStandIn,
        build=lambda values, base_url, http, clock: SlackDestination(
            values, base_url=f"{base_url}/api/", http=http, clock=clock
        ),
        environ={"SLACK_BOT_TOKEN": slack.TOKEN},
        channel=Channel.HUMAN,
        secrets=(slack.TOKEN,),
        hold_off={"Retry-After": "30"},
        retry_at=START + timedelta(seconds=30),
        columns={"csm_slack_id": "U0123456", "csm_email": "csm@house.example"},
        unknown={"csm_slack_id": "U0NOBODY", "csm_email": "nobody@house.example"},
        check_refusal="invalid_auth",
        is_found_by_email=False,
        is_withdrawn=False,
    ),
    _webhook("zapier"),
    _webhook("lindy"),
    _webhook("momentum"),
    _webhook("moveworks", MOVEWORKS_WHEN_IN_DOUBT="repeat"),
)
