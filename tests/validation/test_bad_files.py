"""Seeds that are missing, empty, of another encoding or of another shape."""

from __future__ import annotations

import pytest

from tests.validation.bad_seeds import (
    EPOCHS,
    EXPERIMENTS,
    HOLIDAYS,
    LIMITS,
    PATH,
    POLICY,
    TEXTS,
    VANITY,
    Bad,
    assert_refused,
    change,
    make_folder,
    remove,
    write,
)
from tests.validation.house import House

FIRST = "default,1,workspace_created,Workspace created,Workspace Created|workspace_created,1,4,"
TIER_2 = "default,2,email,hubspot,25,email_how_to,true,true"

FILES = [
    *[
        Bad(f"missing {name}", remove(name), name, None, name, "restore it")
        for name in (PATH, POLICY, TEXTS, LIMITS)
    ],
    *[
        Bad(f"missing {name}", remove(name), name, None, name, "restore it")
        for name in (EXPERIMENTS, EPOCHS, VANITY)
    ],
    Bad("missing holidays", remove(HOLIDAYS), HOLIDAYS, None, HOLIDAYS, "with the header country_code"),
    Bad("a folder in its place", make_folder(PATH), PATH, None, PATH, "put a csv there"),
    Bad("an empty file", write(PATH, b""), PATH, 1, PATH, "start it with the header"),
    Bad("blank lines only", write(POLICY, b"\n\n"), POLICY, 1, POLICY, "start it with the header"),
    Bad(
        "a header without rows",
        write(EPOCHS, b"experiment_key,epoch,starts_at,treatment_share\n"),
        EPOCHS,
        1,
        EPOCHS,
        "add at least one row",
    ),
    Bad("a missing column", change(PATH, "slip_hours,", ""), PATH, 1, "slip_hours", "add it"),
    Bad(
        "a misspelt column",
        change(PATH, "milestone_key,", "mileston_key,"),
        PATH,
        1,
        "mileston_key",
        "did you mean milestone_key?",
    ),
    Bad(
        "a column nobody knows",
        change(POLICY, "is_enabled", "is_enabled,zebra"),
        POLICY,
        1,
        "zebra",
        "the columns are",
    ),
    Bad("a column twice", change(POLICY, "is_enabled", "is_enabled,tier"), POLICY, 1, "tier", "keep one"),
    Bad(
        "one field too many",
        change(PATH, FIRST, FIRST + "x,"),
        PATH,
        2,
        "the row 'default' has 11 fields",
        "quote a value",
    ),
    Bad(
        "one field too few",
        change(POLICY, TIER_2, "default,2,email"),
        POLICY,
        3,
        "the row 'default' has 3 fields",
        "add or take away",
    ),
    Bad(
        "latin-1 text", write(VANITY, b"event_name\nLogin\nEingelogg\xfct\n"), VANITY, 3, VANITY, "CSV UTF-8"
    ),
    Bad("utf-16 text", write(VANITY, "event_name\nLogin\n".encode("utf-16")), VANITY, 1, VANITY, "CSV UTF-8"),
    Bad("a NUL character", write(VANITY, b"event_name\nLog\0in\n"), VANITY, 2, VANITY, "CSV UTF-8"),
    Bad("an open quote", change(POLICY, "default,2,", 'default,"2,'), POLICY, 3, POLICY, "close every quote"),
    Bad("a semicolon file", write(VANITY, b"event_name;x\nLogin;y\n"), VANITY, 1, "event_name", "column"),
]


@pytest.mark.parametrize("bad", FILES, ids=lambda bad: bad.name)
def test_a_file_that_is_no_seed_is_refused(house: House, bad: Bad) -> None:
    assert_refused(house, bad)
