"""Which destinations there are: a closed list of names, and for some of them a class. An explicit table, no
discovery.

A name that a seed uses and that is not in the list is a mistake; one without class is refused when it should
be live.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nudge_senders.destination import Destination
from nudge_senders.destinations.outbox import OutboxDestination
from nudge_senders.errors import DestinationUnavailable
from nudge_senders.settings import SenderSettings
from nudge_senders.vocabulary import Channel

OUTBOX = "outbox"

#: What each can carry, as the policy may ask for it. Workflow tools carry whatever their flow makes of it.
CHANNELS_OF: Mapping[str, frozenset[Channel]] = {
    "intercom": frozenset({Channel.IN_APP}),
    "pendo": frozenset({Channel.IN_APP}),
    "braze": frozenset({Channel.IN_APP, Channel.EMAIL}),
    "hubspot": frozenset({Channel.EMAIL}),
    "salesloft": frozenset({Channel.EMAIL}),
    "slack": frozenset({Channel.HUMAN}),
    "momentum": frozenset({Channel.HUMAN}),
    "moveworks": frozenset({Channel.HUMAN}),
    "lindy": frozenset(Channel),
    "zapier": frozenset(Channel),
    OUTBOX: frozenset(Channel),
}

KNOWN_DESTINATIONS: frozenset[str] = frozenset(CHANNELS_OF)

#: name -> how it is built from the settings. Building contacts nothing and reads no secret that it does not
#: need.
_BUILDERS: Mapping[str, Callable[[SenderSettings], Destination]] = {
    OUTBOX: lambda settings: OutboxDestination(settings.outbox_folder),
}


def available_destinations() -> frozenset[str]:
    """Names that this version can deliver to."""
    return frozenset(_BUILDERS)


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
            known = (
                "has no sender in this version" if name in KNOWN_DESTINATIONS else "is no known destination"
            )
            raise DestinationUnavailable(f"destination {name!r} {known}") from None


def build_registry(settings: SenderSettings) -> Registry:
    """Every destination that these settings allow."""
    names = _BUILDERS if settings.is_live else {OUTBOX: _BUILDERS[OUTBOX]}
    return Registry({name: build(settings) for name, build in names.items()}, settings.is_live)
