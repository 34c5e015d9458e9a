"""A dollar within a text is no variable. Session variables are not used here at all, so none is put in."""

from fakesnow.variables import Variables

PATCHED = [(Variables, "inline_variables")]


def apply() -> None:
    Variables.inline_variables = lambda variables, sql: sql
