"""Outcomes of made-up accounts, in the columns of the warehouse, for tests of the readout."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from experiments.assignment import bucket_of
from experiments.decision import Record
from experiments.design import Experiment
from experiments.epoch import Epoch
from experiments.readout import Observed, Readout, read_out

START = datetime(2026, 1, 5, tzinfo=UTC)
SALT = "ttfv-nudge-v1"


def outcomes(
    accounts: int,
    *,
    cutoff: datetime,
    epochs: Sequence[Epoch],
    speed: float = 1.0,
    days: float = 120,
    seed: int = 1,
    holdout_share: float = 0.0,
) -> pd.DataFrame:
    """Accounts signing up evenly over `days`. Seven in ten arrive, log-normally with median 20 days; the
    treated need `speed` of that time. One in five slips, a quarter of the way."""
    random = np.random.default_rng(seed)
    ids = [f"acc-{seed}-{number}" for number in range(accounts)]
    ago = np.sort(random.uniform(0, days, accounts))
    signed_up = [START + timedelta(days=float(day)) for day in ago]
    buckets = np.array([bucket_of(SALT, account_id) for account_id in ids])
    epoch = np.array([max(e.number for e in epochs if e.starts_at <= at) for at in signed_up])
    shares = {e.number: e.treated_fraction(holdout_share) for e in epochs}
    is_treated = buckets < np.array([round(shares[int(number)] * 10_000) for number in epoch])
    took = np.where(random.random(accounts) < 0.7, random.lognormal(np.log(20), 0.9, accounts), np.inf)
    took = np.where(is_treated, took * speed, took)
    watched = np.array([(cutoff - at) / timedelta(days=1) for at in signed_up])
    duration, is_reached = np.minimum(took, watched), took <= watched
    has_slipped = random.random(accounts) < 0.2
    rows = pd.DataFrame(
        {
            "account_id": ids,
            "bucket": buckets,
            "arm": np.where(is_treated, "treatment", "control"),
            "epoch": epoch,
            "duration_days": duration,
            "is_first_value_reached": is_reached,
            "watched_days": watched,
            "days_to_first_slip": np.where(has_slipped, duration / 4, np.nan),
            "signed_up_at": pd.to_datetime(signed_up, utc=True).tz_localize(None),
            "is_held_out": buckets >= round(10_000 * (1 - holdout_share)),
            "has_unsubscribed": random.random(accounts) < 0.02,
            "has_complained": random.random(accounts) < 0.005,
            "has_churned": random.random(accounts) < 0.05,
            "segment": random.choice(["small", "middle", "large"], accounts, p=[0.6, 0.3, 0.1]),
            "plan": random.choice(["free", "team", "gold"], accounts),
            "path_key": "default",
            "seats": random.integers(1, 200, accounts).astype(float),
        }
    )
    return rows.loc[rows["watched_days"] > 0].reset_index(drop=True)


FIFTH = (Epoch(1, START, 0.2),)


def observed(
    accounts: int = 2500,
    *,
    day: float = 200,
    epochs: Sequence[Epoch] = FIFTH,
    contaminated: int = 0,
    **more: Any,
) -> Observed:
    """All that a readout asks for, at so many days after the start."""
    cutoff = START + timedelta(days=day)
    rows = outcomes(accounts, cutoff=cutoff, epochs=epochs, **more)
    return observed_of(rows, cutoff, contaminated=contaminated)


def observed_of(rows: pd.DataFrame, cutoff: datetime, *, contaminated: int = 0) -> Observed:
    """The same for given outcomes, everybody assigned being analysed."""
    nobody = pd.DataFrame({"signed_up_at": [], "duration_days": [], "is_first_value_reached": []})
    assignments = rows[["account_id", "bucket", "arm", "epoch"]]
    return Observed(rows, assignments, contaminated, nobody.astype({"is_first_value_reached": bool}), cutoff)


def plan(**changes: Any) -> Experiment:
    """The experiment as shipped, with a final look on day 260."""
    values: dict[str, Any] = {
        "experiment_key": "ttfv_nudge",
        "salt": SALT,
        "horizon_days": 60,
        "min_delta_days": 3,
        "final_readout_on": (START + timedelta(days=260)).date(),
        "guardrail_margins": {"unsubscribed": 0.005, "complained": 0.001, "churned": 0.02},
    }
    return Experiment(**{**values, **changes})


def read(
    seen: Observed,
    *,
    epochs: Sequence[Epoch] = FIFTH,
    record: Record | None = None,
    **changes: Any,
) -> Readout:
    """The readout of what was seen."""
    return read_out(plan(**changes), epochs, seen, record or Record())
