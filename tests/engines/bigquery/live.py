"""Whether the environment names a project of Google's own that these tests may use up."""

from __future__ import annotations

import os

#: A project that holds nothing else: the raw schemas are made in it, and everything is dropped at the end.
PROJECT = "MILESTONE_AGENT_BIGQUERY_TEST_PROJECT"
KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
WHY_NOT = (
    f"no BigQuery in the environment: set {PROJECT} to an empty project of yours and {KEY_FILE} to the key "
    "of an account that may make datasets and run jobs there"
)


def is_possible() -> bool:
    return bool(os.environ.get(PROJECT) and os.environ.get(KEY_FILE))
