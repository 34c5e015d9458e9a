"""Raw instants of nine digits, which Snowflake alone has, are equal to what the other engines read."""

from pathlib import Path

import pytest

from tests.engines.meaning.case import Call
from tests.engines.meaning.rendering import rendered

pytest.importorskip("dbt.adapters.snowflake", reason="run: uv sync --group engines")
pytestmark = pytest.mark.engines


def test_an_instant_of_snowflake_enters_in_microseconds_and_a_bound_on_it_still_prunes(
    tmp_path: Path,
) -> None:
    stored = {"column": "received_at", "stored_type": "timestamp_ntz", "kind": "instant"}
    # The stand-in keeps six digits, so that only the text can tell.
    written = rendered(
        "snowflake",
        {"read": Call("read_value", stored), "bound": Call("read_value", {**stored, "is_bare": 1})},
        tmp_path,
    )

    assert written["read"].strip() == "cast(received_at as timestamp_ntz(6))"
    assert written["bound"].strip() == "received_at"
