"""Google's own analyser and reference engine: what BigQuery's SQL means, on this machine.

Belongs here: starting it, asking it whether a statement holds and what a query gives. Does not belong here:
which statements there are, and what of BigQuery it does not know (`allowed`).
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import wasmtime
import zetasql.core.wasm_client
from zetasql.api import PreparedQuery
from zetasql.core import ZetaSqlLocalService
from zetasql.types import (
    AnalyzerOptions,
    LanguageFeature,
    LanguageOptions,
    ProductMode,
    SimpleCatalog,
    SimpleColumn,
    SimpleTable,
    Type,
    ZetaSQLBuiltinFunctionOptions,
)

from tests.engines.dialect.allowed import as_google_reads_it

#: Columns of a relation, in its order.
Columns = Mapping[str, Type]


_FINER_INSTANTS = {LanguageFeature.FEATURE_TIMESTAMP_NANOS, LanguageFeature.FEATURE_TIMESTAMP_PICOS}


class RefusedError(Exception):
    """What Google's analyser says against a statement."""


class _CachedConfig(wasmtime.Config):
    """Compiling the engine takes half a minute, reading it from the cache a second."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = True


class Google:
    """The engine over the relations that it was told of, each named `project.dataset.name`."""

    def __init__(self) -> None:
        zetasql.core.wasm_client.Config = _CachedConfig
        self._service = ZetaSqlLocalService.get_instance()
        language = LanguageOptions.maximum_features()
        language.product_mode = ProductMode.PRODUCT_EXTERNAL
        # Instants have microseconds on BigQuery.
        language.enabled_language_features = [
            each for each in language.enabled_language_features if each not in _FINER_INSTANTS
        ]
        # Its own default is the zone of Los Angeles.
        self._options = AnalyzerOptions(language_options=language, default_timezone="UTC")
        self._builtin = ZetaSQLBuiltinFunctionOptions(language_options=language)
        self._relations: dict[tuple[str, str, str], SimpleTable] = {}
        self._catalogue_id: int | None = None

    def declare(self, relation: tuple[str, str, str], columns: Columns) -> None:
        """A relation (project, dataset, name) exists from now on, with these columns."""
        if self._catalogue_id is not None:
            self._service.unregister_catalog(registered_id=self._catalogue_id)
            self._catalogue_id = None
        self._relations[relation] = SimpleTable(
            name=relation[2],
            column=[
                SimpleColumn(name=name, type=kind, is_writable_column=True) for name, kind in columns.items()
            ],
        )

    def analysed(self, statement: str) -> Any:
        """The resolved statement. Raises RefusedError."""
        try:
            return self._service.analyze(
                sql_statement=as_google_reads_it(statement),
                options=self._options,
                registered_catalog_id=self._registered(),
            ).resolved_statement
        except Exception as refusal:
            raise RefusedError(str(refusal)) from None

    def columns_of(self, query: str) -> dict[str, Type]:
        """Name and type of what a query gives. Raises RefusedError."""
        return {each.name: each.column.type for each in self.analysed(query).output_column_list}

    def rows_of(self, query: str) -> list[dict[str, Any]]:
        """What a query that reads no table gives: instants and days as text, as JSON has no such type.

        Raises RefusedError where it is refused or fails while it runs.
        """
        # Instants come back empty as they are.
        asked = f"select to_json_string(answer) from ({as_google_reads_it(query)}\n) as answer"
        builder = PreparedQuery.builder().set_sql(asked).set_analyzer_options(self._options)
        try:
            with builder.set_registered_catalog_id(self._registered()).prepare() as prepared:
                table = prepared.execute().content.table_data
        except Exception as refusal:
            raise RefusedError(str(refusal)) from None
        return [json.loads(row.cell[0].string_value) for row in (table.row if table else [])]

    def _registered(self) -> int:
        """The catalogue as the engine keeps it; telling it anew takes longer than most statements."""
        if self._catalogue_id is None:
            told = self._service.register_catalog(simple_catalog=self._catalog())
            self._catalogue_id = told.registered_id
        return self._catalogue_id

    def _catalog(self) -> SimpleCatalog:
        return SimpleCatalog(
            name="warehouse",
            builtin_function_options=self._builtin,
            catalog=[
                SimpleCatalog(name=project, catalog=self._datasets(project))
                for project in _distinct(relation[0] for relation in self._relations)
            ],
        )

    def _datasets(self, project: str) -> list[SimpleCatalog]:
        return [
            SimpleCatalog(
                name=dataset,
                table=[
                    table for relation, table in self._relations.items() if relation[:2] == (project, dataset)
                ],
            )
            for dataset in _distinct(relation[1] for relation in self._relations if relation[0] == project)
        ]


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
