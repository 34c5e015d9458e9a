"""Texts: hashed, read as JSON, cast, cut into words and joined."""

import hashlib
from datetime import date

from tests.engines.meaning.case import Call, Case

#: Ids are opaque: what other tools take for nothing, quotes, and letters beyond ASCII.
IDS = (
    "acct-1",
    "NA",
    "null",
    "",
    " ",
    "0012",
    "1e5",
    "o'neil",
    'say "hi"',
    "back\\slash",
    "Zürich",
    "日本",
    "e\u0301",
    "\U0001f680",
    "a" * 300,
)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


_HASH = Case(
    macro="md5_hex",
    arguments={"text": "id"},
    inputs={"id": "text"},
    gives="text",
    rows=[("", "d41d8cd98f00b204e9800998ecf8427e"), *((text, _md5(text)) for text in IDS), (None, None)],
)

_BUCKET = Case(
    macro="hash_bucket",
    arguments={"text": "salt || ':' || id"},
    inputs={"salt": "text", "id": "text"},
    gives="integer",
    rows=[
        # Written down once and never to change: whoever was assigned stays where he is.
        ("nudges_v1", "acct-1", 5621),
        ("nudges_v1", "NA", 5159),
        ("nudges_v1", "Zürich", 9732),
        *(("salt", text, int(_md5(f"salt:{text}")[:8], 16) % 10_000) for text in IDS),
        *(("s", str(n), int(_md5(f"s:{n}")[:8], 16) % 10_000) for n in range(50)),
        ("s", None, None),
    ],
)

_JSON = Case(
    macro="json_text",
    arguments={"value": "raw", "key": "account_id"},
    inputs={"raw": "text"},
    gives="text",
    rows=[
        ('{"account_id": "acct-1"}', "acct-1"),
        ('{"account_id": "NA"}', "NA"),
        ('{"account_id": ""}', ""),
        ('{"account_id": 12}', "12"),
        ('{"account_id": 9007199254740993}', "9007199254740993"),
        ('{"account_id": true}', "true"),
        ('{"account_id": "{x}"}', "{x}"),
        ('{"account_id": ["acct-1", "acct-2"]}', "acct-1"),
        ('{"account_id": []}', None),
        ('{"account_id": [["acct-1"]]}', None),
        ('{"account_id": [{"id": "acct-1"}]}', None),
        ('{"account_id": [null, "acct-1"]}', None),
        ('{"account_id": {"id": "acct-1"}}', None),
        ('{"account_id": null}', None),
        ('{"Account_ID": "acct-1"}', None),
        ('{"nested": {"account_id": "acct-1"}}', None),
        ("{}", None),
        ('"account_id"', None),
        ("[]", None),
        ("null", None),
        ('{"account_id": "o\'neil \\"x\\" back\\\\slash"}', 'o\'neil "x" back\\slash'),
        ('{"account_id": "Z\\u00fcrich"}', "Zürich"),
        ('{"account_id": "日本 \U0001f680"}', "日本 \U0001f680"),
        (' {"other": 1, "account_id" : "acct-1"} ', "acct-1"),
        # No JSON.
        ('{"account_id": "acct-1"', None),
        ("{'account_id': 'acct-1'}", None),
        ("account_id=acct-1", None),
        ("", None),
        (None, None),
    ],
)

_JSON_COLUMN = Case(
    macro="json_to_text",
    arguments={"value": "raw"},
    inputs={"raw": "json"},
    gives="text",
    rows=[('{"account_id":"acct-1"}', '{"account_id":"acct-1"}'), ("[1,2]", "[1,2]"), (None, None)],
)

_KEY_WITH_A_DOT = Case(
    macro="json_text",
    about="under a key with a dot, a dollar and a space",
    arguments={"value": "raw", "key": "group.$ id"},
    inputs={"raw": "text"},
    gives="text",
    rows=[('{"group.$ id": "acct-1"}', "acct-1"), ('{"group": {"$ id": "acct-1"}}', None)],
)

_WHOLE_NUMBER = Case(
    macro="cast_or_null",
    about="to a whole number",
    arguments={"value": "raw", "data_type": "bigint"},
    inputs={"raw": "text"},
    gives="integer",
    rows=[
        ("12", 12),
        ("-12", -12),
        ("+5", 5),
        (" 12 ", 12),
        ("0012", 12),
        # As a sheet exports a column of numbers.
        ("12.0", 12),
        ("1.5", 2),
        ("-1.5", -2),
        ("1e3", 1000),
        ("9223372036854775807", 9223372036854775807),
        ("9223372036854775808", None),
        ("1,000", None),
        ("twelve", None),
        ("NaN", None),
        ("", None),
        (None, None),
    ],
)

_DOUBLE = Case(
    macro="cast_or_null",
    about="to a double",
    arguments={"value": "raw", "data_type": Call("double_type")},
    inputs={"raw": "text"},
    gives="double",
    rows=[
        ("0.1", 0.1),
        ("16777217", 16777217.0),
        ("1e3", 1000.0),
        (" 2.5 ", 2.5),
        (".5", 0.5),
        ("-0.0001", -0.0001),
        ("1,5", None),
        ("a lot", None),
        ("", None),
        (None, None),
    ],
)

_BOOLEAN = Case(
    macro="cast_or_null",
    about="to a boolean",
    arguments={"value": "raw", "data_type": "boolean"},
    inputs={"raw": "text"},
    gives="boolean",
    rows=[
        ("true", True),
        ("TRUE", True),
        ("t", True),
        ("yes", True),
        ("Y", True),
        ("1", True),
        ("false", False),
        ("False", False),
        ("f", False),
        ("no", False),
        ("N", False),
        ("0", False),
        ("2", None),
        ("maybe", None),
        ("", None),
        (None, None),
    ],
)

_BOOLEAN_OF_A_BOOLEAN = Case(
    macro="cast_or_null",
    about="to a boolean, of one",
    arguments={"value": "raw", "data_type": "boolean"},
    inputs={"raw": "boolean"},
    gives="boolean",
    rows=[(True, True), (False, False), (None, None)],
)

_WHOLE_NUMBER_OF_A_NUMBER = Case(
    macro="cast_or_null",
    about="to a whole number, of a number",
    arguments={"value": "raw", "data_type": "bigint"},
    inputs={"raw": "double"},
    gives="integer",
    rows=[(12.0, 12), (-12.0, -12), (1e15, 10**15), (None, None)],
)

_DAY = Case(
    macro="cast_or_null",
    about="to a day",
    arguments={"value": "raw", "data_type": "date"},
    inputs={"raw": "text"},
    gives="date",
    rows=[
        ("2026-01-05", date(2026, 1, 5)),
        ("2028-02-29", date(2028, 2, 29)),
        ("2026-02-29", None),
        ("05/13/2026x", None),
        ("christmas", None),
        ("", None),
        (None, None),
    ],
)

_WORDS = Case(
    macro="words_of",
    arguments={"value": "raw"},
    inputs={"raw": "text"},
    gives="text",
    rows=[
        ("AUTH_EXPIRED", " auth expired "),
        ("  401 -- token\texpired!\n", " 401 token expired "),
        ("rate-limit: 429/min", " rate limit 429 min "),
        ("Zürich", " z rich "),
        ("日本", "  "),
        ("back\\slash o'neil", " back slash o neil "),
        ("...", "  "),
        ("", "  "),
        (None, "  "),
    ],
)

_LIST = Case(
    macro="ordered_list",
    arguments={"value": "word", "separator": ", ", "order_by": "place desc, word"},
    inputs={"list_key": "text", "word": "text", "place": "integer"},
    gives="text",
    rows=[
        ("a", "one", 1, "three, two, zwei, one"),
        ("a", "two", 2),
        ("a", "three", 10),
        ("a", "zwei", 2),
        # What is null is left out; of nothing else there is no list.
        ("b", None, 1, "only"),
        ("b", "only", 2),
        ("c", None, 1, None),
        ("c", None, 2),
        ("d", "same", 1, "same, same"),
        ("d", "same", 1),
    ],
    is_aggregate=True,
)

_LIST_BY_TEXT = Case(
    macro="ordered_list",
    about="by the text itself",
    arguments={"value": "word", "separator": "~", "order_by": "word"},
    inputs={"list_key": "text", "word": "text"},
    gives="text",
    rows=[("a", "b", "B~NA~Z~a~b~ä~日"), *(("a", word) for word in ("a", "Z", "NA", "ä", "B", "日"))],
    is_aggregate=True,
)

_PART = Case(
    macro="part_of",
    # Beyond the last part one engine has nothing and another an empty text.
    within="coalesce({}, '')",
    arguments={"text": "raw", "separator": "|", "position": "place"},
    inputs={"raw": "text", "place": "integer"},
    gives="text",
    rows=[
        ("Report Created|report_created", 0, "Report Created"),
        ("Report Created|report_created", 1, "report_created"),
        ("Report Created|report_created", 2, ""),
        ("one", 0, "one"),
        ("a||b", 1, ""),
        ("a||b", 2, "b"),
        ("", 0, ""),
        ("Zürich|日本", 1, "日本"),
        (None, 0, ""),
    ],
)

_WRITTEN = [
    Case(
        macro="text_literal",
        about=repr(text[:20]),
        arguments={"text": text},
        inputs={"nothing": "integer"},
        gives="text",
        rows=[(1, text)],
    )
    for text in (
        *IDS,
        "it's\\'",
        "C:\\new\\table",
        "\\",
        "\\\\",
        "'",
        "''",
        "two\nlines\r\n",
        "\ttab",
        "a -- b",
        "$1 ? :x",
    )
]

CASES = [
    *_WRITTEN,
    _PART,
    _HASH,
    _BUCKET,
    _JSON,
    _JSON_COLUMN,
    _KEY_WITH_A_DOT,
    _WHOLE_NUMBER,
    _WHOLE_NUMBER_OF_A_NUMBER,
    _DOUBLE,
    _BOOLEAN,
    _BOOLEAN_OF_A_BOOLEAN,
    _DAY,
    _WORDS,
    _LIST,
    _LIST_BY_TEXT,
]
