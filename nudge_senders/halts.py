"""Is anything stopped? The halt file, the environment's flag and the rows of `nudge_halts`, read so that
doubt stops.

Setting and releasing halts is the ledger's and the halt file's; who may do it is the command line's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nudge_senders.halt_file import EVERYTHING, read_halt_file
from nudge_senders.ledger import Ledger
from nudge_senders.nudge import Nudge
from nudge_senders.settings import SenderSettings
from nudge_senders.vocabulary import Action

_EVERYTHING = frozenset({"", EVERYTHING})


@dataclass(frozen=True)
class StandingHalts:
    """The scopes in force. A scope that nobody knows stops everything."""

    scopes: frozenset[str]

    @property
    def stops_everything(self) -> bool:
        return any(scope in _EVERYTHING or _prefix(scope) not in _SCOPES for scope in self.scopes)

    def stops(self, nudge: Nudge) -> bool:
        """Does any halt stop this nudge? Taking back goes on under every halt but one of everything."""
        if self.stops_everything or nudge.action is Action.WITHDRAW:
            return self.stops_everything
        return any(_SCOPES[_prefix(scope)](nudge, scope.partition(":")[2]) for scope in self.scopes)


_SCOPES: Mapping[str, Callable[[Nudge, str], bool]] = {
    "channel": lambda nudge, named: nudge.channel.value == named,
    "destination": lambda nudge, named: nudge.destination == named,
    "template": lambda nudge, named: nudge.template_key == named,
    "account": lambda nudge, named: nudge.account_id == named,
    "tier": lambda nudge, named: str(nudge.tier) == named,
    "namespace": lambda nudge, named: nudge.namespace == named,
    # A queue holds treated accounts only and does not say by which experiment.
    "experiment": lambda nudge, named: True,
}
#: What may stand before the colon of a scope, for those who write one.
SCOPE_WORDS: tuple[str, ...] = tuple(_SCOPES)


def _prefix(scope: str) -> str:
    return scope.partition(":")[0] if ":" in scope else "?"


def read_halts_outside(settings: SenderSettings, now: datetime) -> StandingHalts:
    """The stops that work while the warehouse is locked; cheap enough to be asked before every single
    call."""
    if settings.is_halted:
        return StandingHalts(frozenset({EVERYTHING}))
    lines = read_halt_file(settings.halt_file)
    return StandingHalts(frozenset(halt.scope for halt in lines if halt.is_standing(now)))


def read_halts(ledger: Ledger, settings: SenderSettings) -> StandingHalts:
    """Everything that stands. Whatever cannot be read counts as a stop of everything."""
    outside = read_halts_outside(settings, ledger.now())
    if outside.stops_everything:
        return outside
    try:
        return StandingHalts(outside.scopes | {halt.scope or EVERYTHING for halt in ledger.halts()})
    except Exception:
        # The one place where every error is an answer: an unreadable stop must stop.
        return StandingHalts(frozenset({EVERYTHING}))
