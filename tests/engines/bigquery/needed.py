"""What the tests of this folder need installed; without it each of their files is skipped, with the command
that installs it. Imported before whatever needs it.

Only looked for, not imported: every run of the tests collects these files, and few run them.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


if not all(map(_is_installed, ("sqlglot", "google.cloud.bigquery", "dbt.adapters.bigquery", "zetasql"))):
    pytest.skip("run: uv sync --group engines", allow_module_level=True)

ENGINES = pytest.mark.engines
