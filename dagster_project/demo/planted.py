"""The facts that the demo plants, each with its number from the generator's own knowledge and the SQL that finds it."""

from __future__ import annotations
import duckdb
from dagster_project.demo.accounts import Scale
from dagster_project.demo.policy import DemoPolicy


def record_planted_facts(connection: duckdb.DuckDBPyConnection, policy: DemoPolicy, scale: Scale) -> None:
    connection.execute(
        "create table demo.planted_facts (fact_key varchar, description varchar, planted_value double, found_sql varchar)"
    )
