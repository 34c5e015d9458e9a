"""Prepares what every command needs: the home folder, the ledger with its migrations. Idempotent.

The schemas of models are made by dbt, the raw ones by whoever loads them.
"""

from __future__ import annotations

from dagster_project.settings import Settings
from nudge_senders.ledger import Ledger


def initialise(settings: Settings, ledger: Ledger) -> bool:
    """Migrate when there is something to migrate; says whether there was."""
    settings.home.mkdir(parents=True, exist_ok=True)
    if ledger.is_migrated():
        return False
    ledger.migrate()
    return True
