"""dbt's manifest: parsed once for all processes, and again only when a project file or the environment
changed.

Every process that shows or runs the assets reads the same file under `<home>/dbt/<target>`; a file lock keeps
two of them from parsing at once. Nothing here runs a model or opens the warehouse.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_project.errors import ConfigurationError
from dagster_project.settings import Settings

_PROJECT_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md", ".py"}
_FOLDERS_DBT_WRITES = {"target", "logs", "dbt_packages"}


def project_files(project_dir: Path) -> list[Path]:
    """Every file of the dbt project that can change what it computes, sorted."""
    return sorted(
        path
        for path in project_dir.rglob("*")
        if path.suffix in _PROJECT_SUFFIXES
        and path.relative_to(project_dir).parts[0] not in _FOLDERS_DBT_WRITES
        and path.is_file()
    )


def hash_of_files(files: list[Path], *, relative_to: Path) -> str:
    """SHA-256 over names and contents, so that a touched but equal file changes nothing."""
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(relative_to)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def manifest_signature(settings: Settings) -> str:
    """What the manifest depends on: project files, and the environment that the project reads."""
    project = hash_of_files(project_files(settings.dbt_project_dir), relative_to=settings.dbt_project_dir)
    environment = json.dumps(settings.dbt_environment(), sort_keys=True)
    return hashlib.sha256(f"{project}\0{environment}".encode()).hexdigest()


def ensure_manifest(settings: Settings) -> Path:
    """The path of an up-to-date `manifest.json`, parsing only when there is none for the project as it
    stands.
    """
    if not (settings.dbt_project_dir / "dbt_project.yml").is_file():
        raise ConfigurationError(
            f"There is no dbt project in {settings.dbt_project_dir}; "
            "set MILESTONE_AGENT_DBT_PROJECT to its folder."
        )
    folder = settings.dbt_target_dir
    manifest = folder / "manifest.json"
    if _is_current(folder, manifest_signature(settings)):
        return manifest
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "parse.lock"):
        # The signature is taken again inside the lock: another process may have parsed while this one waited.
        signature = manifest_signature(settings)
        if not _is_current(folder, signature):
            from dagster_project.dbt_in_process import parse_project

            parse_project(settings)
            (folder / "manifest.signature").write_text(signature, encoding="utf-8")
    return manifest


def load_manifest(settings: Settings) -> Mapping[str, Any]:
    """The manifest as dbt wrote it."""
    content: Mapping[str, Any] = json.loads(ensure_manifest(settings).read_text(encoding="utf-8"))
    return content


def _is_current(folder: Path, signature: str) -> bool:
    written = folder / "manifest.signature"
    return (
        (folder / "manifest.json").is_file()
        and written.is_file()
        and written.read_text(encoding="utf-8") == signature
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
