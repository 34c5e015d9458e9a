"""What the senders are told about their surroundings. Read from the environment by the caller, not here.

No policy belongs here (that is in the seeds), and no vendor's settings: a destination takes its own out of
`environ`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from nudge_senders.identity import load_hash_key


@dataclass(frozen=True, kw_only=True)
class SenderSettings:
    """Where the senders run and how patient they are."""

    #: `<env>/live` or `<env>/shadow`
    namespace: str
    #: folder of the warehouse file: outbox, halt file, hash key and the memory of the ledger lie there
    home: Path
    env: str = "dev"
    is_halted: bool = False
    #: vendor settings and the hash key; never printed
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    recheck_max_age: timedelta = timedelta(seconds=60)
    attempt_deadline: timedelta = timedelta(seconds=30)
    outbox: Path | None = None

    @property
    def is_live(self) -> bool:
        """Anything that is not clearly live is shadow."""
        return self.namespace.endswith("/live")

    @property
    def outbox_folder(self) -> Path:
        return self.outbox if self.outbox is not None else self.home / "outbox"

    @property
    def halt_file(self) -> Path:
        return self.home / "HALT"

    def hash_key(self) -> bytes:
        """Key of the recipients' hashes; made on first use, not when settings are built."""
        return load_hash_key(self.environ, self.home)
