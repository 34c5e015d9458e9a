"""Is anything stopped? The halt file, the environment's flag and the rows of `nudge_halts`, read so that
doubt stops.

Setting and releasing halts is the ledger's; who may do it is the command line's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nudge_senders.ledger import Ledger
from nudge_senders.nudge import Nudge
from nudge_senders.settings import SenderSettings

_EVERYTHING = frozenset({"", "all"})
#: Every message belongs to the experiment, so a harmful one stops them all; what it has set is taken back.
_OF_EVERY_MESSAGE = frozenset({"experiment"})


@dataclass(frozen=True)
class StandingHalts:
    """The scopes in force. A scope that nobody knows stops everything."""

    scopes: frozenset[str]

    @property
    def stops_everything(self) -> bool:
        known = _SCOPES.keys() | _OF_EVERY_MESSAGE
        return any(scope in _EVERYTHING or _prefix(scope) not in known for scope in self.scopes)

    def stops(self, nudge: Nudge) -> bool:
        """Does any halt stop this nudge?"""
        return self.stops_everything or any(
            _prefix(scope) in _OF_EVERY_MESSAGE or _SCOPES[_prefix(scope)](nudge) == scope.partition(":")[2]
            for scope in self.scopes
        )


_SCOPES: Mapping[str, Callable[[Nudge], str]] = {
    "channel": lambda nudge: str(nudge.channel.value),
    "destination": lambda nudge: nudge.destination,
    "template": lambda nudge: nudge.template_key,
    "account": lambda nudge: nudge.account_id,
    "tier": lambda nudge: str(nudge.tier),
    "namespace": lambda nudge: nudge.namespace,
}


def _prefix(scope: str) -> str:
    return scope.partition(":")[0] if ":" in scope else "?"


def is_stopped_outside(settings: SenderSettings) -> bool:
    """The stops that work while the warehouse is locked; cheap enough to be asked before every single
    call."""
    if settings.is_halted:
        return True
    try:
        settings.halt_file.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def read_halts(ledger: Ledger, settings: SenderSettings) -> StandingHalts:
    """Everything that stands. Whatever cannot be read counts as a stop of everything."""
    if is_stopped_outside(settings):
        return StandingHalts(frozenset({"all"}))
    try:
        return StandingHalts(frozenset(halt.scope or "all" for halt in ledger.halts()))
    except Exception:
        # The one place where every error is an answer: an unreadable stop must stop.
        return StandingHalts(frozenset({"all"}))
