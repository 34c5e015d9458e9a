"""How the connector reaches Snowflake, from the same variables that dbt's profile reads. Opens nothing; what
is said over the connection is `snowflake_warehouse`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nudge_senders.errors import SenderMisconfigured

LOCK_TIMEOUT_SECONDS = 60
_LOGIN_SECONDS_AT_MOST = 30
_SECONDS_AT_MOST = 120
_PREFIX = "MILESTONE_AGENT_SNOWFLAKE_"
_PASSWORD = "DBT_ENV_SECRET_SNOWFLAKE_PASSWORD"
_KEY = f"{_PREFIX}PRIVATE_KEY_PATH"
_PASSPHRASE = "DBT_ENV_SECRET_SNOWFLAKE_KEY_PASSPHRASE"
_REQUIRED = ("account", "user", "database", "warehouse")
_OPTIONAL = ("role", "host", "port", "protocol")


def connection_settings(environ: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of `snowflake.connector.connect`: in UTC, one transaction at a time, given up in time. A
    key goes before a password. Raises SenderMisconfigured, which names the variables that are missing."""
    values = {name: environ.get(f"{_PREFIX}{name.upper()}", "").strip() for name in (*_REQUIRED, *_OPTIONAL)}
    missing = [f"{_PREFIX}{name.upper()}" for name in _REQUIRED if not values[name]]
    secret = {
        "private_key_file": environ.get(_KEY, "").strip(),
        "private_key_file_pwd": environ.get(_PASSPHRASE, ""),
    }
    if not secret["private_key_file"]:
        secret = {"password": environ.get(_PASSWORD, "")}
        missing += [] if secret["password"] else [f"{_PASSWORD} or {_KEY}"]
    if missing:
        raise SenderMisconfigured(f"the ledger on Snowflake needs {', '.join(missing)}")
    return {
        **{name: value for name, value in {**values, **secret}.items() if value},
        "autocommit": False,
        "login_timeout": _LOGIN_SECONDS_AT_MOST,
        "network_timeout": _SECONDS_AT_MOST,
        "session_parameters": {
            "TIMEZONE": "UTC",
            "LOCK_TIMEOUT": LOCK_TIMEOUT_SECONDS,
            "QUERY_TAG": f"{environ.get(f'{_PREFIX}QUERY_TAG', '').strip() or 'milestone_agent'} ledger",
        },
    }
