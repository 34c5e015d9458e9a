"""The texts that ship, and what is found wrong with others."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nudge_senders.errors import TemplateBroken
from nudge_senders.nudge import Nudge
from nudge_senders.preview import preview_nudge, preview_template
from nudge_senders.rendering import render
from nudge_senders.template_files import TEMPLATE_DIR
from nudge_senders.templates_check import FORBIDDEN_WORDS, template_problems
from nudge_senders.vocabulary import Channel
from tests.nudge_senders.world import queue_row

SEED = Path(__file__).parents[2] / "dbt_project/seeds/message_templates.csv"
ROW = {
    "template_key": "email_how_to",
    "milestone_key": "",
    "error_class": "",
    "variant": "",
    "destination": "hubspot",
}
CUSTOMER_TEXTS = sorted(
    path for key in ("in_app_hint", "email_how_to") for path in (TEMPLATE_DIR / key).glob("[!_]*.j2")
)


def _seed_rows() -> list[dict[str, str | None]]:
    with SEED.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_text_that_ships_is_without_problem() -> None:
    assert template_problems(_seed_rows()) == []


@pytest.mark.parametrize(
    "path", sorted(TEMPLATE_DIR.glob("*/[!_]*.j2")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_every_file_belongs_to_a_row_and_reads_well(path: Path) -> None:
    key, (milestone, _, error) = path.parent.name, path.stem.partition(".")
    milestone = "" if milestone == "any" else milestone
    assert any(
        (row["template_key"], row["milestone_key"] or "", row["error_class"] or "") == (key, milestone, error)
        for row in _seed_rows()
    )
    text = preview_template(key, milestone_key=milestone, error_class=error)
    assert not re.search(r"None|\{\{|\{%|  +", text)
    if not text.startswith("channel: human"):
        assert not re.search(rf"\b({'|'.join(FORBIDDEN_WORDS)})\b", text, re.IGNORECASE)
        assert text.count("http") == 1
        assert text.rstrip().endswith("Grace Hopper")


def test_the_card_tells_the_csm_what_there_is_to_know() -> None:
    card = preview_template("csm_alert", milestone_key="integration_connected")
    for wanted in (
        "Acme & Sons",
        "Day 4 of 14",
        "2 of 5",
        "26 h overdue",
        "last 7 days: 3",
        "in-app hint sent 2026-03-03",
        "AUTH_401",
        "token <expired> & not renewed",
        "https://logs.example.com/runs/123?a=1&b=2",
        "complained",
    ):
        assert wanted in card


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (1, "Day 1 of 14."),
        (14, "Day 14 of 14."),
        (15, "Day 15 (first value is expected within 14)."),
        (27, "Day 27 (first value is expected within 14)."),
    ],
)
def test_the_card_counts_the_days_to_fourteen_and_says_so_beyond(day: int, said: str) -> None:
    card = preview_template("csm_alert", overrides={"day_of_onboarding": day})
    assert said in card.splitlines()


def test_that_somebody_complained_is_the_first_thing_on_the_card() -> None:
    head, complaint, *_ = preview_template("csm_alert").split("\n\n")
    assert head.splitlines()[-1].startswith("card: ")
    assert complaint.startswith("Somebody at this account complained")
    assert "complained" not in preview_template("csm_alert", overrides={"has_complaint": False})


@pytest.mark.parametrize("path", CUSTOMER_TEXTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_text_without_a_link_does_not_promise_one(path: Path) -> None:
    milestone, _, error = path.stem.partition(".")
    text = preview_template(
        path.parent.name,
        milestone_key="" if milestone == "any" else milestone,
        error_class=error,
        overrides={"how_to_url": None},
    )
    assert "http" not in text
    assert not re.search(r"\b(video|watch|link)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("path", CUSTOMER_TEXTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_text_promises_no_amount_of_time_and_no_frequency(path: Path) -> None:
    assert not re.search(r"minute|second|click away|every day|weeks?\b", path.read_text(), re.IGNORECASE)


def test_the_video_of_another_step_is_not_sold_as_the_cure_of_an_integration() -> None:
    fitting = preview_template("email_how_to", error_class="unknown")
    assert "This short video shows the steps" in fitting
    other = preview_template(
        "email_how_to",
        error_class="unknown",
        overrides={
            "milestone_key": "first_data_uploaded",
            "milestone_name": "First data uploaded",
            "how_to_url": "https://help.example.com/videos/upload-your-data",
        },
    )
    assert "shows the steps" not in other
    assert "Once it runs, this short video shows what comes next: First data uploaded." in other
    assert other.count("http") == 1


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("channel: email\ntitle: {{ acount_name }}\n---\nHello", "unknown token 'acount_name'"),
        ("channel: email\ntitle: Hi\n---\n{% if csm_name %}", "syntax error in body"),
        ("channel: email\ntitle: Hi\n---\nYour step is Overdue.", "forbidden word 'overdue'"),
        ("channel: email\ntitle: Hi\n---\n{{ csm_name }}", "a row of nulls"),
        ("channel: email\ntitle: Hi\n---\n{{ hours_overdue or 0 }} h", "for the CSM only"),
        ("channel: email\ntitle: Hi\n---\n{{ ''.__class__.__mro__ }}", "does not render"),
        ("channel: email\ntitle: Hi\n---\n{% for i in range(10000000) %}x{% endfor %}", "does not render"),
        ("channel: email\ntitle: Hi\n---\n{% include 'csm_alert/any.j2' %}", "begins with '_'"),
        ("channel: email\ntitle: Hi\n---\nhttps://a.example https://b.example", "more than one link"),
        ("channel: pigeon\ntitle: Hi\n---\nHello", "channel must be one of"),
        ("title: Hi\nHello", "no line '---'"),
        ("channel: email\ntitle: Hi\n---\n", "empty title or body"),
        (None, "does not exist"),
    ],
)
def test_a_broken_text_is_named_with_file_and_remedy(tmp_path: Path, text: str | None, what: str) -> None:
    shutil.copytree(TEMPLATE_DIR, tmp_path / "texts")
    (tmp_path / "texts/email_how_to/any.j2").unlink()
    if text is not None:
        (tmp_path / "texts/email_how_to/any.j2").write_text(text)
    problems = template_problems(
        [{**ROW, "template_key": "in_app_hint"}, ROW], template_dir=tmp_path / "texts"
    )
    assert len(problems) == 1
    assert problems[0].row == 2
    assert problems[0].file == "email_how_to/any.j2"
    assert what in str(problems[0])
    assert problems[0].remedy


def test_rows_without_a_text_of_ours_are_left_alone() -> None:
    rows = [
        {**ROW, "template_key": "gone", "is_enabled": "false"},
        {**ROW, "template_key": "gone", "vendor_template_id": "123"},
    ]
    assert template_problems(rows) == []
    assert template_problems([{**ROW, "template_key": "../../etc"}])[0].what.startswith("'../../etc'")


def test_a_text_at_the_vendor_gets_variables_and_no_internal_ones() -> None:
    text = preview_nudge(queue_row("a", "t", vendor_template_id="42", hours_overdue=3.0))
    assert "under: 42" in text
    assert "milestone_name: Integration connected" in text
    assert "hours_overdue" not in text


def test_a_text_of_another_channel_is_refused() -> None:
    with pytest.raises(TemplateBroken, match="not for email"):
        preview_nudge(queue_row("a", "t", template_key="csm_alert"))


values = st.one_of(
    st.none(),
    st.text(max_size=400),
    st.sampled_from(
        [
            "<!channel>",
            "<@U1>",
            "<https://evil|Click>",
            "&lt;!here>",
            "{{7*7}}",
            "a\r\nBcc: x",
            "\u202e",
            "\x00",
        ]
    ),
)


@settings(max_examples=60, deadline=None)
@given(name=values, error=values, url=values, contact=values)
def test_no_value_of_a_customer_becomes_markup(
    name: str | None, error: str | None, url: str | None, contact: str | None
) -> None:
    parts = {"account_name": name, "contact_name": contact, "csm_name": name, "how_to_url": url}
    card = render(
        Nudge.from_row(queue_row("a", "t", tier=3, failed_error_message=error, failed_log_url=url, **parts))
    )
    texts = [card.title, card.fallback, *card.paragraphs]
    assert not any("<" in text or ">" in text for text in texts)
    assert all(len(text) <= 3000 for text in texts)
    assert card.link_url == "" or card.link_url.startswith(("http://", "https://"))
    mail = render(Nudge.from_row(queue_row("a", "t", **parts)))
    assert mail.channel is Channel.EMAIL
    assert not set(mail.title) & {"\r", "\n", "\x00", "\u202e"}
    blocks = len(mail.paragraphs) + bool(mail.signature) + bool(mail.link_url)
    assert sorted(re.findall(r"<(/?[a-z]+)", mail.html.replace("<br>", ""))) == sorted(
        ["p", "/p"] * blocks + ["a", "/a"] * bool(mail.link_url)
    )
