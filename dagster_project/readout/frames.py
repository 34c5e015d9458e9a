"""What a readout needs of the warehouse, in one short read: frames, not rules.

Which columns mean what is said in the models; what is made of them in `experiments`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from dagster_project.connection import Connection
from dagster_project.errors import Refused
from dagster_project.readout.plan import Plan
from dagster_project.settings import Settings
from experiments.accounts import COLUMNS
from experiments.readout import Observed

_NOBODY = pd.DataFrame(
    {
        "signed_up_at": pd.Series(dtype="datetime64[us]"),
        "is_first_value_reached": pd.Series(dtype="bool"),
        "duration_days": pd.Series(dtype="float64"),
    }
)


def observe(connection: Connection, settings: Settings, plan: Plan) -> Observed:
    """Outcomes, assignments and contamination of the experiment, of accounts that signed up since its first
    epoch. Raises `Refused` while no tick has built them."""
    reader = _Reader(connection, settings)
    cutoff = reader.cutoff()
    key = plan.experiment.experiment_key
    outcomes, assignments = (
        reader.mart("fct_experiment_outcomes"),
        reader.relation("onboarding_intermediate", "int_assignments_resolved"),
    )
    enrolled = "experiment_key = ? and is_since_first_epoch"
    return Observed(
        # In one order: a sum of floats depends on it.
        outcomes=reader.frame(
            f"select {', '.join(COLUMNS)} from {outcomes} where {enrolled} order by account_id", key
        ),
        assignments=reader.frame(
            f"select account_id, bucket, arm, epoch from {assignments} where {enrolled} order by account_id",
            key,
        ),
        contaminated=reader.number(
            f"""select count(distinct nudges.account_id) from {reader.mart("fct_nudges")} as nudges
            inner join {assignments} as assignments on nudges.account_id = assignments.account_id
            where nudges.namespace = ? and nudges.is_possibly_sent and assignments.arm = 'control'
            and assignments.{enrolled}""",
            settings.namespace,
            key,
        ),
        before=_NOBODY
        if reader.number(f"select count(*) from {outcomes} where {enrolled}", key)
        else _with_days(
            reader.frame(
                f"""select progress.signed_up_at, progress.as_of, progress.hours_to_first_value,
                progress.first_value_at is not null as is_first_value_reached
                from {reader.mart("fct_onboarding_progress")} as progress
                inner join {reader.mart("dim_accounts")} as accounts
                on progress.account_id = accounts.account_id
                where not accounts.is_internal and progress.signed_up_at <= progress.as_of
                order by progress.account_id"""
            )
        ),
        cutoff=cutoff,
    )


def _with_days(accounts: pd.DataFrame) -> pd.DataFrame:
    """Days to first value, or up to now for who has not reached it."""
    waited = pd.to_datetime(accounts["as_of"]) - pd.to_datetime(accounts["signed_up_at"])
    hours = accounts["hours_to_first_value"].astype("float64").fillna(waited / pd.Timedelta(hours=1))
    return accounts.assign(duration_days=hours / 24)


class _Reader:
    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings

    def mart(self, name: str) -> str:
        return self.relation("onboarding", name)

    def relation(self, room: str, name: str) -> str:
        schema = self._settings.schema(room)
        if not self._connection.columns_of(schema, name):
            raise Refused(f"There is no {schema}.{name} yet; run 'milestone-agent tick' first.")
        return self._connection.relation(schema, name)

    def frame(self, sql: str, *values: object) -> pd.DataFrame:
        return self._connection.execute(sql, list(values)).df()

    def number(self, sql: str, *values: object) -> int:
        row = self._connection.execute(sql, list(values)).fetchone()
        return int(row[0]) if row else 0

    def cutoff(self) -> datetime:
        schema = self._settings.schema("onboarding_intermediate")
        name = self._connection.relation(schema, "int_as_of")
        row = self._connection.execute(f"select as_of from {name}").fetchone()
        if row is None or row[0] is None:
            raise Refused("The last tick found no instant up to which the facts are complete.")
        at: datetime = row[0]
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
