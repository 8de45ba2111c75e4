"""How is one web process run?"""

import argparse

import uvicorn

from yingnuo.conf import options
from yingnuo.host import supervisor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `serve`."""
    here = options.current()
    parser.add_argument("--host", default=here.host, help="address to listen on (YINGNUO_HOST)")
    parser.add_argument("--port", type=int, default=here.port, help="port to listen on (YINGNUO_PORT)")
    parser.add_argument("--leash", action="store_true", help="stop when standard input closes")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C; open requests get three seconds to finish, open streams are closed then."""
    if arguments.leash:
        supervisor.leash()
    here = options.current()
    uvicorn.run(
        "yingnuo.conf.asgi:application",
        host=arguments.host,
        port=arguments.port,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=4096,
        proxy_headers=bool(here.trusted_proxies),
        forwarded_allow_ips=list(here.trusted_proxies),
        timeout_graceful_shutdown=3,
    )
    return 0
