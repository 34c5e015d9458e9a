"""The stand-in's process: `python -m tests.engines.snowflake.serving [--without REPAIR]...`.

Prints the port that it listens on, on loopback, and serves until its standard input ends.
"""

from __future__ import annotations

import argparse
import sys

from tests.engines.snowflake import repairs


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--without", action="append", default=[])
    chosen = options.parse_args()
    # The module `fakesnow.server` takes the function's place as soon as a repair imports it.
    from fakesnow import server

    repairs.apply_all(without=chosen.without)
    told = sys.stdout
    # The server's log would fill a pipe that nobody reads past the port.
    sys.stdout = sys.stderr
    with server(host="127.0.0.1") as connection:
        told.write(f"{connection['port']}\n")
        told.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
