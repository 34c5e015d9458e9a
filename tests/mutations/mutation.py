"""What a mutation is: a piece of text of one file, what stands there instead, the test that must fail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutation:
    """`old` stands exactly once in `file`. `test` is a pytest node (`file::name`), for SQL the name of a unit
    test of dbt."""

    name: str
    file: str
    old: str
    new: str
    test: str

    def apply(self, root: Path) -> str:
        """Write the mutated file below `root`; returns what stood there before."""
        path = root / self.file
        before = path.read_text(encoding="utf-8")
        if before.count(self.old) != 1:
            raise ValueError(f"{self.name}: its text stands {before.count(self.old)} times in {self.file}")
        path.write_text(before.replace(self.old, self.new), encoding="utf-8")
        return before
