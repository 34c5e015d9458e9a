"""Who the product is to Snowflake: dbt and the ledger read the same variables, and a key goes before a
password.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from jinja2 import Environment

from nudge_senders.errors import SenderMisconfigured
from nudge_senders.ledger.snowflake_connection import connection_settings
from tests.parsed_project import SHIPPED_PROJECT

PLACE = {
    "MILESTONE_AGENT_SNOWFLAKE_ACCOUNT": "acme-eu",
    "MILESTONE_AGENT_SNOWFLAKE_USER": "onboarding_ticks",
    "MILESTONE_AGENT_SNOWFLAKE_DATABASE": "analytics",
    "MILESTONE_AGENT_SNOWFLAKE_WAREHOUSE": "onboarding",
}
PASSWORD = {"DBT_ENV_SECRET_SNOWFLAKE_PASSWORD": "open sesame"}
KEY = {
    "MILESTONE_AGENT_SNOWFLAKE_PRIVATE_KEY_PATH": "/srv/key.p8",
    "DBT_ENV_SECRET_SNOWFLAKE_KEY_PASSPHRASE": "mellon",
}


def profile(environ: Mapping[str, str]) -> dict[str, Any]:
    """The target `snowflake` of profiles.yml under these variables alone."""
    jinja = Environment(autoescape=False)
    jinja.filters |= {"as_bool": str, "as_number": str, "as_native": str}
    text = (SHIPPED_PROJECT / "profiles.yml").read_text(encoding="utf-8")
    rendered = jinja.from_string(text).render(env_var=lambda name, default=None: environ.get(name, default))
    found: dict[str, Any] = yaml.safe_load(rendered)["milestone_agent"]["outputs"]["snowflake"]
    return found


def test_dbt_and_the_ledger_go_to_the_same_place() -> None:
    more = {
        "MILESTONE_AGENT_SNOWFLAKE_ROLE": "ticks",
        "MILESTONE_AGENT_SNOWFLAKE_HOST": "acme.privatelink.example",
        "MILESTONE_AGENT_SNOWFLAKE_PORT": "8443",
        "MILESTONE_AGENT_SNOWFLAKE_PROTOCOL": "http",
    }
    ledger = connection_settings({**PLACE, **PASSWORD, **more})
    dbt = profile({**PLACE, **PASSWORD, **more})

    names = ("account", "user", "password", "role", "warehouse", "database", "host", "port", "protocol")
    assert {name: str(dbt[name]) for name in names} == {name: ledger[name] for name in names}


def test_a_key_goes_before_a_password() -> None:
    ledger = connection_settings({**PLACE, **PASSWORD, **KEY})
    dbt = profile({**PLACE, **PASSWORD, **KEY})

    assert "password" not in ledger
    assert not dbt["password"]
    assert ledger["private_key_file"] == dbt["private_key_path"] == "/srv/key.p8"
    assert ledger["private_key_file_pwd"] == dbt["private_key_passphrase"] == "mellon"


def test_what_is_not_set_is_left_to_snowflake() -> None:
    ledger = connection_settings({**PLACE, **PASSWORD})
    dbt = profile({**PLACE, **PASSWORD})

    assert not {"role", "host", "port", "protocol"} & set(ledger)
    assert not any(dbt[name] for name in ("role", "host", "private_key_path"))
    assert (dbt["port"], dbt["protocol"]) == ("443", "https")


def test_sessions_of_the_ledger_are_in_utc_tagged_and_given_up_in_time() -> None:
    settings = connection_settings({**PLACE, **PASSWORD, "MILESTONE_AGENT_SNOWFLAKE_QUERY_TAG": "growth"})

    assert settings["session_parameters"]["TIMEZONE"] == "UTC"
    assert settings["session_parameters"]["QUERY_TAG"] == "growth ledger"
    assert profile({"MILESTONE_AGENT_SNOWFLAKE_QUERY_TAG": "growth"})["query_tag"] == "growth dbt"
    assert settings["session_parameters"]["LOCK_TIMEOUT"] < settings["network_timeout"]
    assert settings["login_timeout"] <= 60
    assert settings["autocommit"] is False


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SenderMisconfigured) as told:
        connection_settings({"MILESTONE_AGENT_SNOWFLAKE_USER": "onboarding_ticks"})

    for name in (*PLACE, *PASSWORD, "MILESTONE_AGENT_SNOWFLAKE_PRIVATE_KEY_PATH"):
        assert (name in str(told.value)) == (name != "MILESTONE_AGENT_SNOWFLAKE_USER")
