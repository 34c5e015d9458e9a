"""Two experiments at once: the newer one nudges controls of the older one, and validation says so."""

from __future__ import annotations

import pytest

from tests.validation.house import House


def _second_experiment(house: House, *epochs: str) -> None:
    house.append("experiments", "second,second-v1,60,3,2027-12-31,0,0.005,0.001,0.02")
    for epoch in epochs:
        house.append("experiment_epochs", epoch)


def test_an_experiment_that_begins_while_another_takes_in_controls_is_a_warning(house: House) -> None:
    _second_experiment(house, "second,1,2030-01-01 00:00:00,0.5")

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert (
        f"{house.seed('experiment_epochs')}:3: warning: second begins at 2030-01-01 00:00:00 while "
        "ttfv_nudge still takes in control accounts; those that second treats are nudged, and ttfv_nudge "
        "reads as invalid from then on"
    ) in result.stdout


@pytest.mark.parametrize("holdout, is_warned", [("0", False), ("0.1", True)])
def test_one_that_was_rolled_out_to_everybody_before_has_no_controls_left_but_its_hold_out(
    house: House, holdout: str, is_warned: bool
) -> None:
    house.replace("experiments", ",2027-12-31,0,", f",2027-12-31,{holdout},")
    house.append("experiment_epochs", "ttfv_nudge,2,2030-01-01 00:00:00,1.0")
    _second_experiment(house, "second,1,2030-01-01 00:00:00,0.5")

    assert ("still takes in control accounts" in house.run("validate").stdout) == is_warned


def test_one_that_is_rolled_out_only_later_still_has_them(house: House) -> None:
    house.append("experiment_epochs", "ttfv_nudge,2,2030-01-02 00:00:00,1.0")
    _second_experiment(house, "second,1,2030-01-01 00:00:00,0.5")

    assert "still takes in control accounts" in house.run("validate").stdout


def test_an_experiment_that_treats_nobody_disturbs_none(house: House) -> None:
    _second_experiment(house, "second,1,2030-01-01 00:00:00,0")

    assert "still takes in control accounts" not in house.run("validate").stdout


def test_of_two_that_begin_together_the_first_key_decides_as_in_the_assignment(house: House) -> None:
    _second_experiment(house, "second,1,2000-01-01 00:00:00,0.5")

    assert "second begins at 2000-01-01 00:00:00 while ttfv_nudge" in house.run("validate").stdout
