"""What a readout needs of the warehouse, in one short read: frames, not rules.

Which columns mean what is said in the models; what is made of them in `experiments`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pandas as pd

from dagster_project.errors import Refused
from dagster_project.readout.plan import Plan
from dagster_project.settings import Settings
from dagster_project.warehouse import columns_of, relation
from experiments.accounts import COLUMNS
from experiments.readout import Observed


def observe(connection: duckdb.DuckDBPyConnection, settings: Settings, plan: Plan) -> Observed:
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
        outcomes=reader.frame(f"select {', '.join(COLUMNS)} from {outcomes} where {enrolled}", key),
        assignments=reader.frame(
            f"select account_id, bucket, arm, epoch from {assignments} where {enrolled}", key
        ),
        contaminated=reader.number(
            f"""select count(distinct nudges.account_id) from {reader.mart("fct_nudges")} as nudges
            inner join {assignments} as assignments on nudges.account_id = assignments.account_id
            where nudges.namespace = ? and nudges.is_possibly_sent and assignments.arm = 'control'
            and assignments.{enrolled}""",
            settings.namespace,
            key,
        ),
        before=reader.frame(
            f"""select progress.signed_up_at, progress.first_value_at is not null as is_first_value_reached,
            coalesce(progress.hours_to_first_value,
                greatest(0, epoch_us(progress.as_of) - epoch_us(progress.signed_up_at)) / 3600000000.0) / 24
                as duration_days
            from {reader.mart("fct_onboarding_progress")} as progress
            inner join {reader.mart("dim_accounts")} as accounts on progress.account_id = accounts.account_id
            where not accounts.is_internal and progress.signed_up_at <= progress.as_of"""
        )
        if not reader.number(f"select count(*) from {outcomes} where {enrolled}", key)
        else reader.frame(
            "select null::timestamp as signed_up_at, false as is_first_value_reached, "
            "0.0 as duration_days limit 0"
        ),
        cutoff=cutoff,
    )


class _Reader:
    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings

    def mart(self, name: str) -> str:
        return self.relation("onboarding", name)

    def relation(self, room: str, name: str) -> str:
        schema = self._settings.schema(room)
        if not columns_of(self._connection, schema, name):
            raise Refused(f"There is no {schema}.{name} yet; run 'milestone-agent tick' first.")
        return relation(self._connection, schema, name)

    def frame(self, sql: str, *values: object) -> pd.DataFrame:
        return self._connection.execute(sql, list(values)).df()

    def number(self, sql: str, *values: object) -> int:
        row = self._connection.execute(sql, list(values)).fetchone()
        return int(row[0]) if row else 0

    def cutoff(self) -> datetime:
        schema = self._settings.schema("onboarding_intermediate")
        name = relation(self._connection, schema, "int_as_of")
        row = self._connection.execute(f"select as_of from {name}").fetchone()
        if row is None or row[0] is None:
            raise Refused("The last tick found no instant up to which the facts are complete.")
        at: datetime = row[0]
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
