"""`python -m tests.mutations [--sql] [WORD ...]`: which guard can be removed without a test that notices?

Each mutation is applied alone to a temporary copy of the code, and the one test that it names is run there.
Words choose the mutations whose name holds one of them. Prints `mutation, test, failed?` and exits with 1
when a mutation survives, when its text is gone from the code or when its test does not pass without it.
`--sql` takes those of dbt instead, which first builds a small demo warehouse.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from tests.mutations import senders, sql
from tests.mutations.mutation import REPOSITORY, Mutation

_COPIED = (
    "nudge_senders",
    "dagster_project",
    "experiments",
    "dbt_project",
    "tests",
    "pyproject.toml",
    "README.md",
)
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "target", "logs", "dbt_packages", ".pytest_cache")
_TESTS_FAILED = 1
#: Whatever a plain run leaves out is run as well.
_OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "full or not full")

#: Runs tests in the copy: True when all passed, False when one failed; anything else ends the program.
RunTest = Callable[..., bool]
#: Of other people and slow to import: once is enough.
_WARM = ("duckdb", "httpx", "jinja2.sandbox", "pandas", "pytest")


def main() -> None:
    options = _arguments()
    chosen = [
        mutation
        for mutation in (sql.MUTATIONS if options.sql else senders.MUTATIONS)
        if not options.words or any(word in mutation.name for word in options.words)
    ]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "copy"
        for name in _COPIED:
            _copy(REPOSITORY / name, root / name)
        run_test = DbtUnitTests(root, Path(folder)) if options.sql else PytestNodes(root)
        if not run_test(*sorted({mutation.test for mutation in chosen})):
            sys.exit("not all of the tests pass as the code stands")
        survivors = [mutation.name for mutation in chosen if not _is_noticed(mutation, root, run_test)]
    _say(f"mutations {len(chosen)}, survived {len(survivors)}")
    sys.exit(1 if survivors or not chosen else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--sql", action="store_true", help="the reasons of dbt instead of the senders' guards"
    )
    parser.add_argument("words", nargs="*")
    return parser.parse_args()


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=_LEFT_OUT)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _is_noticed(mutation: Mutation, root: Path, run_test: RunTest) -> bool:
    before = mutation.apply(root)
    try:
        has_failed = not run_test(mutation.test)
    finally:
        (root / mutation.file).write_text(before, encoding="utf-8")
    test = mutation.test.rpartition("::")[2]
    _say(f"{mutation.name:<50} {test:<110} {'failed' if has_failed else 'SURVIVED'}")
    return has_failed


@dataclass(frozen=True)
class PytestNodes:
    """Tests of Python, by their nodes, each time in a process of its own that imports our code anew."""

    root: Path

    def __call__(self, *tests: str) -> bool:
        for name in _WARM:
            import_module(name)
        child = os.fork()
        if not child:
            self._run(tests)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code not in (0, _TESTS_FAILED):
            sys.exit(
                f"{', '.join(tests)} could not be run:\n{self._said.read_text(encoding='utf-8')[-3000:]}"
            )
        return code == 0

    @property
    def _said(self) -> Path:
        return self.root.parent / "pytest.txt"

    def _run(self, tests: Sequence[str]) -> NoReturn:
        """Never returns. The copy goes before the installed package, which is the code as it stands."""
        code = _TESTS_FAILED + 1
        try:
            with self._said.open("w", encoding="utf-8") as said:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
            os.chdir(self.root)
            sys.path.insert(0, str(self.root))
            sys.dont_write_bytecode = True
            for name in [name for name in sys.modules if name.partition(".")[0] in _COPIED]:
                del sys.modules[name]
            code = int(import_module("pytest").main([*_OPTIONS, *tests]))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


class DbtUnitTests:
    """Unit tests of dbt, by their name, over a warehouse that holds every relation once."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder
        warehouse = folder / "warehouse.duckdb"
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(root),
            "MILESTONE_AGENT_DUCKDB_PATH": str(warehouse),
            "MILESTONE_AGENT_TARGET": "duckdb",
        }
        demo = subprocess.run(
            [sys.executable, "-c", _DEMO, str(warehouse)],
            cwd=root,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if demo.returncode:
            sys.exit(f"there is no demo:\n{demo.stdout[-3000:]}{demo.stderr[-3000:]}")
        code, said = self._dbt(
            "build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"
        )
        if code:
            sys.exit(f"the project as it stands cannot be built:\n{said[-3000:]}")

    def __call__(self, *tests: str) -> bool:
        code, said = self._dbt("test", "--select", *tests)
        if f"of {len(tests)} " not in said:
            sys.exit(f"{', '.join(tests)} are no unit tests of dbt:\n{said[-3000:]}")
        return code == 0

    def _dbt(self, command: str, *rest: str) -> tuple[int, str]:
        """Exit code and words of dbt, each time in a process of its own that has imported it already."""
        import_module("dbt.cli.main")
        said = self._folder / "dbt.txt"
        child = os.fork()
        if not child:
            self._run([command, *rest], said)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return code, said.read_text(encoding="utf-8")

    def _run(self, command: Sequence[str], said: Path) -> NoReturn:
        """Never returns."""
        project = str(self._root / "dbt_project")
        where = ["--project-dir", project, "--profiles-dir", project, "--no-use-colors"]
        where += ["--target-path", str(self._folder / "target"), "--log-path", str(self._folder / "logs")]
        code = _TESTS_FAILED + 1
        try:
            os.environ.update(self._environment)
            os.chdir(self._root)
            with said.open("w", encoding="utf-8") as words:
                os.dup2(words.fileno(), 1)
                os.dup2(words.fileno(), 2)
            done = import_module("dbt.cli.main").dbtRunner().invoke([*command, *where])
            code = 0 if done.success else _TESTS_FAILED
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


_DEMO = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from dagster_project.demo.generator import generate
from nudge_senders.ledger import open_ledger
now = datetime(2026, 5, 13, 10, 0, tzinfo=UTC)
generate(Path(sys.argv[1]), now=now, accounts=30)
open_ledger(Path(sys.argv[1]), clock=lambda: now).migrate()
"""


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
