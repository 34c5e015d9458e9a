"""What is right on BigQuery and unknown to Google's analyser, as it is released outside BigQuery.

Belongs here: the whole list, each with the words by which it is passed on. Does not belong here: mending a
statement that BigQuery would refuse.
"""

import re

#: Spellings of a type that BigQuery takes for another one. dbt sends them where a contract says `bigint`, and
#: casts that all engines share do.
TYPE_ALIASES = {"bigint": "int64", "integer": "int64", "int": "int64", "smallint": "int64"}

_QUOTED_OR_WORD = re.compile(
    r"""
    (?P<kept> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `[^`]*` | --[^\n]* | /\*.*?\*/ )
    | (?P<word> \b(?:bigint|integer|int|smallint)\b )
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def as_google_reads_it(statement: str) -> str:
    """The statement with what its analyser does not know spelled as it does."""
    return _QUOTED_OR_WORD.sub(
        lambda found: found["kept"] if found["word"] is None else TYPE_ALIASES[found["word"].lower()],
        statement,
    )
