"""Properties of events that no program should have to read: five megabytes, or nested without end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.end_to_end.conftest import House
from tests.parsed_project import ParsedProject

_DEEP = 100_000
_MIXPANEL = """
create schema mixpanel;
create table mixpanel.events (
    insert_id varchar, event varchar, distinct_id varchar, "time" timestamp, mp_processing_time_ms bigint,
    properties varchar, loaded_at timestamp
);
"""


def _of(account_id: str, more: str) -> str:
    return f'{{"account_id": "{account_id}", "more": {more}}}'


#: name -> (properties, the account that they name)
PROPERTIES: dict[str, tuple[str, str | None]] = {
    "five_megabytes": (_of("large", f'"{"x" * 5_000_000}"'), "large"),
    "deep": (_of("deep", "[" * _DEEP + "]" * _DEEP), "deep"),
    "deep_objects": (_of("deep", '{"a":' * _DEEP + "1" + "}" * _DEEP), "deep"),
    "never_closed": ("[" * _DEEP, None),
    "cut_off": ('{"account_id": "stuck", "more": [1, 2', None),
    "no_number": (_of("large", "NaN"), "large"),
    "twice": ('{"account_id": "large", "account_id": "stuck"}', "large"),
    "no_json": ("account_id=stuck", None),
    "a_number": ("1e999999999", None),
}


@pytest.mark.full
def test_properties_without_end_or_measure_stop_no_tick_and_what_names_nobody_is_unusable(
    tmp_path: Path, parsed_project: ParsedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of accounts that are stuck alike, those are left alone whose step stands in such an event."""
    for name in ("MILESTONE_AGENT_LIVE", "MILESTONE_AGENT_HALT", "MILESTONE_AGENT_ENV"):
        monkeypatch.delenv(name, raising=False)
    parsed_project.hand_to(tmp_path / "home" / "dbt" / "duckdb", warehouse=tmp_path / "home/warehouse.duckdb")
    house = House(tmp_path, datetime.now(UTC).replace(microsecond=0))
    house.make_new()
    house.execute(_MIXPANEL)
    for account_id in ("large", "deep", "stuck"):
        house.sign_up(account_id, house.now - timedelta(hours=10))
    house.load_noise()
    happened = (house.now - timedelta(hours=9)).replace(tzinfo=None)
    loaded = house.now.replace(tzinfo=None)
    for name, (properties, _) in PROPERTIES.items():
        house.execute(
            "insert into mixpanel.events values ($1, 'Workspace Created', null, $2, null, $3, $4)",
            *[name, happened, properties, loaded],
        )
    house.pass_time(minutes=1)

    assert house.tick().counts.sent == 1

    assert house.sent() == [("stuck", "workspace_created", 1)]
    read = house.execute(
        "select event_id, group_hint, unusable_reason from onboarding_intermediate.int_events_unioned "
        "where source_name = 'mixpanel'"
    )
    assert {name: (account, reason) for name, account, reason in read} == {
        name: (account, None if account else "nobody") for name, (_, account) in PROPERTIES.items()
    }
