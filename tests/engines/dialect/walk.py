"""Statements in the order in which they were sent, each judged over the relations that those before it made.

Belongs here: what a statement leaves behind. Does not belong here: who sent it (`sent`), and the analyser
itself (`google`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from zetasql.types import Type, TypeKind

from tests.engines.dialect.google import Google, RefusedError

Relation = tuple[str, str, str]

#: What the warehouse itself keeps has no schema that could be declared.
_OF_THE_WAREHOUSE = re.compile(r"\bINFORMATION_SCHEMA\b|\b__TABLES__\b", re.IGNORECASE)
_SENT_BY = re.compile(r'"purpose": "(?P<purpose>[^"]+)", "node": "(?P<node>[^"]+)"')


@dataclass(frozen=True)
class Refusal:
    """What is wrong with a statement, and which node of the project it belongs to."""

    sent_by: str
    reason: str
    statement: str

    def __str__(self) -> str:
        return f"{self.sent_by}: {self.reason}"


@dataclass
class Walk:
    """See the module's docstring. `judged` counts, by kind, what was not passed over."""

    google: Google
    judged: dict[str, int] = field(default_factory=dict)
    passed_over: int = 0
    #: Types of the columns of every relation, as Google's analyser gives them.
    relations: dict[Relation, Mapping[str, Type]] = field(default_factory=dict)

    def declare(self, relation: Relation, columns: Mapping[str, Type]) -> None:
        """A relation that no statement made."""
        self.relations[relation] = columns
        self.google.declare(relation, columns)

    def refusals(self, statements: Iterable[str]) -> list[Refusal]:
        """Judge all of them; go on after one that is refused."""
        return [refusal for statement in statements if (refusal := self._judge(statement)) is not None]

    def _judge(self, statement: str) -> Refusal | None:
        if _OF_THE_WAREHOUSE.search(statement):
            self.passed_over += 1
            return None
        try:
            resolved = self.google.analysed(statement)
        except RefusedError as refused:
            return Refusal(sent_by(statement), str(refused), statement)
        kind = type(resolved).__name__.removeprefix("Resolved").removesuffix("Stmt")
        self.judged[kind] = self.judged.get(kind, 0) + 1
        if kind in ("CreateTableAsSelect", "CreateView"):
            self.declare(
                _relation(resolved.name_path),
                {each.name: each.column.type for each in resolved.output_column_list},
            )
        elif kind == "CreateTable":
            self.declare(
                _relation(resolved.name_path),
                {each.name: each.type for each in resolved.column_definition_list},
            )
        return None


def sent_by(statement: str) -> str:
    """What the project's comment on each statement names, such as `model int_as_of`."""
    found = _SENT_BY.search(statement)
    return f"{found['purpose']} {found['node']}" if found else statement.strip().splitlines()[0][:80]


def type_of(kind: str) -> Type:
    """The type of that name, such as TIMESTAMP."""
    return Type(type_kind=TypeKind[f"TYPE_{kind}"])


def kind_of(column_type: Type) -> str:
    """Its name, such as TIMESTAMP."""
    return str(TypeKind(column_type.type_kind).name).removeprefix("TYPE_")


def _relation(path: list[str]) -> Relation:
    project, dataset, name = path
    return project, dataset, name
