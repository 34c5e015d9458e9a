"""What the senders read from the environment is not there while dbt works, and is there again afterwards."""

from __future__ import annotations

import os

import pytest

from dagster_project.dbt_in_process import DbtCall, DbtSession
from dagster_project.errors import RunFailed
from nudge_senders.registry import KNOWN_DESTINATIONS
from tests.dagster_project.conftest import World

SENDERS_ONLY = ("MILESTONE_AGENT_HASH_KEY", "WEBHOOK_ALLOWED_HOSTS", "SLACK_OPS_CHANNEL")
SECRETS = (*SENDERS_ONLY, *(f"{name.upper()}_TOKEN" for name in sorted(KNOWN_DESTINATIONS)))


@pytest.fixture
def telling_world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A project with a macro that puts variables into a table, and one that fails when asked to."""
    for name in (*SECRETS, "PATH_TO_NOWHERE"):
        monkeypatch.setenv(name, f"canary-{name}")
    project = world.settings.dbt_project_dir
    (project / "macros" / "tell.sql").write_text(
        "{% macro tell(name) %}{{ env_var(name, 'absent') }}{% endmacro %}", encoding="utf-8"
    )
    told = " union all ".join(
        f"select '{name}' as name, '{{{{ tell(\"{name}\") }}}}' as value"
        for name in (*SECRETS, "PATH_TO_NOWHERE")
    )
    (project / "models" / "telling.sql").write_text(told, encoding="utf-8")
    (project / "models" / "failing.sql").write_text(
        "{{ config(materialized='table') }} select 1 / nothing as one", encoding="utf-8"
    )
    return world


def test_dbt_cannot_read_what_belongs_to_the_senders_and_it_comes_back_also_after_a_failure(
    telling_world: World,
) -> None:
    session = DbtSession(telling_world.settings)
    before = dict(os.environ)
    list(session.run(DbtCall("run", ["telling"])))
    assert dict(os.environ) == before
    told = dict(telling_world.execute("select name, value from onboarding.telling"))
    assert told.pop("PATH_TO_NOWHERE") == "canary-PATH_TO_NOWHERE"
    assert told == dict.fromkeys(SECRETS, "absent")
    with pytest.raises(RunFailed, match="failing"):
        list(session.run(DbtCall("run", ["failing"])))
    assert dict(os.environ) == before
