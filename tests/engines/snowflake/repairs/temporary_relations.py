"""A temporary table or view lies in its schema, as on Snowflake; DuckDB has them in a catalogue of their own.

dbt names them with database and schema, and drops them itself.
"""

from typing import Any

from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.transforms.stage import TableStages
from sqlglot import exp

PATCHED = [(FakeSnowflakeCursor, "_transform"), (TableStages, "record_temporary_table")]


def apply() -> None:
    unrepaired = FakeSnowflakeCursor._transform

    def transform(cursor: FakeSnowflakeCursor, expression: Any, params: Any) -> Any:
        transformed = unrepaired(cursor, expression, params)
        if isinstance(transformed, exp.Create):
            table = transformed.find(exp.Table)
            properties = transformed.args.get("properties")
            if table is not None and table.db and properties is not None:
                kept = [
                    each for each in properties.expressions if not isinstance(each, exp.TemporaryProperty)
                ]
                properties.set("expressions", kept)
        return transformed

    FakeSnowflakeCursor._transform = transform
    # It looks for a temporary relation that is none any more.
    TableStages.record_temporary_table = lambda *arguments: None
