"""Datasets and tables as resources: what get, list, insert, delete and patch answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.engines.bigquery.answers import Refusal
from tests.engines.bigquery.cells import row_of
from tests.engines.bigquery.column_types import Field, duckdb_type, field_of_text, fields_of
from tests.engines.bigquery.project import Project
from tests.engines.bigquery.table_options import TableOptions


class Tables:
    """Raises Refusal for what is not there, or is there already."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def dataset(self, name: str) -> dict[str, Any]:
        if name not in self._project.datasets():
            raise Refusal("notFound", f"Not found: Dataset {self._project.name}:{name}")
        return {
            "kind": "bigquery#dataset",
            "id": f"{self._project.name}:{name}",
            "datasetReference": {"projectId": self._project.name, "datasetId": name},
            "location": self._project.location,
            "access": [],
        }

    def datasets(self) -> dict[str, Any]:
        return {
            "kind": "bigquery#datasetList",
            "datasets": [self.dataset(name) for name in self._project.datasets()],
        }

    def create_dataset(self, resource: dict[str, Any]) -> dict[str, Any]:
        name = resource["datasetReference"]["datasetId"]
        if name in self._project.datasets():
            raise Refusal("duplicate", f"Already Exists: Dataset {self._project.name}:{name}")
        self._execute(f'create schema "{name}"')
        return self.dataset(name)

    def delete_dataset(self, name: str, *, with_contents: bool) -> None:
        self.dataset(name)
        self._execute(f'drop schema "{name}"{" cascade" if with_contents else ""}')
        for place in [place for place in self._project.options if place[0] == name]:
            del self._project.options[place]

    def tables(self, dataset: str) -> dict[str, Any]:
        self.dataset(dataset)
        found = self._query(
            "select table_name, 'TABLE' from duckdb_tables() "
            "where database_name = current_database() and schema_name = ? "
            "union all select view_name, 'VIEW' from duckdb_views() "
            "where database_name = current_database() and schema_name = ? and not internal order by 1",
            [dataset, dataset],
        )
        listed = [{"tableReference": self._reference(dataset, name), "type": kind} for name, kind in found]
        return {"kind": "bigquery#tableList", "tables": listed, "totalItems": len(listed)}

    def table(self, dataset: str, name: str) -> dict[str, Any]:
        kind = {
            each["tableReference"]["tableId"]: each["type"] for each in self.tables(dataset)["tables"]
        }.get(name)
        if kind is None:
            raise Refusal("notFound", f"Not found: Table {self._project.name}:{dataset}.{name}")
        told: dict[str, Any] = {
            "kind": "bigquery#table",
            "id": f"{self._project.name}:{dataset}.{name}",
            "etag": "as it is",
            "tableReference": self._reference(dataset, name),
            "type": kind,
            "location": self._project.location,
            "schema": {"fields": self._fields(dataset, name)},
        }
        if kind == "VIEW":
            told["view"] = {
                "query": self._project.view_queries.get((dataset, name), ""),
                "useLegacySql": False,
            }
        else:
            told["numRows"] = str(self._query(f'select count(*) from "{dataset}"."{name}"')[0][0])
            told["numBytes"] = "0"
        return told | self._project.options.get((dataset, name), TableOptions()).resource()

    def create_table(self, dataset: str, resource: dict[str, Any]) -> dict[str, Any]:
        name = resource["tableReference"]["tableId"]
        columns = ", ".join(f'"{each["name"]}" {duckdb_type(each)}' for each in resource["schema"]["fields"])
        self._execute(f'create table "{dataset}"."{name}" ({columns})')
        return self.table(dataset, name)

    def delete_table(self, dataset: str, name: str) -> None:
        kind = self.table(dataset, name)["type"]
        self._execute(f'drop {kind} "{dataset}"."{name}"')
        self._project.options.pop((dataset, name), None)

    def patch_table(self, dataset: str, name: str, resource: dict[str, Any]) -> dict[str, Any]:
        """Columns are only ever added; a description is kept."""
        known = {each["name"] for each in self._fields(dataset, name)}
        for each in resource.get("schema", {}).get("fields", []):
            if each["name"] not in known:
                self._execute(
                    f'alter table "{dataset}"."{name}" add column "{each["name"]}" {duckdb_type(each)}'
                )
        if "description" in resource:
            options = self._project.options.get((dataset, name), TableOptions())
            self._project.options[dataset, name] = replace(options, description=resource["description"])
        return self.table(dataset, name)

    def rows(self, dataset: str, name: str, *, start: int, limit: int) -> dict[str, Any]:
        """A page of tabledata."""
        self.table(dataset, name)
        with self._project.database.cursor() as cursor:
            cursor.execute(f'select * from "{dataset}"."{name}" limit {limit} offset {start}')
            fields = fields_of(cursor.description or [])
            rows = [row_of(row, fields) for row in cursor.fetchall()]
        total = self._query(f'select count(*) from "{dataset}"."{name}"')[0][0]
        told = {"kind": "bigquery#tableDataList", "totalRows": str(total), "rows": rows}
        return told | ({"pageToken": str(start + len(rows))} if start + len(rows) < total else {})

    def _fields(self, dataset: str, name: str) -> list[Field]:
        found = self._query(
            "select column_name, data_type, is_nullable from duckdb_columns() "
            "where database_name = current_database() and schema_name = ? and table_name = ? "
            "order by column_index",
            [dataset, name],
        )
        return [field_of_text(column, kind, is_required=not nullable) for column, kind, nullable in found]

    def _reference(self, dataset: str, name: str) -> dict[str, str]:
        return {"projectId": self._project.name, "datasetId": dataset, "tableId": name}

    def _execute(self, sql: str) -> None:
        with self._project.database.cursor() as cursor:
            cursor.execute(sql)

    def _query(self, sql: str, values: list[object] | None = None) -> list[tuple[Any, ...]]:
        with self._project.database.cursor() as cursor:
            return cursor.execute(sql, values).fetchall()
