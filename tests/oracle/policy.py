"""The seeds, read into values.

Belongs here: what a row of `critical_path`, `nudge_policy`, `delivery_limits`, `holidays` and the
experiment seeds says. Does not belong here: what follows from it for an account.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.oracle.instants import MINUTE, at, microseconds_of_hours

SeedRow = Mapping[str, str]
Seeds = Mapping[str, list[dict[str, str]]]


@dataclass(frozen=True)
class Milestone:
    """One step of a path; durations in microseconds."""

    path_key: str
    order: int
    key: str
    spellings: frozenset[str]
    expected: int
    slip: int
    is_business: bool
    recipient_role: str | None


@dataclass(frozen=True)
class Tier:
    """One tier of a path's policy; the delay counts from the slip, in microseconds."""

    number: int
    channel: str
    destination: str
    delay: int
    respects_quiet_hours: bool
    is_enabled: bool


@dataclass(frozen=True)
class Epoch:
    """One step of the experiment's roll-out."""

    number: int
    starts_at: int
    treatment_share: float


@dataclass(frozen=True)
class Policy:
    """All seeds that decide anything."""

    paths: Mapping[str, tuple[Milestone, ...]]
    tiers: Mapping[str, tuple[Tier, ...]]
    limits: Mapping[tuple[str, str], str]
    holidays: Mapping[str, frozenset[date]]
    salt: str
    holdout_share: float
    epochs: tuple[Epoch, ...]

    def limit(self, name: str, scope: str = "") -> float:
        """The number of a limit at a scope, else the one of the empty scope."""
        return float(self.limits.get((name, scope), self.limits.get((name, ""), "nan")))

    def tiers_of(self, path_key: str) -> tuple[Tier, ...]:
        """A path's tiers; the default path's when it has none of its own."""
        return self.tiers.get(path_key) or self.tiers.get("default", ())

    def whole(self, name: str) -> int:
        """A limit that is a whole number."""
        return int(self.limits[(name, "")])

    @property
    def default_zone(self) -> str:
        """The zone of those who have none that exists."""
        return self.limits[("default_time_zone", "")]

    @property
    def allowed_domains(self) -> frozenset[str]:
        """The only domains that are written to when live outside prod, in small letters."""
        listed = self.limits[("allowed_recipient_domains", "")].lower().split("|")
        return frozenset(domain.strip() for domain in listed if domain.strip())

    @property
    def history_starts_at(self) -> int:
        """The first instant that is believed of an event."""
        return at(self.limits[("history_starts_on", "")])

    @property
    def clock_skew(self) -> int:
        """How much later than its load an event may claim to be."""
        return int(self.limit("clock_skew_minutes") * MINUTE)

    def is_believable(self, occurred_at: int | None, loaded_at: int | None) -> bool:
        """Whether a row's own time can be used: there, not before all history, not far ahead of its load."""
        if occurred_at is None or loaded_at is None:
            return False
        return self.history_starts_at <= occurred_at <= loaded_at + self.clock_skew


def load_seeds(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The seed files of a folder as rows of text."""
    seeds = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            seeds[path.stem] = list(csv.DictReader(file))
    return seeds


def read_policy(seeds: Seeds) -> Policy:
    """The policy that rows of text state."""
    experiment = seeds["experiments"][0]
    return Policy(
        paths=_paths(seeds["critical_path"]),
        tiers=_tiers(seeds["nudge_policy"]),
        limits={
            (row["limit_name"], row["scope"] or ""): row["limit_value"] for row in seeds["delivery_limits"]
        },
        holidays=_holidays(seeds["holidays"]),
        salt=experiment["salt"],
        holdout_share=float(experiment["holdout_share"] or 0),
        epochs=_epochs(seeds["experiment_epochs"], experiment["experiment_key"]),
    )


def _paths(seed: list[dict[str, str]]) -> dict[str, tuple[Milestone, ...]]:
    paths: dict[str, list[Milestone]] = {}
    for row in seed:
        spellings = frozenset(name.strip() for name in row["event_name"].split("|") if name.strip())
        paths.setdefault(row["path_key"], []).append(
            Milestone(
                path_key=row["path_key"],
                order=int(row["milestone_order"]),
                key=row["milestone_key"],
                spellings=spellings,
                expected=microseconds_of_hours(row["expected_hours"]),
                slip=microseconds_of_hours(row["slip_hours"]),
                is_business=row["clock"] == "business",
                recipient_role=row["recipient_role"] or None,
            )
        )
    return {key: tuple(sorted(steps, key=lambda step: step.order)) for key, steps in paths.items()}


def _tiers(seed: list[dict[str, str]]) -> dict[str, tuple[Tier, ...]]:
    tiers: dict[str, list[Tier]] = {}
    for row in seed:
        tiers.setdefault(row["path_key"], []).append(
            Tier(
                number=int(row["tier"]),
                channel=row["channel"],
                destination=row["destination"],
                delay=microseconds_of_hours(row["delay_hours"]),
                respects_quiet_hours=row["respects_quiet_hours"].lower() != "false",
                is_enabled=row["is_enabled"].lower() == "true",
            )
        )
    return {key: tuple(sorted(steps, key=lambda step: step.number)) for key, steps in tiers.items()}


def _holidays(seed: list[dict[str, str]]) -> dict[str, frozenset[date]]:
    days: dict[str, set[date]] = {}
    for row in seed:
        days.setdefault(row["country_code"], set()).add(date.fromisoformat(row["holiday_on"]))
    return {country: frozenset(found) for country, found in days.items()}


def _epochs(seed: list[dict[str, str]], experiment_key: str) -> tuple[Epoch, ...]:
    return tuple(
        sorted(
            (
                Epoch(int(row["epoch"]), at(row["starts_at"]), float(row["treatment_share"]))
                for row in seed
                if row["experiment_key"] == experiment_key
            ),
            key=lambda epoch: epoch.starts_at,
        )
    )
