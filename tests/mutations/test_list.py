"""The list of mutations fits the code: its texts stand where it says, and its tests are there. Running them
is for `python -m tests.mutations`, which takes minutes."""

from __future__ import annotations

import re

import pytest

from tests.mutations import senders, sql
from tests.mutations.mutation import REPOSITORY, Mutation

_ALL = (*senders.MUTATIONS, *sql.MUTATIONS)


@pytest.mark.parametrize("mutation", _ALL, ids=lambda mutation: mutation.name)
def test_a_mutation_names_text_that_stands_once_and_a_test_that_is_there(mutation: Mutation) -> None:
    assert (REPOSITORY / mutation.file).read_text(encoding="utf-8").count(mutation.old) == 1
    assert mutation.old != mutation.new
    file, _, node = mutation.test.rpartition("::")
    name = node.partition("[")[0]
    where = REPOSITORY / (file or mutation.file.replace(".sql", ".yml"))
    declared = rf"^def {name}\(" if file else rf"^  - name: {name}$"
    assert re.search(declared, where.read_text(encoding="utf-8"), re.MULTILINE), mutation.test


def test_every_mutation_has_a_name_of_its_own() -> None:
    names = [mutation.name for mutation in _ALL]
    assert len(set(names)) == len(names)
