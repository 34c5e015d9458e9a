"""Which destinations there are: a closed table of names, what each can carry, which settings it needs and how
it is built. An explicit table, no discovery.

A name that a seed uses and that is not in the table is a mistake; one that cannot be built here is refused
when it should be live.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from nudge_senders.destination import CheckAnswer, Destination
from nudge_senders.destinations import braze, hubspot, intercom, pendo, salesloft, slack, webhook
from nudge_senders.destinations.outbox import OutboxDestination
from nudge_senders.errors import DestinationUnavailable, EffectUnknown, NotSent, SettingsUnusable
from nudge_senders.not_configured import NotConfigured
from nudge_senders.settings import SenderSettings
from nudge_senders.vendor_settings import Setting, SettingValues, read_settings
from nudge_senders.vocabulary import Channel

OUTBOX = "outbox"


@dataclass(frozen=True)
class Vendor:
    """One line of the table. `channels` is what the policy may ask for; `build` contacts nothing."""

    channels: frozenset[Channel]
    settings: tuple[Setting, ...]
    build: Callable[[SettingValues], Destination]


def _webhook(preset: str, channels: frozenset[Channel], *, is_token_required: bool = False) -> Vendor:
    settings = webhook.webhook_settings(preset, is_token_required=is_token_required)
    return Vendor(channels, settings, partial(webhook.WebhookDestination, preset, channels))


_HUMAN = frozenset({Channel.HUMAN})
_VENDORS: Mapping[str, Vendor] = {
    "intercom": Vendor(
        intercom.IntercomDestination.channels, intercom.SETTINGS, intercom.IntercomDestination
    ),
    "pendo": Vendor(pendo.PendoDestination.channels, pendo.SETTINGS, pendo.PendoDestination),
    "braze": Vendor(braze.BrazeDestination.channels, braze.SETTINGS, braze.BrazeDestination),
    "hubspot": Vendor(hubspot.HubSpotDestination.channels, hubspot.SETTINGS, hubspot.HubSpotDestination),
    "salesloft": Vendor(
        salesloft.SalesloftDestination.channels, salesloft.SETTINGS, salesloft.SalesloftDestination
    ),
    "slack": Vendor(slack.SlackDestination.channels, slack.SETTINGS, slack.SlackDestination),
    "momentum": _webhook("momentum", _HUMAN),
    "moveworks": _webhook("moveworks", _HUMAN),
    # Workflow tools carry whatever their flow makes of it.
    "lindy": _webhook("lindy", frozenset(Channel), is_token_required=True),
    "zapier": _webhook("zapier", frozenset(Channel)),
}

#: What each can carry, as the policy may ask for it.
CHANNELS_OF: Mapping[str, frozenset[Channel]] = {
    **{name: vendor.channels for name, vendor in _VENDORS.items()},
    OUTBOX: frozenset(Channel),
}

KNOWN_DESTINATIONS: frozenset[str] = frozenset(CHANNELS_OF)


def settings_of(name: str) -> tuple[Setting, ...]:
    """The variables that a destination reads."""
    return _VENDORS[name].settings if name in _VENDORS else ()


def settings_problem(name: str, settings: SenderSettings) -> str | None:
    """Which variables of a destination are missing or unusable, in one line without values; None when it
    could be built. Contacts nothing."""
    try:
        _build(name, settings)
    except (DestinationUnavailable, SettingsUnusable) as error:
        return str(error)
    return None


def check_destination(name: str, settings: SenderSettings) -> CheckAnswer:
    """Whether the destination of this name could deliver, asked of the provider itself. Raises nothing."""
    try:
        return _build(name, settings).check()
    except (DestinationUnavailable, SettingsUnusable) as error:
        return CheckAnswer(False, str(error))
    except (NotSent, EffectUnknown) as error:
        return CheckAnswer(False, f"it could not be asked ({error.reason_code})")
    except Exception as error:
        # Its text may hold an address or a token.
        return CheckAnswer(False, f"the check failed with {type(error).__name__}")


def build_destination(name: str, settings: SenderSettings) -> Destination:
    """The destination of this name, in shadow too: for what a person asks for by hand. Raises
    DestinationUnavailable and SettingsUnusable."""
    return _build(name, settings)


@dataclass(frozen=True)
class Registry:
    """Destinations by name, for one namespace."""

    destinations: Mapping[str, Destination]
    is_live: bool

    def actual_name(self, wanted: str) -> str:
        """Where a nudge for `wanted` really goes: in shadow always the outbox."""
        return wanted if self.is_live else OUTBOX

    def find(self, name: str) -> Destination:
        """The destination of this (actual) name, or DestinationUnavailable."""
        try:
            return self.destinations[name]
        except KeyError:
            raise _unavailable(name) from None


def build_registry(settings: SenderSettings) -> Registry:
    """Every destination that these settings allow. One whose own settings are missing holds its nudges
    back."""
    names = (OUTBOX, *_VENDORS) if settings.is_live else (OUTBOX,)
    built: dict[str, Destination] = {}
    for name in sorted(names):
        try:
            built[name] = _build(name, settings)
        except SettingsUnusable as error:
            built[name] = NotConfigured(name, str(error))
    return Registry(built, settings.is_live)


def _build(name: str, settings: SenderSettings) -> Destination:
    """Raises DestinationUnavailable and SettingsUnusable."""
    if name == OUTBOX:
        return OutboxDestination(settings.outbox_folder)
    vendor = _VENDORS.get(name)
    if vendor is None:
        raise _unavailable(name)
    return vendor.build(read_settings(name, vendor.settings, settings.environ))


def _unavailable(name: str) -> DestinationUnavailable:
    return DestinationUnavailable(f"destination {name!r} is none of this installation's")
