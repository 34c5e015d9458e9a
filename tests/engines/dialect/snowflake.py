"""The project compiled for Snowflake, against a translation of it to DuckDB that knows its names.

Belongs here: having dbt compile. Does not belong here: judging what comes out.
"""

import json
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

from tests.parsed_project import SHIPPED_PROJECT, only_these_settings

_SETTINGS = {
    "MILESTONE_AGENT_TARGET": "snowflake",
    "MILESTONE_AGENT_SNOWFLAKE_DATABASE": "warehouse",
    "MILESTONE_AGENT_ENV": "prod",
}


def compiled_for_snowflake(folder: Path) -> Mapping[str, str]:
    """The text of every model, snapshot and data test on an empty warehouse, by its unique id."""
    with warnings.catch_warnings():
        # The connector says at import that it has not met this version of a library that it ships itself.
        warnings.simplefilter("ignore")
        import fakesnow

        logging.getLogger("sqlglot").setLevel(logging.ERROR)
        with fakesnow.patch(), only_these_settings(_SETTINGS):
            outcome: Any = dbtRunner().invoke(
                [
                    "compile",
                    *("--project-dir", str(SHIPPED_PROJECT)),
                    *("--profiles-dir", str(SHIPPED_PROJECT)),
                    *("--target", "snowflake"),
                    *("--target-path", str(folder / "target")),
                    *("--log-path", str(folder / "logs")),
                    *("--quiet", "--log-level-file", "error", "--threads", "1"),
                ]
            )
    assert outcome.success, outcome.exception or [each.message for each in outcome.result]
    manifest = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    return {
        name: node["compiled_code"] for name, node in manifest["nodes"].items() if node.get("compiled_code")
    }
