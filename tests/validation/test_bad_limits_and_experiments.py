"""Limits, holidays and experiments that mean nothing."""

from __future__ import annotations

import pytest

from tests.validation.bad_seeds import (
    EPOCHS,
    EXPERIMENTS,
    HOLIDAYS,
    LIMITS,
    Bad,
    add,
    assert_refused,
    change,
    write,
)
from tests.validation.house import House

DELIVERY_LIMITS = [
    Bad(
        "an unknown limit",
        change(LIMITS, "in_danger_days", "in_dangr_days"),
        LIMITS,
        14,
        "in_dangr_days",
        "did you mean in_danger_days?",
    ),
    Bad(
        "a history that has not begun",
        change(LIMITS, "2000-01-01", "2999-01-01"),
        LIMITS,
        2,
        "limit_value 2999-01-01 of history_starts_on lies in the future",
        "write a day before your first event",
    ),
    Bad(
        "a limit missing",
        change(
            LIMITS, "in_danger_days,,14,days,Who sees no first value within two weeks mostly leaves\n", ""
        ),
        LIMITS,
        None,
        "in_danger_days",
        "add a row in_danger_days",
    ),
    Bad(
        "a limit missing for one source",
        change(
            LIMITS,
            "max_source_age_minutes,source:crm,10080,minutes,Owners and "
            "churn change slowly but a week without a sync is a broken one\n",
            "",
        ),
        LIMITS,
        None,
        "max_source_age_minutes for source:crm",
        "add a row",
    ),
    *[
        Bad(
            f"a limit of {value!r}",
            change(LIMITS, "onboarding_window_days,,30,", f"onboarding_window_days,,{value},"),
            LIMITS,
            13,
            "onboarding_window_days",
            remedy,
        )
        for value, remedy in (
            ("0", "give 1 to"),
            ("-1", "give 1 to"),
            ("1000000000", "give 1 to"),
            ("true", "in digits only"),
            ("NaN", "in digits only"),
            ("", "give every row"),
            ("1.5", "in digits only"),
        )
    ],
    Bad(
        "a limit in another unit",
        change(LIMITS, "window_days,,30,days", "window_days,,30,hours"),
        LIMITS,
        13,
        "onboarding_window_days",
        "is given in days",
    ),
    Bad(
        "a date that is none",
        change(LIMITS, "2000-01-01", "01.01.2000"),
        LIMITS,
        2,
        "history_starts_on",
        "write it as 2000-01-01",
    ),
    Bad(
        "an unknown scope",
        change(LIMITS, "source:segment,30", "source:segmnt,30"),
        LIMITS,
        4,
        "source:segmnt",
        "did you mean source:segment?",
    ),
    Bad(
        "a scope where none is",
        change(LIMITS, "in_danger_days,,", "in_danger_days,source:crm,"),
        LIMITS,
        14,
        "in_danger_days",
        "leave the scope empty",
    ),
    Bad(
        "a limit twice",
        add(LIMITS, "in_danger_days,,20,days,"),
        LIMITS,
        51,
        "in_danger_days",
        "keep one row per",
    ),
    Bad(
        "a ceiling of a channel that there is not",
        add(LIMITS, "max_nudges_per_day,channel:emial,20,nudges,"),
        LIMITS,
        51,
        "channel:emial",
        "did you mean channel:email?",
    ),
    Bad(
        "a ceiling that lets nothing through",
        change(LIMITS, "max_nudges_per_tick,,1000,", "max_nudges_per_tick,,0,"),
        LIMITS,
        30,
        "max_nudges_per_tick",
        "give 1 to",
    ),
    Bad(
        "a re-check older than a minute",
        change(LIMITS, "age_seconds,,60,", "age_seconds,,61,"),
        LIMITS,
        18,
        "recheck_max_age_seconds",
        "give 1 to 60 seconds",
    ),
    Bad(
        "quiet hours without a length",
        change(LIMITS, "quiet_hours_end,,9,", "quiet_hours_end,,17,"),
        LIMITS,
        22,
        "the quiet hours from 17 to 17 have no length",
        "let them end at another hour",
    ),
    Bad(
        "an hour that no day has",
        change(LIMITS, "quiet_hours_start,,17,", "quiet_hours_start,,24,"),
        LIMITS,
        21,
        "quiet_hours_start",
        "give 0 to 23 local hour",
    ),
    *[
        Bad(
            f"a default time zone {value}",
            change(LIMITS, "default_time_zone,,UTC,", f"default_time_zone,,{value},"),
            LIMITS,
            20,
            f"'{value}' of default_time_zone is not a time zone",
            "write UTC or a name such as Europe/Berlin",
        )
        for value in ("EST5", "Mars/Base", "Berlin")
    ],
    *[
        Bad(
            f"a cap of {value!r}",
            change(LIMITS, "person_messages_per_day,,1,", f"person_messages_per_day,,{value},"),
            LIMITS,
            25,
            "person_messages_per_day",
            remedy,
        )
        for value, remedy in (
            ("0", "give 1 to 10"),
            ("11", "give 1 to 10"),
            ("", "give every row a limit_value"),
        )
    ],
    *[
        Bad(
            f"a domain {value}",
            change(LIMITS, "recipient_domains,,,", f"recipient_domains,,{value},"),
            LIMITS,
            29,
            f"'{shown}' of allowed_recipient_domains is not a domain",
            "write what follows the @",
        )
        for value, shown in (
            ("@example.com", "@example.com"),
            ("example.com|%.com", "%.com"),
            ("example.com|", ""),
            ("example", "example"),
        )
    ],
]

HOLIDAY_ROWS = [
    Bad(
        "a day that does not exist",
        add(HOLIDAYS, "DE,2026-02-30,Nie"),
        HOLIDAYS,
        132,
        "2026-02-30",
        "write it as",
    ),
    Bad(
        "a day in another order",
        add(HOLIDAYS, "DE,30.01.2026,Nie"),
        HOLIDAYS,
        132,
        "30.01.2026",
        "write it as",
    ),
    Bad(
        "a country in words",
        add(HOLIDAYS, "Germany,2026-01-30,Nie"),
        HOLIDAYS,
        132,
        "Germany",
        "two capital letters",
    ),
    Bad(
        "a country in small letters",
        add(HOLIDAYS, "de,2026-01-30,Nie"),
        HOLIDAYS,
        132,
        "'de'",
        "two capital letters",
    ),
    Bad(
        "a holiday twice",
        add(HOLIDAYS, "DE,2024-01-01,Neujahr"),
        HOLIDAYS,
        132,
        "2024-01-01",
        "keep one row per",
    ),
]

EXPERIMENT_ROWS = [
    Bad(
        "a horizon of zero",
        change(EXPERIMENTS, "-v1,60,", "-v1,0,"),
        EXPERIMENTS,
        2,
        "horizon_days '0'",
        "above 0",
    ),
    Bad("no salt", change(EXPERIMENTS, "ttfv-nudge-v1", ""), EXPERIMENTS, 2, "salt", "give every row a salt"),
    Bad(
        "a hold-out above one",
        change(EXPERIMENTS, "2027-12-31,0,", "2027-12-31,1.5,"),
        EXPERIMENTS,
        2,
        "holdout_share '1.5'",
        "0.2 for 20 %",
    ),
    Bad(
        "a readout on no day",
        change(EXPERIMENTS, "2027-12-31", "soon"),
        EXPERIMENTS,
        2,
        "final_readout_on 'soon'",
        "write it as",
    ),
    Bad(
        "two experiments with one salt",
        add(EXPERIMENTS, "other,ttfv-nudge-v1,60,3,2027-12-31,0,0.005,0.001,0.02"),
        EXPERIMENTS,
        3,
        "ttfv-nudge-v1",
        "give each its own",
    ),
    Bad(
        "an experiment twice",
        add(EXPERIMENTS, "ttfv_nudge,salt,60,3,2027-12-31,0,0.005,0.001,0.02"),
        EXPERIMENTS,
        3,
        "ttfv_nudge",
        "keep one row",
    ),
    Bad(
        "an experiment without an epoch",
        write(EPOCHS, b"experiment_key,epoch,starts_at,treatment_share\n"),
        EPOCHS,
        1,
        "experiment_epochs",
        "add at least one row",
    ),
    Bad(
        "an epoch twice, written differently",
        add(EPOCHS, "ttfv_nudge,01,2030-01-01 00:00:00,0.5"),
        EPOCHS,
        3,
        "epoch 01 is there twice (first on line 2)",
        "keep one row per",
    ),
    Bad(
        "an epoch beyond all columns",
        change(EPOCHS, "ttfv_nudge,1,", "ttfv_nudge,3000000000,"),
        EPOCHS,
        2,
        "epoch '3000000000'",
        "number them",
    ),
    Bad(
        "an epoch of no experiment",
        change(EPOCHS, "ttfv_nudge,", "ttfv_nudges,"),
        EPOCHS,
        2,
        "ttfv_nudges",
        "did you mean ttfv_nudge?",
    ),
    Bad(
        "a share above one", change(EPOCHS, ",0.2", ",20"), EPOCHS, 2, "treatment_share '20'", "0.2 for 20 %"
    ),
    Bad(
        "a negative share",
        change(EPOCHS, ",0.2", ",-0.2"),
        EPOCHS,
        2,
        "treatment_share '-0.2'",
        "0.2 for 20 %",
    ),
    Bad(
        "an epoch that starts before the last",
        add(EPOCHS, "ttfv_nudge,2,1999-01-01 00:00:00,0.5"),
        EPOCHS,
        3,
        "epoch 2 of ttfv_nudge",
        "starts later than the one before",
    ),
    Bad(
        "an epoch twice",
        add(EPOCHS, "ttfv_nudge,1,2026-01-01 00:00:00,0.5"),
        EPOCHS,
        3,
        "epoch 1",
        "keep one row per",
    ),
    Bad(
        "a start in a time zone",
        change(EPOCHS, "2000-01-01 00:00:00", "2000-01-01 00:00:00 Europe/Berlin"),
        EPOCHS,
        2,
        "starts_at",
        "in UTC, without a zone",
    ),
    Bad(
        "a start with an offset",
        change(EPOCHS, "2000-01-01 00:00:00", "2000-01-01T00:00:00+01:00"),
        EPOCHS,
        2,
        "starts_at",
        "in UTC, without a zone",
    ),
]


@pytest.mark.parametrize("bad", [*DELIVERY_LIMITS, *HOLIDAY_ROWS, *EXPERIMENT_ROWS], ids=lambda bad: bad.name)
def test_limits_holidays_and_experiments_that_mean_nothing_are_refused(house: House, bad: Bad) -> None:
    assert_refused(house, bad)
