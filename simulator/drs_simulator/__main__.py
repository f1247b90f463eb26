"""Command line of the simulator: start it with a scenario and a port."""
# Copyright (c) 2026, resilience.drs contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from . import __version__
from .scenario import supplied as scenarios


def main(argv: list[str] | None = None) -> int:
    """Run until Ctrl-C or TERM. Returns 0, or 2 for a scenario or port that cannot be used."""
    parser = argparse.ArgumentParser(prog="drs-simulator", description="Simulated AWS for disaster recovery tests.")
    parser.add_argument(
        "--scenario",
        help="YAML file with accounts, fleets and faults, or the name of one that comes with the package: "
        f"{', '.join(scenarios.names())} (default: an empty world)",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes any free one (default)")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="also stop when the starting process is gone (for tests)"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    options = parser.parse_args(argv)
    parent = os.getppid()

    # The simulator must never look like a client of the real AWS, whatever the caller's shell says.
    for name in [n for n in os.environ if n.startswith("AWS_") or n == "MOTO_ACCOUNT_ID"]:
        del os.environ[name]

    from . import register
    from .assembly import seeding, start
    from .http.server import Server
    from .scenario.scenario import ScenarioError
    from .world.world import world

    try:
        start.fill(world)
        world.load(scenarios.find(options.scenario))
        register()
        start.follow(world)
        seeding.seed(world.scenario)
    except ScenarioError as problem:
        print(f"scenario: {problem}", file=sys.stderr)
        return 2
    try:
        server = Server(world, options.port)
    except (OSError, OverflowError) as problem:
        print(f"port {options.port}: {problem}; pick another or 0 for any free one", file=sys.stderr)
        return 2

    # The handler must not run in the serving thread, where shutdown() would wait for itself.
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    server.start()
    print(f"ready {server.url}", flush=True)
    while not stop.wait(1.0):
        # A killed test run cannot stop what it started; its simulators would listen for ever.
        if options.exit_with_parent and os.getppid() != parent:
            break
    server.shutdown()
    server.server_close()
    return 0


def command() -> None:
    """What ``drs-simulator`` runs: main(), and out."""
    status = main()
    sys.stdout.flush()
    # Without taking the interpreter apart: that takes up to a second and there is nothing left to save.
    os._exit(status)


if __name__ == "__main__":
    command()
