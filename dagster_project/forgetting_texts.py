"""What people or providers wrote, without a person's addresses and full names.

Belongs here: which columns of our tables hold such texts. Columns that hold nothing but an address, a name or
an id are `forgetting`'s; messages are `forgetting_files`'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dagster_project.connection import Connection
from dagster_project.forgetting_whom import Person

#: Reasons of holds, halts and answers, and who gave them; what providers and integrations said; an account
#: that is called like its only person.
TEXT_COLUMNS = (
    "account_name",
    "error_message",
    "failed_error_message",
    "failed_log_url",
    "log_url",
    "noted_by",
    "provider_status",
    "reason",
    "who",
    "why",
)
REDACTED = "[forgotten]"


def clear_texts(
    connection: Connection, table: str, columns: frozenset[str], person: Person
) -> Iterator[tuple[str, int]]:
    """(column, number of its texts) of what was changed in the table."""
    wanted = names_to_redact(person)
    if not wanted:
        return
    shape = re.compile("|".join(map(re.escape, wanted)), re.IGNORECASE)
    for column in TEXT_COLUMNS:
        if column not in columns:
            continue
        likely = " or ".join(f"lower({column}) like ?" for _ in wanted)
        found = connection.execute(
            f"select distinct {column} from {table} where {likely}", [f"%{each}%" for each in wanted]
        ).fetchall()
        # An underscore of a pattern matches more than itself.
        texts = [str(text) for (text,) in found if shape.search(str(text))]
        for text in texts:
            connection.execute(
                f"update {table} set {column} = ? where {column} = ?", [shape.sub(REDACTED, text), text]
            )
        if texts:
            yield column, len(texts)


def names_to_redact(person: Person) -> list[str]:
    """Addresses, and names of more than one word, which mean nobody else: in lower case, the longest
    first."""
    names = {name.strip().lower() for name in person.names if len(name.split()) > 1}
    return sorted({*person.emails, *names}, key=lambda each: (-len(each), each))
