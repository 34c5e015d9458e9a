"""The generated histories that the SQL is compared over.

Belongs here: which seeds and options each build has, and which of them every run takes. Does not belong
here: the comparison.
"""

from dataclasses import dataclass

from tests.oracle.generator.policies import widened
from tests.oracle.generator.world import OPTIONAL_TABLES, Options
from tests.oracle.instants import HOUR, at
from tests.oracle.policy import Seeds


@dataclass(frozen=True)
class Scenario:
    """One history and how it is stored."""

    name: str
    options: Options
    instant_type: str = "timestamp"
    treatment_share: str = "0.9"
    has_late_epoch: str | None = None

    def seeds(self, shipped: Seeds) -> dict[str, list[dict[str, str]]]:
        """The seeds that go with it."""
        return widened(shipped, treatment_share=self.treatment_share, has_late_epoch=self.has_late_epoch)


EVERYTHING = Scenario("three products and every table", Options(seed=11))

FEWEST_TABLES = Scenario(
    "tracks and accounts only",
    Options(
        seed=12,
        sources=("segment",),
        absent_tables=OPTIONAL_TABLES,
        absent_columns=("segment.tracks.uuid_ts", "segment.tracks.event_text", "segment.tracks.anonymous_id"),
        now=at("2026-03-30 00:30:00"),
    ),
)

OTHERS = (
    Scenario("around a change to summer time", Options(seed=13, now=at("2026-03-29 01:00:00"))),
    Scenario(
        "around the other change, in text", Options(seed=14, now=at("2026-11-02 04:59:59.999999")), "varchar"
    ),
    Scenario(
        "over the turn of the year, zoned", Options(seed=15, now=at("2027-01-04 12:00:00")), "timestamptz"
    ),
    Scenario("a silent source", Options(seed=16, silence=13 * HOUR)),
    Scenario("no heartbeats", Options(seed=17, has_heartbeats=False)),
    Scenario("an experiment that began late", Options(seed=18), "timestamp", "0.5", "2026-04-05 00:00:00"),
    Scenario("the shipped share", Options(seed=19), "timestamp", "0.2"),
    Scenario("one product", Options(seed=20, sources=("mixpanel",))),
    Scenario(
        "two products and no people",
        Options(seed=21, sources=("amplitude", "segment"), absent_tables=("crm.contacts",)),
    ),
    Scenario("a weekend", Options(seed=22, now=at("2026-04-18 23:59:59.999999"))),
)
