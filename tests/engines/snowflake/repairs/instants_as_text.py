"""to_char(instant, format) follows its format. As it ships, the format is dropped in silence."""

from typing import Any

import fakesnow.cursor
from sqlglot import exp

PATCHED = [(fakesnow.cursor.transforms, "to_date")]

#: Snowflake's elements and DuckDB's, the longer ones first.
_ELEMENTS = {
    '"T"': "T",
    "YYYY": "%Y",
    "HH24": "%H",
    "FF6": "%f",
    "MM": "%m",
    "DD": "%d",
    "MI": "%M",
    "SS": "%S",
}


def apply() -> None:
    unrepaired = fakesnow.cursor.transforms.to_date

    def to_char(expression: Any) -> Any:
        form = expression.args.get("format") if isinstance(expression, exp.ToChar) else None
        if form is None:
            return unrepaired(expression)
        return exp.Anonymous(
            this="strftime", expressions=[expression.this.copy(), exp.Literal.string(_translated(form.name))]
        )

    fakesnow.cursor.transforms.to_date = to_char


def _translated(form: str) -> str:
    translated = ""
    while form:
        element = next((each for each in _ELEMENTS if form.startswith(each)), None)
        if element is None and form[0].isalpha():
            raise NotImplementedError(f"the element at {form!r} of a format")
        translated += _ELEMENTS[element] if element else form[0]
        form = form[len(element or form[0]) :]
    return translated
