"""The generated histories that the SQL is compared over.

Belongs here: which seeds and options each build has, and which of them every run takes. Does not belong
here: the comparison.
"""

from dataclasses import dataclass

from tests.oracle.generator.policies import Epochs, widened
from tests.oracle.generator.world import OPTIONAL_TABLES, Options
from tests.oracle.instants import HOUR, at
from tests.oracle.policy import Seeds


@dataclass(frozen=True)
class Scenario:
    """One history and how it is stored."""

    name: str
    options: Options
    instant_type: str = "timestamp"
    epochs: Epochs = (("2000-01-01 00:00:00", "0.9"),)
    holdout: str = "0"

    def seeds(self, shipped: Seeds) -> dict[str, list[dict[str, str]]]:
        """The seeds that go with it."""
        return widened(shipped, self.epochs, self.holdout)


EVERYTHING = Scenario("three products and every table", Options(seed=11, accounts=1000))

FEWEST_TABLES = Scenario(
    "tracks and accounts only",
    Options(
        seed=12,
        accounts=1000,
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
    # The first step starts at the very sign-up of the accounts that are on the edge of 30 days.
    Scenario(
        "an experiment that began late",
        Options(seed=18),
        epochs=(("2026-03-18 09:37:12.345678", "0.3"), ("2026-04-03 09:37:12.345678", "0.8")),
        holdout="0.1",
    ),
    Scenario("the shipped share", Options(seed=19), epochs=(("2000-01-01 00:00:00", "0.2"),)),
    Scenario(
        "one product and nobody who answers",
        Options(seed=20, sources=("mixpanel",), absent_tables=("feedback.message_events",)),
    ),
    Scenario(
        "two products and no people",
        Options(seed=21, sources=("amplitude", "segment"), absent_tables=("crm.contacts",)),
    ),
    Scenario("a weekend", Options(seed=22, now=at("2026-04-18 23:59:59.999999"))),
)
