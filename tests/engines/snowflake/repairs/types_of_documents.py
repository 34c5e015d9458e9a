"""typeof(variant) is the type within the document. As it ships, it is JSON for all of them."""

from typing import Any

import fakesnow.cursor
from sqlglot import exp

PATCHED = [(fakesnow.cursor.transforms, "array_size")]


def apply() -> None:
    unrepaired = fakesnow.cursor.transforms.array_size

    def type_of(expression: Any) -> Any:
        if isinstance(expression, exp.Typeof):
            return exp.Anonymous(this="json_type", expressions=[expression.this.copy()])
        return unrepaired(expression)

    fakesnow.cursor.transforms.array_size = type_of
