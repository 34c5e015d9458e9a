"""What Google's analyser says of everything that dbt sends.

Belongs here: putting the runs of dbt in their order, and telling unit tests, which are executed, from the
rest. Does not belong here: what is expected of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zetasql.types import Type

from tests.engines.dialect.google import Google
from tests.engines.dialect.sent import Sent
from tests.engines.dialect.walk import Refusal, Relation, Walk, sent_by, type_of


@dataclass(frozen=True)
class Judged:
    """Refusals by run, how many statements of each kind were judged, and the columns of every relation."""

    refusals: Mapping[str, Sequence[Refusal]]
    kinds: Mapping[str, Mapping[str, int]]
    relations: Mapping[Relation, Mapping[str, Type]]


def judge(sent: Sent) -> Judged:
    """Raises nothing for a refused statement: it is among the refusals."""
    walk = Walk(Google())
    for relation, columns in sent.loaded.items():
        walk.declare(relation, {name: type_of(kind) for name, kind in columns.items()})
    data_tests = [statement for statement in sent.tests if not sent_by(statement).startswith("unit_test ")]
    runs = {"first build": sent.first_build, "later build": sent.later_build, "data tests": data_tests}
    refusals, kinds = {}, {}
    for run, statements in runs.items():
        walk.judged = {}
        refusals[run] = walk.refusals(statements)
        kinds[run] = walk.judged
    return Judged(refusals, kinds, walk.relations)
