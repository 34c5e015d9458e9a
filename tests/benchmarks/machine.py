"""One run's conditions: what the machine is, and a piece of work in a process of its own, timed from within.

Belongs here: starting the process, its peak memory, minima and ranges. Does not belong here: any work.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

REPOSITORY = Path(__file__).parents[2]
Answer = dict[str, Any]


def described() -> str:
    """The machine in a line: figures of another one are other figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {memory:.0f} GiB, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, load {os.getloadavg()[0]:.1f}"
    )


def peak_mib() -> float:
    """The most memory that this process ever held, in MiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not say how much memory a process held")


def in_a_process(module: str, *arguments: str, timeout: float = 3600) -> Answer:
    """What `python -m MODULE ARGUMENTS` answers: the JSON on the last line of its output."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=timeout, cwd=REPOSITORY
    )
    if done.returncode:
        sys.exit(f"{' '.join(command[2:])} failed:\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
    answer: Answer = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def answer(**values: Any) -> None:
    """End a piece of work: its values and its peak memory, for `in_a_process`."""
    say(json.dumps({**values, "peak_mib": peak_mib()}))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Table:
    """Seconds and memory of what is compared, over the rounds of one run."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.peaks: dict[str, list[float]] = defaultdict(list)

    def add(self, name: str, seconds: float, peak: float | None = None) -> None:
        self.seconds[name].append(seconds)
        if peak is not None:
            self.peaks[name].append(peak)

    def least(self, name: str) -> float:
        return min(self.seconds[name])

    def tell(self, against: Sequence[str]) -> None:
        """A line for each: minimum, range, peak, and its minimum as a multiple of those named."""
        heads = "".join(f"{'x ' + name:>22}" for name in against)
        say(f"  {'':<46}{'min s':>9}{'max s':>9}{'peak MiB':>10}{heads}")
        for name, seconds in self.seconds.items():
            peak = f"{max(self.peaks[name]):>10.0f}" if self.peaks[name] else f"{'':>10}"
            ratios = "".join(f"{min(seconds) / self.least(other):>22.2f}" for other in against)
            say(f"  {name:<46}{min(seconds):>9.3f}{max(seconds):>9.3f}{peak}{ratios}")


def verdict(what: str, figure: float, limit: float, unit: str = "") -> None:
    word = "holds" if figure <= limit else "DOES NOT HOLD"
    say(f"{word}: {what}: {figure:.3g}{unit}, wanted at most {limit:g}{unit}")
