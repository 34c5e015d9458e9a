"""Numbers: how wide a float is, and counting."""

from tests.engines.meaning.case import Case

_DOUBLE = Case(
    macro="double_type",
    arguments={},
    within="cast(raw as {})",
    inputs={"raw": "text"},
    gives="double",
    rows=[
        # A float of 32 bits holds neither.
        ("16777217", 16777217.0),
        ("0.30000000000000004", 0.30000000000000004),
        ("1e300", 1e300),
        (None, None),
    ],
)

_NUMBERS = [
    Case(
        macro="numbers_to",
        about=f"{bound}",
        arguments={"bound": bound},
        is_query=True,
        inputs={},
        gives="integer",
        rows=[(n,) for n in range(bound + 1)],
    )
    for bound in (0, 4, 1000)
]

CASES = [_DOUBLE, *_NUMBERS]
