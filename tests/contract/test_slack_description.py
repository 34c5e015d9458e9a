"""Every request to Slack fits Slack's own description of its API, as far as that goes.

The description (MIT, from 2021) is not kept in this repository: its folder is named by `VENDOR_SPECS_DIR`,
else looked for beside the checkout.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.contract.stand_ins.slack import SlackStandIn
from tests.contract.table import CASES
from tests.contract.talk import deliver, delivery_of, inquire

REPOSITORY = Path(__file__).resolve().parents[2]
#: Newer than the description.
_NEWER = {"chat.postMessage": {"metadata"}, "conversations.history": {"include_all_metadata"}}


@pytest.fixture
def description() -> Any:
    folder = Path(os.environ.get("VENDOR_SPECS_DIR") or REPOSITORY.parent / "shared" / "vendor_specs")
    path = folder / "slack" / "slack_web_openapi_v2_without_examples.json"
    if not path.is_file():
        pytest.skip("Slack's description is not here: set VENDOR_SPECS_DIR to the folder that holds it")
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_request_has_the_parameters_and_the_form_that_slack_describes(description: Any) -> None:
    case = next(case for case in CASES if case.name == "slack")
    stand_in = SlackStandIn()
    try:
        destination = case.destination(stand_in)
        delivery = delivery_of(case, csm_slack_id=None)
        _, reference = deliver(destination, delivery)
        inquire(destination, delivery, reference)
        destination.check()
        asked = {seen.path.removeprefix("/api/"): seen for seen in stand_in.seen}
    finally:
        stand_in.close()
    assert set(asked) == {
        "users.lookupByEmail",
        "conversations.open",
        "chat.postMessage",
        "conversations.history",
        "auth.test",
    }
    for method, seen in asked.items():
        (described,) = description["paths"][f"/{method}"].values()
        parameters = {each["name"]: each for each in described["parameters"]}
        content_type = seen.headers["content-type"].partition(";")[0]
        assert content_type in described["consumes"], method
        is_json = content_type.endswith("json")
        sent = set(seen.body or {}) if is_json else {name for name, _ in parse_qsl(seen.raw.decode())}
        assert sent - _NEWER.get(method, set()) <= set(parameters), method
        required = {name for name, each in parameters.items() if each.get("required")} - {"token"}
        assert required <= sent, method
