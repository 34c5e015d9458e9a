"""Settings of destinations: what is missing is named exactly, and nothing of a value is ever told."""

from __future__ import annotations

from pathlib import Path

import pytest

from nudge_senders import registry
from nudge_senders.destination import Destination
from nudge_senders.errors import SettingsUnusable
from nudge_senders.registry import Vendor, build_registry, check_destination
from nudge_senders.settings import SenderSettings
from nudge_senders.vendor_settings import Setting, SettingValues, read_settings
from nudge_senders.vocabulary import Channel
from tests.nudge_senders.world import FakeDestination, World

TOKEN = Setting(name="HUBSPOT_TOKEN", purpose="the token", is_secret=True)
REGION = Setting(name="HUBSPOT_REGION", purpose="where it is", default="us", choices=("us", "eu"))
NICK = Setting(name="HUBSPOT_NICK", purpose="a name", default="")


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, "HUBSPOT_TOKEN is missing (the token)"),
        ({"HUBSPOT_TOKEN": " \n"}, "HUBSPOT_TOKEN is missing (the token)"),
        ({"HUBSPOT_TOKEN": '"sekret"'}, "HUBSPOT_TOKEN stands in quotes; leave them out"),
        ({"HUBSPOT_TOKEN": "sek\r\nret"}, "HUBSPOT_TOKEN holds a line break or another character"),
        ({"HUBSPOT_TOKEN": "a", "HUBSPOT_REGION": "sekret"}, "HUBSPOT_REGION has to be one of us, eu"),
        ({"HUBSPOT_REGION": "x"}, "HUBSPOT_TOKEN is missing (the token); HUBSPOT_REGION has to be one of"),
    ],
)
def test_every_variable_that_is_missing_or_wrong_is_named_without_its_value(
    environ: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsUnusable) as error:
        read_settings("hubspot", (TOKEN, REGION, NICK), environ)
    assert told in str(error.value)
    assert "sek" not in str(error.value)


def test_a_line_break_at_the_end_is_no_part_of_a_secret_and_values_are_not_shown() -> None:
    values = read_settings("hubspot", (TOKEN, REGION, NICK), {"HUBSPOT_TOKEN": " sekret\n"})
    assert [values[each.name] for each in (TOKEN, REGION, NICK)] == ["sekret", "us", ""]
    assert "sekret" not in repr(values)


def _only_hubspot(monkeypatch: pytest.MonkeyPatch) -> FakeDestination:
    hubspot = FakeDestination()

    def build(values: SettingValues) -> Destination:
        return hubspot

    monkeypatch.setattr(
        registry, "_VENDORS", {"hubspot": Vendor(frozenset({Channel.EMAIL}), (TOKEN,), build)}
    )
    return hubspot


def test_a_setting_that_goes_missing_holds_nudges_back_and_uses_up_no_attempt(
    live_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubspot = _only_hubspot(monkeypatch)
    for _ in range(6):
        counts = live_world.tick({"nudge_id": "a"})
        assert (counts.dead, counts.sent) == (0, 0)
        live_world.clock.pass_by(minutes=6)
    assert live_world.state("a").reason_code == "settings_missing"
    settings = SenderSettings(
        namespace="prod/live", home=live_world.home, environ={"HUBSPOT_TOKEN": "something"}
    )
    assert live_world.tick({"nudge_id": "a"}, destinations=build_registry(settings)).sent == 1
    assert len(hubspot.calls) == 1


def test_a_check_says_what_is_missing_and_never_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubspot = _only_hubspot(monkeypatch)
    without = SenderSettings(namespace="prod/live", home=tmp_path)
    assert check_destination("hubspot", without).said == (
        "hubspot is not configured: HUBSPOT_TOKEN is missing (the token)"
    )

    def fall() -> None:
        raise ValueError("with a sekret")

    monkeypatch.setattr(hubspot, "check", fall, raising=False)
    given = SenderSettings(namespace="prod/live", home=tmp_path, environ={"HUBSPOT_TOKEN": "a"})
    assert check_destination("hubspot", given).said == "the check failed with ValueError"
