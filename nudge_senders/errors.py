"""What can go wrong, named by who must act; the docstring is the message's first half.

What a provider answers is not an error but an `Outcome`. No handling belongs here.
"""

from __future__ import annotations

from datetime import datetime


class SenderError(Exception):
    """Anything the senders refuse or cannot do. Nothing was sent because of it."""


# -- nobody must act: wait


class LeaseHeld(SenderError):
    """Another tick runs. Wait for it; a dead one on this host is taken over at once, elsewhere when it
    expires."""


class LeaseLost(SenderError):
    """This tick's lease went to another one. Stop; whatever is open is settled by the other tick."""


class LedgerLocked(SenderError):
    """Another process keeps the warehouse file open, or writes the same rows of a cloud ledger again and
    again. Close it (an IDE, a notebook, a second tick) and run again."""


# -- the operator of the pipeline must act


class LedgerUnreadable(SenderError):
    """The warehouse file cannot be opened: damaged, or written by a newer DuckDB. Never delete its .wal
    file."""


class LedgerNotMigrated(SenderError):
    """The ledger's tables are missing or of another version. Run `milestone-agent init`."""


class LedgerNotTrusted(SenderError):
    """The ledger is not the one last seen, not opened, or holds entries nobody knows. Nothing is sent from
    it."""


class SenderMisconfigured(SenderError):
    """A setting of the senders is unusable. Correct the environment variable named here."""


class SettingsUnusable(SenderMisconfigured):
    """Settings of a destination are missing or wrong. Set the environment variables named here."""


class DestinationUnavailable(SenderError):
    """The policy names a destination that this installation cannot reach. Name another one, or configure
    it."""


class NotInDoubt(SenderError):
    """A person answered for a nudge about which there is no question. Look at what is in doubt first."""


# -- the author of the texts or of the queue must act


class TemplateBroken(SenderError):
    """A template is missing, wrong, or does not fit its row. Correct the file named here."""


class UnusableQueueRow(SenderError):
    """A row of the queue breaks its contract. Correct the dbt model; the row is skipped. `reason_code` tells
    a nudge that is dead because of it why."""

    def __init__(self, message: str, *, reason_code: str | None = None) -> None:
        super().__init__(message)
        self.reason_code = reason_code


# -- raised by a destination's `call` only, turned into outcomes at once


class NotSent(SenderError):
    """Certain: no byte of the request reached the provider (refused, no name, no TLS)."""

    def __init__(self, reason_code: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code
        self.retry_at = retry_at


class EffectUnknown(SenderError):
    """Bytes may have reached the provider (read timeout, reset). Never treated as not sent."""

    def __init__(self, reason_code: str) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code
