"""`python -m tests.benchmarks <name> [options]` runs one of the benchmarks beside this file."""

from __future__ import annotations

import sys
from importlib import import_module

#: name -> module, which has a `main()` that reads its options from the command line
BENCHMARKS = {
    "rebuild": "rebuild",
    "increment": "increment",
    "tick": "tick",
    "peers": "peers",
    "ledger": "ledger",
    "estimate": "estimate",
    "million_accounts": "million_accounts",
    "experiment": "experiment",
}


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in BENCHMARKS:
        sys.exit(f"name one of the benchmarks: {', '.join(BENCHMARKS)}")
    sys.argv = [f"python -m tests.benchmarks {name}", *sys.argv[2:]]
    import_module(f"tests.benchmarks.{BENCHMARKS[name]}").main()


if __name__ == "__main__":
    main()
