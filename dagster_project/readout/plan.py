"""The plan of an experiment as dbt loaded it from the seeds: key, salt, horizon, margins, epochs.

What may stand in the seeds is checked by `validation`; what a plan means is said in `experiments.design`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

from dagster_project.connection import Connection
from dagster_project.errors import Refused
from dagster_project.settings import Settings
from dagster_project.validation.suggestions import choose_from
from experiments.design import Experiment
from experiments.epoch import Epoch

_MARGINS = {
    "unsubscribed": "unsubscribe_rate_margin",
    "complained": "complaint_rate_margin",
    "churned": "churn_rate_margin",
}


@dataclass(frozen=True)
class Plan:
    """An experiment and the steps of its roll-out, in order."""

    experiment: Experiment
    epochs: tuple[Epoch, ...]

    @property
    def plan_hash(self) -> str:
        """Changes with whatever the error rates rest on; a further step of the roll-out leaves it as it
        is."""
        plan = self.experiment
        fixed = {
            "salt": plan.salt,
            "horizon_days": plan.horizon_days,
            "min_delta_days": plan.min_delta_days,
            "final_readout_on": plan.final_readout_on.isoformat(),
            "holdout_share": plan.holdout_share,
            "margins": dict(sorted(plan.guardrail_margins.items())),
            "starts_at": self.epochs[0].starts_at.isoformat(),
        }
        return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()[:16]


def experiment_keys(connection: Connection, settings: Settings) -> tuple[str, ...]:
    """The experiments in the seeds as loaded; none before the first tick."""
    schema = settings.schema("onboarding_seeds")
    if not connection.columns_of(schema, "experiments"):
        return ()
    rows = connection.execute(
        f"select distinct experiment_key from {connection.relation(schema, 'experiments')} order by 1"
    ).fetchall()
    return tuple(str(row[0]) for row in rows)


def read_plan(connection: Connection, settings: Settings, experiment_key: str) -> Plan:
    """The plan by its key. Raises `Refused` for a key that the seeds do not have, and before the first
    tick."""
    keys = experiment_keys(connection, settings)
    if not keys:
        raise Refused(
            "No tick has loaded the seeds into this warehouse yet; run 'milestone-agent tick' first."
        )
    if experiment_key not in keys:
        raise Refused(
            f"There is no experiment '{experiment_key}' in experiments.csv; "
            f"{choose_from(experiment_key, set(keys))}."
        )
    schema = settings.schema("onboarding_seeds")
    cursor = connection.execute(
        f"select * from {connection.relation(schema, 'experiments')} where experiment_key = ?",
        [experiment_key],
    )
    names = [column[0] for column in cursor.description or ()]
    values = dict(zip(names, cursor.fetchall()[0], strict=True))
    starts_at = connection.cast_or_null("cast(starts_at as varchar)", "timestamp")
    epochs = connection.execute(
        f"select cast(epoch as integer), {starts_at}, cast(treatment_share as double) "
        f"from {connection.relation(schema, 'experiment_epochs')} where experiment_key = ? order by 2",
        [experiment_key],
    ).fetchall()
    if not epochs:
        raise Refused(f"The experiment '{experiment_key}' has no epoch in experiment_epochs.csv; add one.")
    try:
        experiment = Experiment(
            experiment_key=experiment_key,
            salt=str(values["salt"]),
            horizon_days=float(values["horizon_days"]),
            min_delta_days=float(values["min_delta_days"]),
            final_readout_on=date.fromisoformat(str(values["final_readout_on"]).strip()[:10]),
            holdout_share=_share(values.get("holdout_share")),
            guardrail_margins={name: _share(values.get(column)) for name, column in _MARGINS.items()},
        )
    except ValueError as error:
        raise Refused(
            f"experiments.csv, row {experiment_key}: {error}. Mend it and run 'milestone-agent tick' again."
        ) from error
    steps = [Epoch(int(number), _utc(starts_at), float(share)) for number, starts_at, share in epochs]
    return Plan(experiment, tuple(steps))


def _share(value: object) -> float:
    text = "" if value is None else str(value).strip()
    return float(text) if text else 0.0


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
