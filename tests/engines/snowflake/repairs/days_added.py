"""dateadd(day, n, a date) is a date. As it ships, it is an instant unless the date is a cast."""

from typing import Any

import fakesnow.cursor
import fakesnow.macros
from sqlglot import exp

PATCHED = [(fakesnow.cursor.transforms, "dateadd_date_cast"), (fakesnow.macros, "creation_sql")]


def apply() -> None:
    unrepaired = fakesnow.cursor.transforms.dateadd_date_cast
    macros = fakesnow.macros.creation_sql

    def add(expression: Any) -> Any:
        if not isinstance(expression, exp.DateAdd) or str(expression.args.get("unit")).upper() != "DAY":
            return unrepaired(expression)
        # What a transformation puts in place of a node is not looked into again.
        day, number = expression.this.transform(add), expression.expression.transform(add)
        if isinstance(day, (exp.Literal, exp.Cast, exp.AggFunc)):
            return unrepaired(exp.DateAdd(this=day, expression=number, unit=expression.args["unit"]))
        return exp.Anonymous(this="_fs_add_days", expressions=[day, exp.cast(number, "int")])

    fakesnow.cursor.transforms.dateadd_date_cast = add
    fakesnow.macros.creation_sql = lambda catalog: (
        f"{macros(catalog)};"
        f"create or replace macro {catalog}._fs_add_days (d date, n) as d + n::integer, "
        "(t timestamp, n) as t + to_days(n::integer), (t timestamptz, n) as t + to_days(n::integer)"
    )
