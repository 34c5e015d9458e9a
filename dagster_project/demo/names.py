"""Invented names of companies and people, and how SQL picks from a list.

Only words; who gets which story is in `stories`.
"""

from __future__ import annotations

from collections.abc import Sequence

FIRST_WORDS = (
    "Alder", "Amber", "Arctic", "Aspen", "Atlas", "Beacon", "Birch", "Bright", "Cedar", "Cobalt", "Coral",
    "Crescent", "Delta", "Ember", "Falcon", "Fern", "Garnet", "Harbor", "Hazel", "Indigo", "Juniper",
    "Keystone", "Lumen", "Maple", "Meridian", "Nimbus", "North", "Ocean", "Onyx", "Orchid", "Pine",
    "Quartz", "Raven", "River", "Sable", "Summit", "Timber", "Umber", "Vector", "Willow",
)  # fmt: skip
SECOND_WORDS = (
    "Analytics", "Bank", "Biotech", "Clinics", "Cloud", "Commerce", "Dental", "Energy", "Foods", "Freight",
    "Games", "Health", "Insurance", "Labs", "Legal", "Logistics", "Media", "Mobility", "Motors", "Partners",
    "Payments", "Retail", "Robotics", "Software", "Solar", "Studios", "Systems", "Travel", "Ventures",
    "Works",
)  # fmt: skip
GIVEN_NAMES = (
    "Ada", "Amir", "Anna", "Ben", "Carla", "Chen", "Dana", "Elif", "Emma", "Farid", "Grace", "Hugo", "Ines",
    "Ivan", "Jonas", "Kim", "Lea", "Luca", "Maya", "Mei", "Nadia", "Noah", "Olga", "Omar", "Priya", "Rosa",
    "Sami", "Sofia", "Tom", "Yuki",
)  # fmt: skip
FAMILY_NAMES = (
    "Abbott", "Adler", "Becker", "Bianchi", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen",
    "Ito", "Jensen", "Kaya", "Khan", "Larsen", "Lopez", "Meyer", "Moreau", "Nguyen", "Novak", "Okafor",
    "Patel", "Rossi", "Sato", "Silva", "Smith", "Taylor", "Weber", "Wolf", "Young",
)  # fmt: skip
CSM_NAMES = (
    "Alice Marsh", "Bruno Keller", "Chiara Conti", "Daniel Osei", "Elena Petrova", "Femi Adeyemi",
    "Greta Lindqvist", "Hiro Tanaka",
)  # fmt: skip
PLACES = (("US", "America/New_York"), ("US", "America/Los_Angeles"), ("US", "America/Chicago"),
          ("GB", "Europe/London"), ("DE", "Europe/Berlin"), ("FR", "Europe/Paris"), ("IN", "Asia/Kolkata"),
          ("AU", "Australia/Sydney"))  # fmt: skip
FAILURES = (
    (
        "salesforce",
        "oauth_token_expired",
        "OAuth refresh token for Salesforce expired; the customer has to reconnect",
    ),
    (
        "postgres",
        "connection_timeout",
        "Could not reach db.internal:5432 within 30 s; is our address on the allow list?",
    ),
    ("snowflake", "permission_denied", "Role ANALYST lacks USAGE on warehouse LOADING"),
    ("hubspot", "rate_limited", "HubSpot answered 429 for 40 minutes; the daily quota of the key is used up"),
    ("google_sheets", "schema_mismatch", "Column 'close_date' changed from DATE to TEXT in row 1214"),
)


def pick_sql(values: Sequence[str], share: str) -> str:
    """The value at `share` (an SQL expression from 0 to below 1) of the list."""
    literal = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f"[{literal}][1 + floor({len(values)} * {share})::integer]"
