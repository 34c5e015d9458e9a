"""hash_agg(t.*): one number for the same rows in any order. As it ships, it does not exist."""

from typing import Any

import fakesnow.cursor
from sqlglot import exp, parse_one

PATCHED = [(fakesnow.cursor.transforms, "hex_string")]


def apply() -> None:
    unrepaired = fakesnow.cursor.transforms.hex_string

    def hash_agg(expression: Any) -> Any:
        if isinstance(expression, exp.HashAgg):
            whole = expression.this
            name = whole.table if isinstance(whole, exp.Column) else whole.sql()
            return parse_one(f"cast(bit_xor(hash({name})) >> 1 as bigint)", read="duckdb")
        return unrepaired(expression)

    fakesnow.cursor.transforms.hex_string = hash_agg
