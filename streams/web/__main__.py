"""`python -m streams.web --port 8080`: the API as a process of its own. Exit 78: it refuses to run so."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

import uvicorn

from schemas.cluster import Cluster
from streams import structured_log
from streams.exits import EXIT_CONFIGURATION, ConfigurationRefused
from streams.web.app import on_cluster
from streams.web.settings import WebSettings, told_login, told_trust


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    try:
        settings = _settings(_parse(arguments))
    except ConfigurationRefused as refused:
        print(f"streams.web: {refused}", file=sys.stderr)
        return EXIT_CONFIGURATION
    structured_log.configure()
    app = on_cluster(Cluster.from_env(), settings)
    for asked in (signal.SIGTERM, signal.SIGINT):
        # uvicorn stops cleanly and then raises the signal again: being asked to stop is no failure
        signal.signal(asked, lambda *_: sys.exit(0))
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # a path has ids in it
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m streams.web", description=__doc__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; TLS is the proxy's in front"
    )
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--share", default="0/1", help="i/n: follow only the partitions p with p %% n == i")
    parser.add_argument(
        "--host-name", action="append", default=[], help="a Host header to answer; repeatable"
    )
    return parser.parse_args(arguments)


def _settings(told: argparse.Namespace) -> WebSettings:
    index, _, of = told.share.partition("/")
    if not (index.isdecimal() and of.isdecimal() and int(index) < int(of)):
        raise ConfigurationRefused(f"--share {told.share}: i/n with i < n, such as 0/2 and 1/2")
    return WebSettings(
        trust=told_trust(),
        host=told.host,
        port=told.port,
        development_login=told_login(),
        share=(int(index), int(of)),
        hosts=tuple(told.host_name),
    ).checked()


if __name__ == "__main__":
    sys.exit(main())
