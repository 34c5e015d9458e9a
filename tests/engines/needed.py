"""What the tests of the engines need installed, and what is said where it is not.

Only looked for, not imported: every run of the tests collects these files, and few run them.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

HOW_TO_INSTALL = "the engines are not installed: uv sync --group engines"

FOR_BIGQUERY = ("sqlglot", "google.cloud.bigquery", "dbt.adapters.bigquery", "zetasql")
FOR_SNOWFLAKE = ("sqlglot", "fakesnow", "snowflake.connector", "dbt.adapters.snowflake")


def skip_without(*modules: str) -> None:
    """Skip the file or the test that calls this where one of them is not there."""
    if not all(map(_is_installed, modules)):
        pytest.skip(HOW_TO_INSTALL, allow_module_level=True)


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
