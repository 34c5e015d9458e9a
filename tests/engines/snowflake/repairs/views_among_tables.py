"""information_schema.tables lists views as well, as on Snowflake; the ledger asks there whether its view
exists.
"""

from string import Template

import fakesnow.info_schema

PATCHED = [(fakesnow.info_schema, "SQL_CREATE_INFORMATION_SCHEMA_TABLES_VIEW")]

_TABLES = "from duckdb_tables tables"
_TYPE = "'BASE TABLE' AS \"TABLE_TYPE\""


def apply() -> None:
    text = fakesnow.info_schema.SQL_CREATE_INFORMATION_SCHEMA_TABLES_VIEW.template
    if _TABLES not in text or _TYPE not in text:
        raise AttributeError("information_schema.tables is written otherwise in this release")
    both = (
        "from (select database_name, schema_name, table_name, estimated_size, 'BASE TABLE' as kind "
        "from duckdb_tables() union all "
        "select database_name, schema_name, view_name, null, 'VIEW' "
        "from duckdb_views() where not internal) tables"
    )
    fakesnow.info_schema.SQL_CREATE_INFORMATION_SCHEMA_TABLES_VIEW = Template(
        text.replace(_TABLES, both).replace(_TYPE, 'tables.kind AS "TABLE_TYPE"')
    )
