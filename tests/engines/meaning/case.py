"""One macro over a table of inputs, and what it has to give on every engine.

Belongs here: the shape of a case. Does not belong here: the cases (`cases`), and how an engine writes or
reads a value (`spelling`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

#: None, or of the kind that its column has (`spelling.TYPES`).
Value = None | bool | int | float | str | date | datetime


def at(text: str) -> datetime:
    """An instant in UTC, or what a wall clock shows, without a zone as the engines have it."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class Call:
    """A macro called with text of SQL, numbers, or what another call gives."""

    macro: str
    arguments: Mapping[str, "str | int | list[str] | Call"] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """The macro called with `arguments`, which name columns of the inputs or are text of SQL."""

    macro: str
    arguments: Mapping[str, str | int | list[str] | Call]
    #: Kind of each input column, by name.
    inputs: Mapping[str, str]
    #: Kind of what comes out.
    gives: str
    #: The inputs in their order, and last what has to come out; of an aggregate in the first row of a group.
    rows: Sequence[tuple[Value, ...]]
    #: What tells it from others of the same macro.
    about: str = ""
    #: An aggregate gives one row for each value of the first input column.
    is_aggregate: bool = False
    #: A macro that is a query of its own reads no inputs.
    is_query: bool = False
    #: The expression around it, for a macro that is none by itself.
    within: str = "{}"

    @property
    def name(self) -> str:
        return f"{self.macro}: {self.about}" if self.about else self.macro

    @property
    def expected(self) -> list[Value]:
        """What has to come out, in the order of the rows."""
        return [row[-1] for row in self.rows if len(row) > len(self.inputs)]
