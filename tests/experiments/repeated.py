"""Many repetitions of one simulated experiment, and the error that their number leaves.

Belongs here: seeds, all cores, the interval of a share or a mean. Does not belong here: what is repeated.
"""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

import numpy as np
from scipy import stats

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Repeat:
    """One repetition, seeded by its number alone, whatever process runs it."""

    of: Callable[[np.random.Generator], object]
    seed: int

    def __call__(self, number: int) -> object:
        return self.of(np.random.default_rng([self.seed, number]))


def repeated(
    of: Callable[[np.random.Generator], Answer], *, times: int, seed: int, processes: int | None = None
) -> list[Answer]:
    """The answers in the order of their numbers, the same on one core as on many. Forks on every core that
    this process may use, unless it is told how many; 1 forks none."""
    repeat = Repeat(of, seed)
    processes = processes or len(os.sched_getaffinity(0))
    if processes == 1:
        # mypy loses the type of the answer in a class that is called, here and below.
        return [repeat(number) for number in range(times)]  # type: ignore[misc]
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        return list(pool.map(repeat, range(times), chunksize=max(1, times // 100)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Rate:
    """How often something happened. `low` and `high` are Clopper's and Pearson's exact 95 % interval."""

    happened: int
    repetitions: int

    @classmethod
    def of(cls, answers: list[bool]) -> "Rate":
        """The share of the answers that are true."""
        return cls(sum(answers), len(answers))

    @property
    def share(self) -> float:
        """The point estimate."""
        return self.happened / self.repetitions

    @property
    def low(self) -> float:
        """The lower end."""
        return self._interval()[0]

    @property
    def high(self) -> float:
        """The upper end."""
        return self._interval()[1]

    def _interval(self) -> tuple[float, float]:
        interval = stats.binomtest(self.happened, self.repetitions).proportion_ci(0.95, method="exact")
        return float(interval.low), float(interval.high)

    def __str__(self) -> str:
        return f"{self.share:.4f} (95 % {self.low:.4f} to {self.high:.4f}, {self.repetitions:,} repetitions)"


@dataclass(frozen=True)
class Mean:
    """The mean of what came out, in days. `low` and `high` are its 95 % interval over the repetitions."""

    days: float
    error: float
    repetitions: int

    @classmethod
    def of(cls, answers: list[float]) -> "Mean":
        """The mean of the answers and its standard error."""
        return cls(float(np.mean(answers)), float(stats.sem(answers)), len(answers))

    @property
    def low(self) -> float:
        """The lower end."""
        return self.days - 1.96 * self.error

    @property
    def high(self) -> float:
        """The upper end."""
        return self.days + 1.96 * self.error

    def __str__(self) -> str:
        interval = f"95 % {self.low:+.3f} to {self.high:+.3f}"
        return f"{self.days:+.3f} days ({interval}, {self.repetitions:,} repetitions)"
