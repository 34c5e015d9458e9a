"""Seeds that are missing, empty, of another encoding or of another shape."""

from __future__ import annotations

import pytest

from dagster_project.validation.seed_schema import SEEDS
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
    put_above,
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
    Bad(
        "line ends that change halfway",
        write(VANITY, b"event_name\r\nLogin\nPage Viewed\r\n"),
        VANITY,
        2,
        "mixes line ends (CR LF on line 1, LF on line 2)",
        "one kind of line end",
    ),
    Bad(
        "a blank line above the header",
        put_above(PATH, b"\n"),
        PATH,
        1,
        "does not start with its header",
        "take away the blank lines",
    ),
    Bad(
        "a blank line in a seed of one column",
        write(VANITY, b"event_name\nLogin\n\nPage Viewed\n"),
        VANITY,
        3,
        "a row without a value",
        "take the line away",
    ),
    Bad(
        "a blank line at the end of a seed of one column",
        write(VANITY, b"event_name\nLogin\n\n"),
        VANITY,
        3,
        "a row without a value",
        "take the line away",
    ),
    Bad(
        "single quotes, which dbt takes away",
        write(VANITY, b"event_name\n'Login'\n"),
        VANITY,
        2,
        "single quotes around it",
        "csv quotes with double ones",
    ),
    Bad("a semicolon file", write(VANITY, b"event_name;x\nLogin;y\n"), VANITY, 1, "event_name", "column"),
]


@pytest.mark.parametrize("bad", FILES, ids=lambda bad: bad.name)
def test_a_file_that_is_no_seed_is_refused(house: House, bad: Bad) -> None:
    assert_refused(house, bad)


@pytest.mark.parametrize("content", [b"\r\n", b"\r", b"\n"], ids=["CR LF", "CR", "LF"])
def test_one_kind_of_line_end_is_as_good_as_another(house: House, content: bytes) -> None:
    for name in SEEDS:
        text = house.seed(name).read_bytes().rstrip() + b"\n"
        house.seed(name).write_bytes(text.replace(b"\n", content))

    assert house.run("validate").exit_code == 0


def test_blank_lines_between_rows_of_several_columns_are_as_dbt_reads_them(house: House) -> None:
    house.replace(PATH, "\nenterprise,1,", "\n\nenterprise,1,")

    assert house.run("validate").exit_code == 0


@pytest.mark.parametrize(
    ("file", "remedy"),
    [
        ("critical_path_old.csv", "did you mean critical_path.csv? Else move it out of the folder"),
        ("customers.csv", "move it out of the folder; the seeds are critical_path, "),
        ("drafts/nudge_policy.csv", "did you mean nudge_policy.csv? Else move it out of the folder"),
    ],
)
def test_a_csv_that_is_none_of_the_seeds_is_refused_because_dbt_would_load_it(
    house: House, file: str, remedy: str
) -> None:
    stray = house.project / "seeds" / file
    stray.parent.mkdir(exist_ok=True)
    stray.write_text("a,b\n1,2\n", encoding="utf-8")
    before = house.fingerprint()

    result = house.run("validate")

    assert result.exit_code == 2, result.output
    assert f"{stray}: {file} is none of the seeds, and dbt would load it as one; {remedy}" in result.stderr
    assert house.fingerprint() == before


@pytest.mark.parametrize("file", ["seeds/critical_path.csv", "dbt_project.yml"])
@pytest.mark.parametrize("command", [("validate",), ("tick",), ("ui",)], ids=" ".join)
def test_a_file_that_may_not_be_read_is_refused_by_name(
    house: House, monkeypatch: pytest.MonkeyPatch, file: str, command: tuple[str, ...]
) -> None:
    # Tests may run as root, whom no permission stops; a link to a name that is too long stops everybody.
    named = house.project / file
    named.unlink()
    named.symlink_to("x" * 300)

    result = house.run(*command)

    assert result.exit_code == 2, result.output
    assert f"{named}: " in result.stderr
    assert "cannot be read (File name too long); change its permissions" in result.stderr
    assert "Traceback" not in result.output


def test_a_text_on_a_milestone_of_a_path_that_cannot_be_read_is_refused_with_the_reason(house: House) -> None:
    house.seed(PATH).unlink()

    result = house.run("preview", "in_app_hint/workspace_created")

    assert result.exit_code == 2, result.output
    assert f"Refused: {house.seed(PATH)}: the seed critical_path is missing; restore it" in result.stderr
