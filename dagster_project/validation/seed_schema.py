"""The columns of every policy seed, as data: what each cell must look like.

No reading and no rules across rows or files: those stand in seed_reader and in the rule modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a cell may hold. The checks stand in seed_values."""

    TEXT = "text"
    KEY = "key"
    INTEGER = "whole number"
    HOURS = "hours"
    DELAY = "hours, or 0"
    POSITIVE = "number above 0"
    SHARE = "share between 0 and 1"
    BOOLEAN = "true or false"
    DATE = "date"
    INSTANT = "UTC date and time"
    COUNTRY = "country code"
    URL = "web address"


@dataclass(frozen=True)
class Column:
    """One column of a seed. `is_required` says whether every row needs a value; the column itself always
    has to be in the header."""

    name: str
    kind: Kind
    is_required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeedSchema:
    """One seed file. `key` names the columns that tell its rows apart."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    needs_rows: bool = True

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


CHANNELS = ("in_app", "email", "human")
CLOCKS = ("elapsed", "business")
TIERS = (1, 2, 3)
DEFAULT_PATH = "default"

SEEDS: dict[str, SeedSchema] = {
    schema.name: schema
    for schema in (
        SeedSchema(
            "critical_path",
            (
                Column("path_key", Kind.KEY),
                Column("milestone_order", Kind.INTEGER),
                Column("milestone_key", Kind.KEY),
                Column("milestone_name", Kind.TEXT),
                Column("event_name", Kind.TEXT),
                Column("expected_hours", Kind.HOURS),
                Column("slip_hours", Kind.HOURS),
                Column("how_to_url", Kind.URL, is_required=False),
                Column("clock", Kind.TEXT, is_required=False, choices=CLOCKS),
                Column("recipient_role", Kind.TEXT, is_required=False),
            ),
            key=("path_key", "milestone_key"),
        ),
        SeedSchema(
            "nudge_policy",
            (
                Column("path_key", Kind.KEY),
                Column("tier", Kind.INTEGER),
                Column("channel", Kind.KEY, choices=CHANNELS),
                Column("destination", Kind.KEY),
                Column("delay_hours", Kind.DELAY),
                Column("template_key", Kind.KEY),
                Column("respects_quiet_hours", Kind.BOOLEAN, is_required=False),
                Column("is_enabled", Kind.BOOLEAN),
            ),
            key=("path_key", "tier"),
        ),
        SeedSchema(
            "message_templates",
            (
                Column("template_key", Kind.KEY),
                Column("milestone_key", Kind.KEY, is_required=False),
                Column("error_class", Kind.KEY, is_required=False),
                Column("variant", Kind.KEY, is_required=False),
                Column("destination", Kind.KEY),
                Column("vendor_template_id", Kind.TEXT, is_required=False),
                Column("weight", Kind.POSITIVE, is_required=False),
                Column("is_enabled", Kind.BOOLEAN),
            ),
            key=("template_key", "milestone_key", "error_class", "variant", "destination"),
        ),
        SeedSchema(
            "delivery_limits",
            (
                Column("limit_name", Kind.KEY),
                Column("scope", Kind.TEXT, is_required=False),
                # Empty only where a list is meant: limit_rules says which.
                Column("limit_value", Kind.TEXT, is_required=False),
                Column("unit", Kind.TEXT),
                Column("why", Kind.TEXT, is_required=False),
            ),
            key=("limit_name", "scope"),
        ),
        SeedSchema(
            "holidays",
            (
                Column("country_code", Kind.COUNTRY),
                Column("holiday_on", Kind.DATE),
                Column("name", Kind.TEXT, is_required=False),
            ),
            key=("country_code", "holiday_on"),
            needs_rows=False,
        ),
        SeedSchema(
            "experiments",
            (
                Column("experiment_key", Kind.KEY),
                Column("salt", Kind.TEXT),
                Column("horizon_days", Kind.POSITIVE),
                Column("min_delta_days", Kind.POSITIVE),
                Column("final_readout_on", Kind.DATE),
                Column("holdout_share", Kind.SHARE),
                Column("unsubscribe_rate_margin", Kind.SHARE),
                Column("complaint_rate_margin", Kind.SHARE),
                Column("churn_rate_margin", Kind.SHARE),
            ),
            key=("experiment_key",),
        ),
        SeedSchema(
            "experiment_epochs",
            (
                Column("experiment_key", Kind.KEY),
                Column("epoch", Kind.INTEGER),
                Column("starts_at", Kind.INSTANT),
                Column("treatment_share", Kind.SHARE),
            ),
            key=("experiment_key", "epoch"),
        ),
        SeedSchema(
            "vanity_events",
            (Column("event_name", Kind.TEXT),),
            key=("event_name",),
            needs_rows=False,
        ),
    )
}
