"""Values in a query: only what is a placeholder is bound, whatever stands in texts, names and comments."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.placeholders import in_named_values, places_of
from nudge_senders.ledger.statements import bind

_ANYTHING = st.text(alphabet="ab1 ?$:x'\"`-/*\n", max_size=12)
#: What is left as it is.
_LITERALS = st.one_of(
    _ANYTHING.map(lambda text: "'" + text.replace("'", "''") + "'"),
    _ANYTHING.map(lambda text: '"' + text.replace('"', '""') + '"'),
    _ANYTHING.map(lambda text: "`" + text.replace("`", "") + "`"),
    _ANYTHING.map(lambda text: "--" + text.replace("\n", " ") + "\n"),
    _ANYTHING.map(lambda text: "/*" + text.replace("*/", "").replace("*", "").replace("/", "") + "*/"),
    st.sampled_from(["select a", " where ", " in (", ") ", "1 + 2", "a.b", "a::varchar", "a - b"]),
)


@given(st.lists(st.one_of(_LITERALS, st.just("?"))))
def test_each_question_mark_outside_of_texts_is_the_next_value(pieces: list[str]) -> None:
    # A blank between them, so that two pieces do not become another one.
    values = [f"value of {number}" for number in range(pieces.count("?"))]

    query, named = in_named_values(" ".join(pieces), values)

    numbers = iter(range(1, len(values) + 1))
    assert query == " ".join(f":value_{next(numbers)}" if piece == "?" else piece for piece in pieces)
    assert list(named.values()) == values


@given(st.lists(st.one_of(_LITERALS, st.sampled_from(["$name", "$names", "$1", "$12"]))))
def test_each_name_outside_of_texts_is_bound_to_its_value(pieces: list[str]) -> None:
    by_name = {"name": "a", "names": "b"}
    named_pieces = [piece for piece in pieces if piece not in ("$1", "$12")]
    numbered_pieces = [piece for piece in pieces if piece not in ("$name", "$names")]

    query, named = in_named_values(" ".join(named_pieces), by_name)
    assert query == " ".join(
        f":{piece[1:]}" if piece in ("$name", "$names") else piece for piece in named_pieces
    )
    assert named == {name: by_name[name] for name in by_name if f"${name}" in named_pieces}

    query, named = in_named_values(" ".join(numbered_pieces), [str(number) for number in range(1, 13)])
    assert query == " ".join(
        f":value_{piece[1:]}" if piece in ("$1", "$12") else piece for piece in numbered_pieces
    )
    assert named == {f"value_{number}": number for number in ("1", "12") if f"${number}" in numbered_pieces}


@given(st.lists(st.one_of(_LITERALS, st.sampled_from([":name", ":nudge_ids_in"]))))
def test_the_ledger_binds_no_name_within_a_text(pieces: list[str]) -> None:
    statement, values = bind(" ".join(pieces), {"name": "a", "nudge_ids_in": ["b", "c"]}, "@")

    written = {":name": "@name", ":nudge_ids_in": "@nudge_ids_in_0, @nudge_ids_in_1"}
    assert statement == " ".join(written.get(piece, piece) for piece in pieces)
    assert ("name" in values) == (":name" in pieces)


def test_a_value_too_many_or_too_few_is_told() -> None:
    with pytest.raises(ValueError, match=re.escape("2 values for 1 placeholders")):
        in_named_values("select ?", ["a", "b"])
    with pytest.raises(ValueError, match="none for placeholder 2"):
        in_named_values("select ?, ?", ["a"])


def test_a_list_without_values_matches_nothing() -> None:
    assert places_of(["a", "b"]) == "?, ?"
    assert places_of([]) == "null"
