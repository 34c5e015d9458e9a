"""What a day of ticks costs on BigQuery and Snowflake, by partitions touched and widths of columns.

python -m tests.benchmarks estimate [--minutes 5] [--accounts N]

The column `partitions` tells the raw bytes of a tick in days of raw events; below 10 MB a statement is billed
as if it had read those. A reckoning and no measurement: rows per partition times bytes per row, by BigQuery's
published sizes of types, and never less than what is billed at least per table and query. List prices of the
day named.
Belongs here: the arithmetic. What a tick reads is held by `tests/cost`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from tests.benchmarks.machine import say

#: On demand in the US, and Standard in the US; look up your own.
PRICES_AS_OF = "2025-01"
DOLLARS_PER_TIB = 6.25
MINIMUM_BYTES = 10 * 10**6
DOLLARS_PER_CREDIT = 2.0
CREDITS_PER_HOUR = {"X-Small": 1.0}
#: Snowflake bills a warehouse by the second, at least a minute each time that it resumes.
MINIMUM_SECONDS = 60

TIB = 2**40
DAYS_A_YEAR = 365
#: bytes of a value: an instant 8, a text 2 and its UTF-8 length
INSTANT, TEXT_ID, TEXT_NAME = 8, 2 + 24, 2 + 18
#: column of a raw row -> bytes
RAW_COLUMNS = {
    "id": TEXT_ID, "event": TEXT_NAME, "event_text": TEXT_NAME, "user_id": TEXT_ID,
    "context_group_id": TEXT_ID, "timestamp": INSTANT, "received_at": INSTANT, "uuid_ts": INSTANT,
}  # fmt: skip
RAW_ROW = sum(RAW_COLUMNS.values())
#: Days of the overlap whose rows are counted again, by their load time alone.
DAYS_COUNTED = 3
#: Partitions of raw events that the plan reads whole, and the re-check once more: today's, in the first hour
#: of a day yesterday's as well.
DAYS_READ, DAYS_READ_IN_FIRST_HOUR = 1, 2
#: Statements of a tick, as the project has them, and the stored tables that each names on average, views
#: written out.
STATE, MARTS, TESTS = (65, 7), (6, 14), (9, 2)
#: Share of rows that name a milestone, and what is kept of each: two names, group, user, three instants.
MILESTONE_SHARE, KEPT_ROW = 0.026, 2 * TEXT_ID + 2 * TEXT_NAME + 3 * INSTANT
#: Who reads the kept events in a tick. They are partitioned by when they happened and late ones may be of any
#: day, so nothing is left out: looked up and merged, for whose state changed, for what they reached, and once
#: more for accounts with other facts.
KEPT_READ_WHOLE = (
    "int_events_kept", "int_events_kept", "int_accounts_changed", "int_milestones_completed",
    "int_milestones_completed"
)  # fmt: skip
#: ... and by which sources bring milestones, of two columns.
KEPT_READ_BY_NAME = ("int_as_of", "int_sources_checked")
#: Rows of daily activity per raw row (twenty thousand users who do two things a day), and their width.
ACTIVITY_SHARE, ACTIVITY_ROW = 0.5, 2 * TEXT_ID + TEXT_NAME + 5 * INSTANT
#: Days of activity that a tick reads, partitioned by the day of loading: deleted, added and summed; and the
#: onboarding window for the health of accounts that somebody is written to about.
ACTIVITY_DAYS, HEALTH_DAYS = 3, 31
#: References to relations with a row per account, or per nudge of one, and bytes of the columns that one
#: names.
ACCOUNT_READS, ACCOUNT_ROW, MART_ROW = 60, 120, 250
#: Seconds of an X-Small warehouse for a tick's statements: some 130 of them, a quarter of a second each.
SNOWFLAKE_SECONDS = 35.0


@dataclass(frozen=True)
class Volume:
    """Events of a year, and accounts; a hundred events each unless said otherwise, a million at most."""

    events_a_year: int
    accounts: int

    @property
    def events_a_day(self) -> float:
        return self.events_a_year / DAYS_A_YEAR


@dataclass(frozen=True)
class Bytes:
    """Bytes billed for one tick, by what is read."""

    raw: float
    state: float
    marts: float
    tests: float

    @property
    def total(self) -> float:
        return self.raw + self.state + self.marts + self.tests


def billed(bytes_read: float, statements: int, tables: int = 1) -> float:
    """Bytes billed for so many statements that read so many tables each, the bytes shared out evenly."""
    references = statements * tables
    return max(bytes_read, references * MINIMUM_BYTES)


def raw_bytes(volume: Volume, *, is_in_first_hour: bool = False) -> float:
    """Bytes of raw events: the plan's partitions, the load times of the overlap, and the partitions
    once more for the senders' re-check, without the row's id.
    """
    days_read = DAYS_READ_IN_FIRST_HOUR if is_in_first_hour else DAYS_READ
    counted = billed(DAYS_COUNTED * volume.events_a_day * INSTANT, 1)
    read = billed(days_read * volume.events_a_day * RAW_ROW, 1)
    rechecked = billed(days_read * volume.events_a_day * (RAW_ROW - TEXT_ID), 1)
    return counted + read + rechecked


def of_tick(volume: Volume, *, is_in_first_hour: bool = False) -> Bytes:
    """A tick that changes accounts and writes to some; partitions count as if the day were over."""
    kept_rows = volume.events_a_year * MILESTONE_SHARE
    kept = kept_rows * (len(KEPT_READ_WHOLE) * KEPT_ROW + len(KEPT_READ_BY_NAME) * 2 * TEXT_NAME)
    activity_a_day = volume.events_a_day * ACTIVITY_SHARE * ACTIVITY_ROW
    activity = (ACTIVITY_DAYS + HEALTH_DAYS) * activity_a_day
    accounts = ACCOUNT_READS * volume.accounts * ACCOUNT_ROW
    return Bytes(
        raw=raw_bytes(volume, is_in_first_hour=is_in_first_hour),
        state=billed(kept + activity + accounts, *STATE),
        marts=billed(10 * volume.accounts * MART_ROW, *MARTS),
        tests=billed(5 * volume.accounts * MART_ROW, *TESTS),
    )


def partitions_of_raw(volume: Volume, *, is_in_first_hour: bool = False) -> float:
    """Raw bytes of a tick in partitions of a day, each of all the columns that the project names."""
    return raw_bytes(volume, is_in_first_hour=is_in_first_hour) / (volume.events_a_day * RAW_ROW)


def dollars_a_day(volume: Volume, minutes: float) -> float:
    """Of all ticks of a day; those of its first hour read yesterday as well."""
    an_hour = 60 / minutes
    whole_day = 23 * an_hour * of_tick(volume).total + an_hour * of_tick(volume, is_in_first_hour=True).total
    return whole_day / TIB * DOLLARS_PER_TIB


def credits_a_day(minutes: float, seconds: float = SNOWFLAKE_SECONDS, size: str = "X-Small") -> float:
    """Credits for ticks so far apart; a tick shorter than the minimum is billed as that."""
    billed_seconds = min(max(seconds, MINIMUM_SECONDS), minutes * 60)
    return billed_seconds / 3600 * CREDITS_PER_HOUR[size] * 24 * 60 / minutes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--accounts", type=int)
    chosen = parser.parse_args()
    prices = f"${DOLLARS_PER_TIB} per TiB, ${DOLLARS_PER_CREDIT} per credit"
    say(f"a tick every {chosen.minutes:g} minutes; list prices of {PRICES_AS_OF}: {prices}")
    say(f"columns named of a raw row, {RAW_ROW} bytes in all: {', '.join(RAW_COLUMNS)}")
    heads = ("raw", "state", "marts", "tests", "total")
    named = "".join(f"{f'{head} GB':>11}" for head in heads)
    dollars = f"{'$ a day':>11}{'credits':>9}{'$ a day':>9}"
    say(f"{'events a year':>16}{'accounts':>12}{'partitions':>12}{named}{dollars}")
    for events in (10_000_000, 1_000_000_000, 100_000_000_000):
        _tell(Volume(events, chosen.accounts or min(1_000_000, events // 100)), chosen.minutes)
    least = sum(statements * tables for statements, tables in (STATE, MARTS, TESTS)) * MINIMUM_BYTES
    say(f"of which billed at least, whatever is read: {least / 10**9:.1f} GB a tick "
        f"(10 MB per table of each statement)")  # fmt: skip


def _tell(volume: Volume, minutes: float) -> None:
    tick = of_tick(volume)
    read = (tick.raw, tick.state, tick.marts, tick.tests, tick.total)
    cells = "".join(f"{each / 10**9:>11.2f}" for each in read)
    credits = credits_a_day(minutes)
    say(
        f"{volume.events_a_year:>16,}{volume.accounts:>12,}{partitions_of_raw(volume):>12.2f}{cells}"
        f"{dollars_a_day(volume, minutes):>11.2f}{credits:>9.1f}{credits * DOLLARS_PER_CREDIT:>9.2f}"
    )
