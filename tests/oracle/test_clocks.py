"""The clock of the slow reading, against cases worked out by hand."""

from datetime import date

from tests.oracle.clocks import clock_of, days_off, zone_of
from tests.oracle.instants import HOUR, at


def test_hours_run_only_outside_holds() -> None:
    clock = clock_of([(at("2026-03-02 10:00"), at("2026-03-02 15:00"))])
    assert clock.deadline(at("2026-03-02 09:00"), 2 * HOUR) == at("2026-03-02 16:00")
    assert clock.running(at("2026-03-02 09:00"), at("2026-03-02 16:00")) == 2 * HOUR


def test_a_deadline_that_meets_the_start_of_a_hold_stands() -> None:
    clock = clock_of([(at("2026-03-02 10:00"), None)])
    assert clock.deadline(at("2026-03-02 09:00"), HOUR) == at("2026-03-02 10:00")
    assert clock.deadline(at("2026-03-02 09:00"), HOUR + 1) is None


def test_overlapping_and_adjacent_holds_count_once() -> None:
    clock = clock_of(
        [
            (at("2026-03-02 10:00"), at("2026-03-02 12:00")),
            (at("2026-03-02 11:00"), at("2026-03-02 13:00")),
            (at("2026-03-02 13:00"), at("2026-03-02 14:00")),
            (at("2026-03-02 09:30"), at("2026-03-02 09:30")),
        ]
    )
    assert clock.holds == ((at("2026-03-02 10:00"), at("2026-03-02 14:00")),)
    assert clock.deadline(at("2026-03-02 09:00"), 3 * HOUR) == at("2026-03-02 16:00")


def test_a_clock_that_starts_inside_a_hold_waits_for_its_end() -> None:
    clock = clock_of([(at("2026-03-02 10:00"), at("2026-03-02 12:00"))])
    assert clock.deadline(at("2026-03-02 11:00"), HOUR) == at("2026-03-02 13:00")


def test_a_weekend_begins_and_ends_at_local_midnight() -> None:
    # New York is five hours behind UTC on Friday the 6th and four from Sunday the 8th on.
    clock = clock_of(
        days_off(zone_of("America/New_York"), frozenset(), at("2026-03-06 00:00"), at("2026-03-10 00:00"))
    )
    assert (at("2026-03-07 05:00"), at("2026-03-09 04:00")) in clock.holds
    assert clock.deadline(at("2026-03-07 04:00"), 2 * HOUR) == at("2026-03-09 05:00")


def test_a_holiday_is_a_day_off_where_the_account_is() -> None:
    easter = frozenset({date(2026, 4, 3), date(2026, 4, 6)})
    days = days_off(zone_of("Europe/Berlin"), easter, at("2026-04-01 00:00"), at("2026-04-08 00:00"))
    assert (at("2026-04-02 22:00"), at("2026-04-06 22:00")) in clock_of(days).holds


def test_a_zone_that_does_not_exist_is_utc() -> None:
    assert zone_of("Mars/Phobos").key == zone_of(None).key == "UTC"
