"""Macros of the dbt project written out for an engine, without a warehouse.

Belongs here: asking dbt's own adapter to execute a macro, as dbt does when it compiles a model. Does not
belong here: what the macros are given, and what comes of it.
"""

import os
from argparse import Namespace
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from dbt.adapters.factory import get_adapter, register_adapter, reset_adapters
from dbt.config.runtime import RuntimeConfig
from dbt.context.providers import generate_runtime_macro_context
from dbt.flags import set_from_args
from dbt.parser.manifest import ManifestLoader
from dbt_common.context import set_invocation_context

from tests.engines.meaning.case import Call
from tests.parsed_project import SHIPPED_PROJECT

ENGINES = ("duckdb", "bigquery", "snowflake")


def rendered(engine: str, calls: Mapping[str, Call], folder: Path) -> dict[str, str]:
    """The SQL of every call, by its key. Loads the macros alone, no model, and opens no connection."""
    set_invocation_context(os.environ)
    asked = Namespace(
        project_dir=str(SHIPPED_PROJECT),
        profiles_dir=str(SHIPPED_PROJECT),
        profile=None,
        target=engine,
        target_path=str(folder / engine),
        log_path=str(folder),
        threads=1,
        vars={},
        send_anonymous_usage_stats=False,
        macro_debugging=False,
        partial_parse=False,
    )
    set_from_args(asked, None)
    config = RuntimeConfig.from_args(asked)
    reset_adapters()
    register_adapter(config, get_context("spawn"))
    try:
        adapter = get_adapter(config)
        adapter.set_macro_resolver(ManifestLoader.load_macros(config, lambda manifest: None))
        adapter.set_macro_context_generator(generate_runtime_macro_context)
        return {key: _written_out(adapter, call) for key, call in calls.items()}
    finally:
        reset_adapters()


def _written_out(adapter: Any, call: Call) -> str:
    arguments = {
        name: _written_out(adapter, value) if isinstance(value, Call) else value
        for name, value in call.arguments.items()
    }
    return str(adapter.execute_macro(call.macro, kwargs=arguments))
