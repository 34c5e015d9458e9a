"""Each way of writing that one engine reads otherwise, put once into a model of the project, and refused.

Google's analyser is asked about the statement that dbt sent for the model, the text rules about the model's
file. Four of the six are good SQL on BigQuery, so that the text rules alone can tell them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.engines.dialect.never_null import never_null_in
from tests.engines.dialect.text_rules import findings
from tests.parsed_project import SHIPPED_PROJECT

if TYPE_CHECKING:
    from tests.engines.dialect.google import Google
    from tests.engines.dialect.judged import Judged
    from tests.engines.dialect.sent import Sent

pytestmark = pytest.mark.engines


@dataclass(frozen=True)
class Offence:
    """`written` stands once in the model, and is `instead` here."""

    name: str
    model: str
    written: str
    instead: str


A_CAST = Offence(
    "a cast as only some engines write it",
    "fct_nudges",
    "cast(nudge_states.cycle as integer)",
    "nudge_states.cycle::integer",
)
REFUSED_BY_GOOGLE = {
    Offence(
        "an instant compared with a wall clock",
        "sync_marketing_suppression",
        "accounts.churned_at > as_of.as_of",
        "accounts.churned_at > cast(as_of.as_of as datetime)",
    ): "TIMESTAMP, DATETIME",
    A_CAST: "Syntax error",
}
REFUSED_BY_TEXT = {
    A_CAST: "write cast(x as type)",
    Offence(
        "a week from Sunday",
        "rpt_negative_sentiment_weekly",
        "{{ start_of_week('nudge_states.sent_at') }}",
        "cast(timestamp_trunc(nudge_states.sent_at, week) as date)",
    ): "write start_of_week(day)",
    Offence(
        "the greater of two where one may be null",
        "int_nudges_scheduled",
        "coalesce(greatest(nudges.due_at, eligible_times.deadline_at), eligible_times.deadline_at)",
        "greatest(nudges.due_at, eligible_times.deadline_at)",
    ): "write coalesce(greatest(a, b), a, b)",
    Offence(
        "the lesser of two where one may be null",
        "rpt_csm_efficiency_weekly",
        "least(as_of.as_of, coalesce(cast(first_message.first_week_on as timestamp), as_of.as_of))",
        "least(as_of.as_of, cast(first_message.first_week_on as timestamp))",
    ): "write coalesce(least(a, b), a, b)",
    Offence(
        "whole numbers divided",
        "rpt_negative_sentiment_weekly",
        "cast(negative as {{ double_type() }}) / delivered",
        "negative / delivered",
    ): "write cast(x as {{ double_type() }}) / y",
    Offence(
        "an order that does not say where nulls stand",
        "fct_nudge_decision_changes",
        "changed_from desc nulls last",
        "changed_from desc",
    ): "write desc nulls last",
}


def _with(offence: Offence, text: str) -> str:
    assert text.count(offence.written) == 1, f"{offence.model} is written otherwise now"
    return text.replace(offence.written, offence.instead)


@pytest.mark.parametrize("offence", REFUSED_BY_TEXT, ids=lambda offence: offence.name)
def test_the_text_rules_refuse_it_in_the_models_file(
    offence: Offence, capsys: pytest.CaptureFixture[str]
) -> None:
    [path] = SHIPPED_PROJECT.rglob(f"{offence.model}.sql")
    text, never_null = path.read_text(encoding="utf-8"), never_null_in(offence.model)
    assert findings(path.name, text, never_null) == []

    [finding] = findings(path.name, _with(offence, text), never_null)

    with capsys.disabled():
        sys.stdout.write(f"\nrefused, {offence.name}: {finding}\n")
    assert REFUSED_BY_TEXT[offence] in finding.remedy
    assert finding.line == text[: text.index(offence.written)].count("\n") + 1


@pytest.mark.parametrize("offence", REFUSED_BY_GOOGLE, ids=lambda offence: offence.name)
def test_googles_analyser_refuses_it_in_the_statement_that_dbt_sent(
    offence: Offence, sent: Sent, judged: Judged, google: Google, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.engines.dialect.walk import Walk, sent_by

    for relation, columns in judged.relations.items():
        google.declare(relation, columns)
    walk = Walk(google)
    # dbt asks for the types of a model's columns before it makes it.
    statements = [
        each
        for each in sent.first_build
        if sent_by(each) == f"model {offence.model}" and offence.written in each
    ]
    assert statements
    assert walk.refusals(statements) == []

    refusals = walk.refusals([_with(offence, each) for each in statements])

    with capsys.disabled():
        sys.stdout.write(f"\nrefused, {offence.name}: {refusals[0]}\n")
    assert len(refusals) == len(statements)
    assert all(REFUSED_BY_GOOGLE[offence] in refusal.reason for refusal in refusals)
    assert refusals[0].sent_by == f"model {offence.model}"
