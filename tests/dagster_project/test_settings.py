"""What the environment may say, and the one message for what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.errors import ConfigurationError
from dagster_project.settings import Settings


def test_nothing_set_is_shadow_on_duckdb_under_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({})
    assert settings.duckdb_path == tmp_path / ".milestone-agent" / "warehouse.duckdb"
    assert settings.namespace == "dev/shadow"
    assert settings.outbox == tmp_path / ".milestone-agent" / "outbox"


@pytest.mark.parametrize("value", ["0", "true", "yes", "live", " 1"])
def test_anything_but_1_is_shadow(value: str) -> None:
    assert not Settings.from_environment({"MILESTONE_AGENT_LIVE": value}).is_live


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"MILESTONE_AGENT_TARGET": "postgres"}, "MILESTONE_AGENT_TARGET"),
        ({"MILESTONE_AGENT_ENV": "production"}, "MILESTONE_AGENT_ENV"),
        ({"MILESTONE_AGENT_SCHEMA_PREFIX": "Kim-"}, "MILESTONE_AGENT_SCHEMA_PREFIX"),
        ({"MILESTONE_AGENT_SCHEMA_PREFIX": "kim_", "MILESTONE_AGENT_ENV": "prod"}, "production"),
        ({"MILESTONE_AGENT_TARGET": "bigquery"}, "MILESTONE_AGENT_SCHEMA_PREFIX"),
        ({"MILESTONE_AGENT_DUCKDB_PATH": "/"}, "folder"),
        ({"MILESTONE_AGENT_DUCKDB_PATH": "house/marts.duckdb"}, "copy for readers"),
        ({"MILESTONE_AGENT_DUCKDB_PATH": "house/crm.duckdb"}, "rename the file"),
    ],
)
def test_what_cannot_be_is_refused_by_name(environ: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        Settings.from_environment(environ)
