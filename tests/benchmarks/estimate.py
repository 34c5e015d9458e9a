"""What a day of ticks costs on BigQuery and Snowflake, by partitions touched and widths of columns.

python -m tests.benchmarks estimate [--minutes 5] [--accounts N]

A reckoning and no measurement: rows per partition times bytes per row, by BigQuery's published sizes of
types, and never less than what is billed at least per table and query. List prices of the day named.
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
#: id, event, event_text, user_id, context_group_id, timestamp, received_at, uuid_ts
RAW_ROW = 3 * TEXT_ID + 2 * TEXT_NAME + 3 * INSTANT
#: Days of the overlap whose rows are counted again by their load time alone, and days that are read whole.
DAYS_COUNTED, DAYS_READ = 3, 2
#: Statements of a tick, as the project has them, and the stored tables that each names on average, views
#: written out.
STATE, MARTS, TESTS = (64, 7), (6, 14), (9, 2)
#: Share of rows that name a milestone; rows per account and day in the daily activity.
MILESTONE_SHARE = 0.026
ACTIVITY_ROW = 3 * TEXT_ID + 4 * INSTANT
STATE_ROW, ACCOUNT_ROW, MART_ROW = 3 * TEXT_ID + TEXT_NAME + 3 * INSTANT, 400, 250
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


def of_tick(volume: Volume) -> Bytes:
    """A tick in the middle of the day: partitions of today and yesterday, and the overlap's load times."""
    counted = billed(DAYS_COUNTED * volume.events_a_day * INSTANT, 1)
    read = billed(DAYS_READ * volume.events_a_day * RAW_ROW, 1)
    # The senders' re-check reads today and the overlap once more, of the columns that name an event.
    rechecked = billed(DAYS_COUNTED * volume.events_a_day * (RAW_ROW - TEXT_ID), 1)
    kept = volume.events_a_year * MILESTONE_SHARE * STATE_ROW
    # Reckoned as if no partition of the activity were left out: what is replaced by the day is looked up by
    # two columns.
    activity = volume.events_a_year * 0.5 * (TEXT_ID + INSTANT)
    accounts = volume.accounts * ACCOUNT_ROW
    return Bytes(
        raw=counted + read + rechecked,
        state=billed(2 * kept + activity + 10 * accounts, *STATE),
        marts=billed(10 * volume.accounts * MART_ROW, *MARTS),
        tests=billed(5 * volume.accounts * MART_ROW, *TESTS),
    )


def dollars_a_day(tick: Bytes, minutes: float) -> float:
    return tick.total * (24 * 60 / minutes) / TIB * DOLLARS_PER_TIB


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
    heads = ("raw", "state", "marts", "tests", "total")
    named = "".join(f"{f'{head} GB':>11}" for head in heads)
    say(f"{'events a year':>16}{'accounts':>12}{named}{'$ a day':>11}{'credits':>9}{'$ a day':>9}")
    for events in (10_000_000, 1_000_000_000, 100_000_000_000):
        volume = Volume(events, chosen.accounts or min(1_000_000, events // 100))
        tick = of_tick(volume)
        cells = "".join(f"{getattr(tick, head) / 10**9:>11.2f}" for head in heads)
        credits = credits_a_day(chosen.minutes)
        say(f"{events:>16,}{volume.accounts:>12,}{cells}{dollars_a_day(tick, chosen.minutes):>11.2f}"
            f"{credits:>9.1f}{credits * DOLLARS_PER_CREDIT:>9.2f}")  # fmt: skip
    least = sum(statements * tables for statements, tables in (STATE, MARTS, TESTS)) * MINIMUM_BYTES
    say(f"of which billed at least, whatever is read: {least / 10**9:.1f} GB a tick "
        f"(10 MB per table of each statement)")  # fmt: skip
