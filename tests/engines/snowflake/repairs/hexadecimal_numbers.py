"""to_number(text, 'XXXX') reads hexadecimal digits. As it ships, a format is refused."""

from typing import Any

import fakesnow.cursor
from sqlglot import exp, parse_one

PATCHED = [(fakesnow.cursor.transforms, "to_decimal")]


def apply() -> None:
    unrepaired = fakesnow.cursor.transforms.to_decimal

    def to_decimal(expression: Any) -> Any:
        form = expression.args.get("format") if isinstance(expression, exp.ToNumber) else None
        if isinstance(form, exp.Literal) and form.name and not form.name.strip("X"):
            digits = expression.this.sql(dialect="duckdb")
            return parse_one(f"cast('0x' || {digits} as bigint)", read="duckdb")
        return unrepaired(expression)

    fakesnow.cursor.transforms.to_decimal = to_decimal
