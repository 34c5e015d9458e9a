"""Every body that Intercom gets fits Intercom's own description of its API.

The description (2.14, MIT) is not kept in this repository: its folder is named by `VENDOR_SPECS_DIR`, else
looked for beside the checkout.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from nudge_senders.destinations.intercom import API_VERSION
from nudge_senders.vocabulary import Action
from tests.contract.stand_ins.intercom import IntercomStandIn
from tests.contract.stand_ins.stand_in import Seen
from tests.contract.table import CASES
from tests.contract.talk import deliver, delivery_of

REPOSITORY = Path(__file__).resolve().parents[2]
#: Ten times as fast, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BODIES = {"POST /contacts/search": "search_request", "PUT": "update_contact_request"}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    folder = Path(os.environ.get("VENDOR_SPECS_DIR") or REPOSITORY.parent / "shared" / "vendor_specs")
    path = folder / "intercom" / f"api.intercom.io.{API_VERSION}.yaml"
    if not path.is_file():
        pytest.skip("Intercom's description is not here: set VENDOR_SPECS_DIR to the folder that holds it")
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    return found


def _validate(description: dict[str, Any], schema: str, body: object) -> None:
    """OpenAPI 3.0 is JSON Schema draft 4 but for `nullable`, which no value of ours needs."""
    resource = Resource(contents=description, specification=DRAFT4)
    registry: Any = Registry().with_resource("urn:intercom", resource)
    Draft4Validator({"$ref": f"urn:intercom#/components/schemas/{schema}"}, registry=registry).validate(body)


def _everything_asked() -> list[Seen]:
    case = next(case for case in CASES if case.name == "intercom")
    stand_in = IntercomStandIn()
    try:
        destination = case.destination(stand_in)
        for columns in ({}, {"contact_user_id": None, "contact_email": "bob@customer.example"}):
            _, reference = deliver(destination, delivery_of(case, **columns))
            deliver(destination, delivery_of(case, action=Action.WITHDRAW, provider_ref=reference))
        destination.check()
        return stand_in.seen
    finally:
        stand_in.close()


def test_every_request_and_body_is_one_that_intercom_describes(description: dict[str, Any]) -> None:
    asked = _everything_asked()
    with_body = 0
    for seen in asked:
        path = "/contacts/{contact_id}" if seen.path.startswith("/contacts/c0ffee") else seen.path
        assert seen.method.lower() in description["paths"][path], seen
        schema = _BODIES.get(f"{seen.method} {path}") or _BODIES.get(seen.method)
        assert (schema is None) is (seen.method == "GET")
        if schema is not None:
            with_body += 1
            _validate(description, schema, seen.body)
    assert with_body == 6
    assert {seen.headers["intercom-version"] for seen in asked} == {API_VERSION}


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ("search_request", {"query": {"operator": "XOR", "value": []}}),
        ("search_request", {}),
        ("update_contact_request", {"custom_attributes": "a text"}),
    ],
)
def test_a_body_that_intercom_does_not_describe_would_be_noticed(
    description: dict[str, Any], schema: str, body: object
) -> None:
    with pytest.raises(ValidationError):
        _validate(description, schema, body)
