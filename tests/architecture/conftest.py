"""The checkout, and the manifest of its dbt project."""

from pathlib import Path

import pytest

from tests.architecture.manifest import Manifest
from tests.parsed_project import ParsedProject

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def manifest(parsed_project: ParsedProject) -> Manifest:
    """The project as dbt understands it. Contacts no warehouse."""
    return Manifest.of(parsed_project.manifest)
