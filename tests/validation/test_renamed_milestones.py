"""A milestone that the ledger knows keeps its key, however slowly it is renamed."""

from __future__ import annotations

import pytest

from tests.validation.house import House

PATH = "critical_path"
ROW = "default,2,team_member_invited,Team member invited,Team Member Invited|team_member_invited,24,48,"
NEW_ROW = ROW.replace(",team_member_invited,", ",colleague_invited,", 1)
KEPT = "keep the key team_member_invited and change milestone_name"


def a_tick_loads_the_path(house: House, version: str) -> None:
    """As the tick does it: the seed replaces its table, and every version of it is kept."""
    house.sql(
        f"""
        create or replace table onboarding_seeds.critical_path as
        from read_csv('{house.seed(PATH)}', all_varchar = true);
        create table if not exists nudges.path_history (
            version varchar, path_key varchar, milestone_key varchar, event_name varchar
        );
        insert into nudges.path_history
        select '{version}', path_key, milestone_key, event_name from onboarding_seeds.critical_path
        """
    )


def write_row(house: House, row: str, instead: str) -> None:
    house.replace(PATH, instead, row)


def refused(house: House) -> str:
    before = house.fingerprint()
    result = house.run("validate")
    assert result.exit_code == 2, result.output
    assert house.fingerprint() == before
    return result.stderr


def test_a_milestone_that_left_its_path_in_one_tick_does_not_come_back_under_another_key(
    house: House,
) -> None:
    shipped = house.seed(PATH).read_text(encoding="utf-8")
    a_tick_loads_the_path(house, "1")
    kept = [row for row in shipped.splitlines() if not row.startswith("default,2,")]
    house.seed(PATH).write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert house.run("validate").exit_code == 0
    a_tick_loads_the_path(house, "2")
    house.seed(PATH).write_text(shipped.replace(ROW, NEW_ROW), encoding="utf-8")

    told = refused(house)

    assert f"{house.seed(PATH)}:3: milestone_key team_member_invited of path default is in the ledger" in told
    assert "its event 'Team Member Invited' lives on here under the new key colleague_invited" in told
    assert KEPT in told


def test_the_same_key_may_come_back(house: House) -> None:
    shipped = house.seed(PATH).read_text(encoding="utf-8")
    a_tick_loads_the_path(house, "1")
    kept = [row for row in shipped.splitlines() if not row.startswith("default,2,")]
    house.seed(PATH).write_text("\n".join(kept) + "\n", encoding="utf-8")
    a_tick_loads_the_path(house, "2")
    house.seed(PATH).write_text(shipped.replace("Team member invited", "Colleague invited"), encoding="utf-8")

    assert house.run("validate").exit_code == 0


def test_a_key_that_was_tried_before_the_ledger_knew_the_old_one_is_new_all_the_same(house: House) -> None:
    house.sql("update nudges.nudge_events set milestone_key = 'workspace_created'")
    write_row(house, NEW_ROW, ROW)
    a_tick_loads_the_path(house, "1")
    write_row(house, ROW, NEW_ROW)
    a_tick_loads_the_path(house, "2")
    house.sql("update nudges.nudge_events set milestone_key = 'team_member_invited'")
    write_row(house, NEW_ROW, ROW)

    assert KEPT in refused(house)


def test_a_new_key_beside_the_old_one_for_the_same_event_is_a_renaming_too(house: House) -> None:
    house.append(PATH, NEW_ROW.replace("default,2,", "default,6,") + ",,")

    assert KEPT in refused(house)


def test_another_path_is_another_matter(house: House) -> None:
    house.sql("delete from onboarding_seeds.critical_path where path_key = 'enterprise'")
    house.replace(PATH, "enterprise,3,team_member_invited,", "enterprise,3,colleague_invited,")

    assert house.run("validate").exit_code == 0


def test_a_milestone_may_be_split_when_its_key_stays_with_one_of_its_events(house: House) -> None:
    house.replace(PATH, "Team Member Invited|team_member_invited", "Team Member Invited")
    house.append(PATH, "default,6,invited_by_api,Invited by API,team_member_invited,24,48,,,")

    assert house.run("validate").exit_code == 0


def test_a_milestone_that_always_stood_beside_it_may_take_its_event_over(house: House) -> None:
    rows = (
        house.seed(PATH).read_text(encoding="utf-8").replace("Integration Connected|", "Team Member Invited|")
    )
    kept = [row for row in rows.splitlines() if not row.startswith("default,2,")]
    house.seed(PATH).write_text("\n".join(kept) + "\n", encoding="utf-8")

    assert house.run("validate").exit_code == 0


@pytest.mark.parametrize("key", ["team_member_invited", "colleague_invited"])
def test_an_event_may_be_tracked_under_a_new_name(house: House, key: str) -> None:
    house.replace(PATH, "Team Member Invited|team_member_invited", f"Invited ({key})", count=2)
    house.sql(f"update nudges.nudge_events set milestone_key = '{key}'")

    assert house.run("validate").exit_code == 0
