"""Start one simulator: ``python -m tests.simulators eschoolplus --port 8360 [--seed FILE] [--log FILE] [--resume]``.

The seed file holds one district, or ``{"districts": [...]}``. ``--resume`` takes the gradebooks up where the log left
them (see ``resume``). Exit codes: 0 after SIGTERM or SIGINT, 2 for bad arguments, 78 for a seed that cannot be used.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from aiohttp import web

from tests.simulators.commit_log import CommitLog
from tests.simulators.control import Control
from tests.simulators.resume import resume
from tests.simulators.seed_values import BadSeedError
from tests.simulators.seeding import district_from
from tests.simulators.server import BODY_LIMIT, Host
from tests.simulators.systems import SYSTEMS
from tests.simulators.world import District

EX_CONFIG = 78


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop."""
    options = _parser().parse_args(arguments)
    try:
        districts = _seeded(options.seed)
    except (OSError, ValueError, BadSeedError) as error:
        print(f"seed {options.seed}: {error}", file=sys.stderr)
        return EX_CONFIG
    host = Host(SYSTEMS[options.system](), CommitLog(options.log))
    for district in districts:
        site = host.seed(district)
        if options.resume:
            resume(site, host.log.everything(district.code))
    asyncio.run(_serve(host, options.port))
    host.log.close()
    return 0


async def _serve(host: Host, port: int) -> None:
    # A client that hangs up is daily bread here, not something to print.
    logging.getLogger("aiohttp").setLevel(logging.ERROR)
    app = web.Application(client_max_size=BODY_LIMIT)
    app.add_routes(Control(host).routes())
    app.router.add_route("*", "/{address:.*}", host.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
    await site.start()
    stopped = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, stopped.set)
    print(f"ready http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await stopped.wait()
    await host.mishaps.stop()
    await runner.cleanup()


def _seeded(path: Path | None) -> list[District]:
    if path is None:
        return []
    given = json.loads(path.read_bytes())
    several = given["districts"] if isinstance(given, dict) and "districts" in given else [given]
    return [district_from(one) for one in several]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators", description="A simulated SIS.")
    parser.add_argument("system", choices=sorted(SYSTEMS))
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--log", type=Path, help="append the commit log to this file")
    parser.add_argument("--seed", type=Path, help="JSON of the districts to start with")
    parser.add_argument("--resume", action="store_true", help="go on from what the log says was committed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
