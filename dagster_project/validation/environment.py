"""What the environment names and that does not do what its author hoped: variables, the warehouse's place.

Values that cannot stand are refused by `Settings` itself, before any validation. What is in the warehouse is
not looked at here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from dagster_project.settings import PREFIX, Settings, ambiguous, catalogue_name
from dagster_project.validation.project_vars import read_project_vars
from dagster_project.validation.report import Problem, Severity
from dagster_project.validation.seed_reader import shown_path
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
    yield from check_warehouse_place(settings)
    if settings.dbt_project_dir.is_dir():
        yield from _file_named_like_a_schema(settings)
    else:
        yield Problem(
            Severity.ERROR,
            str(settings.dbt_project_dir),
            None,
            f"{PREFIX}DBT_PROJECT",
            "the dbt project is not there",
            f"point {PREFIX}DBT_PROJECT at the folder that holds dbt_project.yml",
        )


def check_warehouse_place(settings: Settings) -> Iterator[Problem]:
    """Whether this user may write the file."""
    if not settings.is_embedded:
        return
    path = settings.duckdb_path
    folder = next(above for above in path.parents if above.exists())
    name = f"{PREFIX}DUCKDB_PATH"
    if not os.access(folder, os.W_OK | os.X_OK):
        what = "the folder of the warehouse may not be written by this user"
        remedy = f"change its permissions, or point {name} at a file in a folder of yours"
        yield Problem(Severity.ERROR, shown_path(folder), None, name, what, remedy)
    # One that may not even be read is refused when it is opened.
    elif path.exists() and os.access(path, os.R_OK) and not os.access(path, os.W_OK):
        what = "the warehouse file may be read but not written by this user"
        remedy = f"change its permissions, or point {name} at a copy"
        yield Problem(Severity.ERROR, shown_path(path), None, name, what, remedy)


def _file_named_like_a_schema(settings: Settings) -> Iterator[Problem]:
    """As `Settings` does for the schemas as shipped, for those that the project names."""
    schemas = read_project_vars(settings.dbt_project_dir).schemas.values()
    if catalogue_name(settings.duckdb_path).lower() in {schema.lower() for schema in schemas}:
        what, _, remedy = ambiguous(settings.duckdb_path).partition("; ")
        path = shown_path(settings.duckdb_path)
        yield Problem(Severity.ERROR, path, None, f"{PREFIX}DUCKDB_PATH", what, remedy)
