"""Texts that cannot be rendered or do not belong to a customer are found on the line of their row."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nudge_senders import template_files, templates_check
from tests.validation.house import House


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped texts that the validation reads instead."""
    folder = tmp_path / "texts"
    shutil.copytree(template_files.TEMPLATE_DIR, folder)
    monkeypatch.setattr(templates_check, "TEMPLATE_DIR", folder)
    return folder


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("Hello {{ first_nam }}", "unknown token 'first_nam'"),
        ("Hello {{ ''.__class__.__mro__ }}", "does not render"),
        ("Hello {% for n in range(10 ** 9) %}x{% endfor %}", "does not render"),
        ("Hello {{ account_name", "syntax error"),
        ("You are {{ hours_overdue }} hours behind", "hours_overdue"),
        ("You are late", "forbidden word 'late'"),
        ("{% include '../secret.j2' %}", "does not exist"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_on_its_line(
    house: House, texts: Path, body: str, what: str
) -> None:
    (texts / "in_app_hint" / "any.j2").write_text(
        f"channel: in_app\ntitle: A title\n---\n{body}\n", encoding="utf-8"
    )
    before = house.fingerprint()

    result = house.run("validate")

    assert result.exit_code == 2, result.output
    place = f"{house.seed('message_templates')}:2: template in_app_hint/any.j2: "
    lines = [line for line in result.stderr.splitlines() if line.startswith(place)]
    assert any(what in line and "; " in line for line in lines), result.output
    assert house.fingerprint() == before


def test_a_missing_text_is_refused_on_its_line(house: House, texts: Path) -> None:
    (texts / "csm_alert" / "any.j2").unlink()

    result = house.run("validate")

    assert result.exit_code == 2
    assert f"{house.seed('message_templates')}:15: template csm_alert/any.j2" in result.stderr


def test_the_shipped_texts_have_no_problem(house: House, texts: Path) -> None:
    assert house.run("validate").exit_code == 0
