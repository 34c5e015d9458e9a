"""A warehouse that holds what a readout reads, as a tick would have left it, of made-up accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from dagster_project.readout.run import Made, make_readout
from dagster_project.settings import Settings
from tests.experiments.outcomes import FIFTH, START, outcomes

KEY = "ttfv_nudge"
_PLAN = {
    "experiment_key": KEY,
    "salt": "ttfv-nudge-v1",
    "horizon_days": "60",
    "min_delta_days": "3",
    "final_readout_on": "2026-09-22",
    "holdout_share": "",
    "unsubscribe_rate_margin": "0.005",
    "complaint_rate_margin": "0.001",
    "churn_rate_margin": "0.02",
}


@dataclass
class Warehouse:
    """One file; `tell` puts into it what a tick at so many days after the start would leave."""

    folder: Path
    plan: dict[str, str] = field(default_factory=lambda: dict(_PLAN))

    @property
    def settings(self) -> Settings:
        path = self.folder / "warehouse.duckdb"
        return Settings.from_environment({"MILESTONE_AGENT_DUCKDB_PATH": str(path)})

    def tell(
        self, day: float, *, accounts: int = 2500, nudged: tuple[str, ...] = (), **more: Any
    ) -> datetime:
        """Accounts as in `outcomes`; `nudged` were sent a nudge. Returns the cut-off."""
        cutoff = START + timedelta(days=day)
        rows = outcomes(accounts, cutoff=cutoff, epochs=FIFTH, **more)
        self.tell_rows(rows, cutoff, nudged=nudged)
        return cutoff

    def tell_rows(self, rows: pd.DataFrame, cutoff: datetime, *, nudged: tuple[str, ...] = ()) -> None:
        """The same for given outcomes."""
        first_epoch_starts_at = FIFTH[0].starts_at.replace(tzinfo=None)
        rows = rows.assign(
            experiment_key=KEY, is_since_first_epoch=rows["signed_up_at"] >= first_epoch_starts_at
        )
        plan = pd.DataFrame([self.plan])
        epochs = pd.DataFrame(
            [
                (KEY, str(epoch.number), f"{epoch.starts_at:%Y-%m-%d %H:%M:%S}", str(epoch.treatment_share))
                for epoch in FIFTH
            ],
            columns=["experiment_key", "epoch", "starts_at", "treatment_share"],
        )
        sent = pd.DataFrame(
            {
                "account_id": pd.Series(nudged, dtype=str),
                "namespace": "dev/shadow",
                "is_possibly_sent": True,
            }
        )
        with duckdb.connect(str(self.settings.duckdb_path)) as connection:
            for schema in ("onboarding", "onboarding_seeds", "onboarding_intermediate"):
                connection.execute(f"create schema if not exists {schema}")
            for name, frame in (
                ("onboarding_seeds.experiments", plan),
                ("onboarding_seeds.experiment_epochs", epochs),
                ("onboarding.fct_experiment_outcomes", rows),
                ("onboarding.fct_nudges", sent),
            ):
                connection.register("told", frame)
                connection.execute(f"create or replace table {name} as select * from told")
            connection.execute(
                "create or replace table onboarding_intermediate.int_assignments_resolved as "
                "select experiment_key, account_id, bucket, arm, epoch, is_since_first_epoch "
                "from onboarding.fct_experiment_outcomes"
            )
            connection.execute(
                "create or replace table onboarding_intermediate.int_as_of as select ?::timestamp as as_of",
                [cutoff.replace(tzinfo=None)],
            )

    def read_out(self, now: datetime | None = None) -> Made:
        """The readout as the asset and the command make it."""
        return make_readout(self.settings, KEY, now or START + timedelta(days=400))

    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.duckdb_path)) as connection:
            return connection.execute(sql, list(values)).fetchall()
