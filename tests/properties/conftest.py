"""Copies of the dbt project begin with what dbt knows of it."""

import pytest

from tests.parsed_project import ParsedProject
from tests.properties.dbt_project_copy import DbtProjectCopy


@pytest.fixture(scope="session", autouse=True)
def parsed_copies(parsed_project: ParsedProject) -> None:
    """Each copy is parsed only where it differs."""
    DbtProjectCopy.parsed = parsed_project
