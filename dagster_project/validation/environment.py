"""Variables of the environment that are set but do not mean what their author hoped.

Values that cannot stand are refused by `Settings` itself, before any validation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dagster_project.settings import PREFIX, Settings
from dagster_project.validation.report import Problem, Severity
from dagster_project.validation.suggestions import closest
from nudge_senders.errors import SenderMisconfigured
from nudge_senders.identity import HASH_KEY_VARIABLE, load_hash_key

KNOWN = ("TARGET", "DUCKDB_PATH", "ENV", "SCHEMA_PREFIX", "LIVE", "HALT", "DBT_PROJECT", "HASH_KEY", "FAULT")
# Connections of the cloud engines, read by the dbt profile.
_OTHERS = ("BIGQUERY_", "SNOWFLAKE_")
_FILE = "environment"


def check_environment(settings: Settings, environ: Mapping[str, str]) -> Iterator[Problem]:
    for variable in sorted(environ):
        name = variable.removeprefix(PREFIX)
        if name == variable or name in KNOWN or name.startswith(_OTHERS):
            continue
        near = closest(name, KNOWN)
        remedy = f"did you mean {PREFIX}{near[0]}?" if near else "unset it"
        yield Problem(Severity.WARNING, _FILE, None, variable, f"{variable} is not known", remedy)
    for switch, off in (("LIVE", "everything stays in shadow"), ("HALT", "nothing is stopped")):
        value = environ.get(PREFIX + switch, "")
        if value not in ("", "0", "1"):
            what = f"{PREFIX}{switch} is '{value}', which does not switch it on: {off}"
            yield Problem(Severity.WARNING, _FILE, None, PREFIX + switch, what, "write 1, or unset it")
    if environ.get(HASH_KEY_VARIABLE, "").strip():
        try:
            # With the variable set, the key file is neither read nor made.
            load_hash_key(environ, settings.home)
        except SenderMisconfigured as error:
            remedy = "give it more random characters, such as 32 of `openssl rand -hex 16`"
            yield Problem(Severity.ERROR, _FILE, None, HASH_KEY_VARIABLE, str(error), remedy)
    if not settings.dbt_project_dir.is_dir():
        yield Problem(
            Severity.ERROR,
            str(settings.dbt_project_dir),
            None,
            f"{PREFIX}DBT_PROJECT",
            "the dbt project is not there",
            f"point {PREFIX}DBT_PROJECT at the folder that holds dbt_project.yml",
        )
