"""The two ways in which a command can end badly.

Errors that a person answers belong here. What goes wrong inside a sender belongs to `nudge_senders`.
"""

from __future__ import annotations


class Refused(Exception):
    """Refused before any effect: warehouse, ledger and outbox are as they were. Exit code 2.

    The text is the whole message: what is wrong, where, and the remedy.
    """


class ConfigurationError(Refused):
    """The environment names something that does not exist or contradicts itself."""


class WarehouseBusy(Refused):
    """Another process holds the warehouse file or the tick's lease; trying again later is the remedy."""


class RunFailed(Exception):
    """Failed while running: something may have been done. Exit code 1.

    The text says what failed and where to read more; the next tick goes on from the ledger.
    """
