"""One parse of the dbt project for all tests of its manifest."""

from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

from tests.architecture.manifest import Manifest

REPOSITORY = Path(__file__).parents[2]
ENGINE_IN_MEMORY = Path(__file__).parent / "sqlfluff_profile"


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The project as dbt understands it. Contacts no warehouse."""
    target = tmp_path_factory.mktemp("dbt")
    result = dbtRunner().invoke(
        [
            "parse",
            *("--project-dir", str(REPOSITORY / "dbt_project")),
            *("--profiles-dir", str(ENGINE_IN_MEMORY)),
            *("--target-path", str(target / "target")),
            *("--log-path", str(target / "logs")),
            *("--quiet", "--no-partial-parse"),
        ]
    )
    assert result.success, result.exception
    return Manifest.of(target / "target" / "manifest.json")
