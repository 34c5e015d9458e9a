"""Which destinations there are: a closed table of names, what each can carry, which settings it needs and how
it is built. An explicit table, no discovery.

A name that a seed uses and that is not in the table is a mistake; one that cannot be built here is refused
when it should be live.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nudge_senders.destination import CheckAnswer, Destination
from nudge_senders.destinations.outbox import OutboxDestination
from nudge_senders.errors import DestinationUnavailable, EffectUnknown, NotSent, SettingsUnusable
from nudge_senders.not_configured import NotConfigured
from nudge_senders.settings import SenderSettings
from nudge_senders.vendor_settings import (
    Setting,
    SettingProblem,
    SettingValues,
    read_settings,
    setting_problems,
)
from nudge_senders.vocabulary import Channel

OUTBOX = "outbox"


@dataclass(frozen=True)
class Vendor:
    """One line of the table. `channels` is what the policy may ask for; `build` contacts nothing, and is None
    where this version has no sender."""

    channels: frozenset[Channel]
    settings: tuple[Setting, ...] = ()
    build: Callable[[SettingValues], Destination] | None = None


_VENDORS: Mapping[str, Vendor] = {
    "intercom": Vendor(frozenset({Channel.IN_APP})),
    "pendo": Vendor(frozenset({Channel.IN_APP})),
    "braze": Vendor(frozenset({Channel.IN_APP, Channel.EMAIL})),
    "hubspot": Vendor(frozenset({Channel.EMAIL})),
    "salesloft": Vendor(frozenset({Channel.EMAIL})),
    "slack": Vendor(frozenset({Channel.HUMAN})),
    "momentum": Vendor(frozenset({Channel.HUMAN})),
    "moveworks": Vendor(frozenset({Channel.HUMAN})),
    # Workflow tools carry whatever their flow makes of it.
    "lindy": Vendor(frozenset(Channel)),
    "zapier": Vendor(frozenset(Channel)),
}

#: What each can carry, as the policy may ask for it.
CHANNELS_OF: Mapping[str, frozenset[Channel]] = {
    **{name: vendor.channels for name, vendor in _VENDORS.items()},
    OUTBOX: frozenset(Channel),
}

KNOWN_DESTINATIONS: frozenset[str] = frozenset(CHANNELS_OF)


def available_destinations() -> frozenset[str]:
    """Names that this version can deliver to, given their settings."""
    return frozenset({OUTBOX, *(name for name, vendor in _VENDORS.items() if vendor.build is not None)})


def settings_of(name: str) -> tuple[Setting, ...]:
    """The variables that a destination reads."""
    return _VENDORS[name].settings if name in _VENDORS else ()


def problems_of(name: str, environ: Mapping[str, str]) -> list[SettingProblem]:
    """The variables of a destination that are missing or unusable."""
    return setting_problems(settings_of(name), environ)


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
    names = available_destinations() if settings.is_live else frozenset({OUTBOX})
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
    if vendor is None or vendor.build is None:
        raise _unavailable(name)
    return vendor.build(read_settings(name, vendor.settings, settings.environ))


def _unavailable(name: str) -> DestinationUnavailable:
    known = "has no sender in this version" if name in KNOWN_DESTINATIONS else "is no known destination"
    return DestinationUnavailable(f"destination {name!r} {known}")
