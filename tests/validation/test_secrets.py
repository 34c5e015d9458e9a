"""A secret in a seed is refused, and printed nowhere."""

from __future__ import annotations

import pytest

from tests.validation.house import House

SECRET = "xoxb-" + "1234567890-abcdef"


@pytest.mark.parametrize(
    ("seed", "old", "new", "line"),
    [
        ("nudge_policy", "slack", SECRET, 4),
        ("message_templates", "in_app_hint,,,,intercom,,,true", f"in_app_hint,,,,intercom,{SECRET},,true", 2),
        ("experiments", "ttfv-nudge-v1", SECRET, 2),
        ("critical_path", "workspace_created,Workspace created", f"{SECRET},Workspace created", 2),
    ],
)
def test_a_secret_in_a_seed_is_refused_without_being_shown(
    house: House, seed: str, old: str, new: str, line: int
) -> None:
    house.replace(seed, old, new)

    result = house.run("validate")

    assert result.exit_code == 2
    assert f"{house.seed(seed)}:{line}: " in result.stderr
    assert "holds a secret; take it out, keep it in the environment, and renew it" in result.stderr
    assert SECRET not in result.output
