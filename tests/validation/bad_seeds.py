"""How a test spoils a seed, and what every refusal of one has to look like. No cases stand here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.validation.house import House

Spoil = Callable[[House], None]


@dataclass(frozen=True)
class Bad:
    """A mutation of a shipped seed and what the message has to say. `line` None: the file as a whole."""

    name: str
    spoil: Spoil
    seed: str
    line: int | None
    key: str
    remedy: str


def change(seed: str, old: str, new: str) -> Spoil:
    return lambda house: house.replace(seed, old, new)


def add(seed: str, row: str) -> Spoil:
    return lambda house: house.append(seed, row)


def write(seed: str, content: bytes) -> Spoil:
    def spoil(house: House) -> None:
        house.seed(seed).write_bytes(content)

    return spoil


def put_above(seed: str, content: bytes) -> Spoil:
    def spoil(house: House) -> None:
        house.seed(seed).write_bytes(content + house.seed(seed).read_bytes())

    return spoil


def change_all(*changes: tuple[str, str, str]) -> Spoil:
    """Each (seed, old, new), wherever the old text stands."""

    def spoil(house: House) -> None:
        for seed, old, new in changes:
            house.replace(seed, old, new, count=-1)

    return spoil


def remove(seed: str) -> Spoil:
    return lambda house: house.seed(seed).unlink()


def make_folder(seed: str) -> Spoil:
    def spoil(house: House) -> None:
        house.seed(seed).unlink()
        house.seed(seed).mkdir()

    return spoil


PATH, POLICY, TEXTS, LIMITS = "critical_path", "nudge_policy", "message_templates", "delivery_limits"
EXPERIMENTS, EPOCHS, HOLIDAYS, VANITY = "experiments", "experiment_epochs", "holidays", "vanity_events"


def assert_refused(house: House, bad: Bad) -> None:
    """Spoil, validate, and find the one line: file, line, key, remedy; exit code 2; not a byte changed."""
    bad.spoil(house)
    before = house.fingerprint()

    result = house.run("validate")

    assert result.exit_code == 2, result.output
    place = str(house.seed(bad.seed)) + (f":{bad.line}: " if bad.line else ": ")
    lines = [line for line in result.stderr.splitlines() if line.startswith(place)]
    assert any(bad.key in line and bad.remedy in line for line in lines), result.output
    assert "Traceback" not in result.output
    assert house.fingerprint() == before
