"""What the planning leaves to a digest is joined where it goes."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

from nudge_senders.destinations.outbox import OutboxDestination
from tests.contract.table import CASES
from tests.contract.talk import nudge_of

MACRO = Path(__file__).resolve().parents[2] / "dbt_project" / "macros" / "digesting_destinations.sql"


def test_the_planning_joins_nudges_only_for_those_who_send_them_as_one(tmp_path: Path) -> None:
    listed = re.search(r"return\((\[.*\])\)", MACRO.read_text(encoding="utf-8"))
    assert listed is not None
    joining = set()
    for case in CASES:
        stand_in = case.stand_in()
        try:
            pair = [nudge_of(case, nudge_id, digest_key="d") for nudge_id in ("nudge-1", "nudge-2")]
            if len(case.destination(stand_in).group(pair)) == 1:
                joining.add(case.name)
        finally:
            stand_in.close()
    outbox = OutboxDestination(tmp_path)
    if len(outbox.group([replace(one, destination="outbox") for one in pair])) == 1:
        joining.add("outbox")
    assert set(ast.literal_eval(listed[1])) == joining
