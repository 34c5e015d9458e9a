"""The append-only record of every claim and outcome, the lease, the ticks and the halts."""

from nudge_senders.ledger.claims import Claim
from nudge_senders.ledger.entry import Entry, Halt, Lease, LeaseRow, NudgeState, TickRecord
from nudge_senders.ledger.ledger import Ledger, open_ledger

__all__ = ["Claim", "Entry", "Halt", "Lease", "LeaseRow", "Ledger", "NudgeState", "TickRecord", "open_ledger"]
