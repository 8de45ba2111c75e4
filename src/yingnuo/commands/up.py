"""What happens between `yingnuo up` and the first page?

Database, migrations, demonstration data when asked for, then a web and a work process under one supervisor. Ctrl-C or
SIGTERM stops them in turn, the database last. The work is done by children, so this process stays small and can stop
them whatever they do.
"""

import argparse
import http.client
import socket
import subprocess
import sys
import threading
import webbrowser

from yingnuo.conf import options
from yingnuo.conf.options import OptionError, Options
from yingnuo.host import postgres
from yingnuo.host.signals import stop_event
from yingnuo.host.supervisor import Program, Supervisor

_FIRST_PAGE_S = 120
_SINK_PORT = 2526


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `up`."""
    parser.add_argument("--demo", action="store_true", help="fill an empty database with the demonstration company")
    parser.add_argument("--host", help="address to listen on (YINGNUO_HOST)")
    parser.add_argument("--port", help="port to listen on (YINGNUO_PORT)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the first page in a browser")


def run(arguments: argparse.Namespace) -> int:
    """Start everything, wait, stop everything."""
    chosen = {name: value for name in ("host", "port") if (value := getattr(arguments, name))}
    if arguments.demo:
        chosen |= {"demo": "yes", **_mail_to_the_sink()}
    environment = options.environment(**chosen)
    here = options.load(environment)
    _require_free_port(here)
    stop = stop_event()
    with postgres.running(here):
        if not _child_succeeds("migrate", environment):
            return 1
        logins = _demo(environment) if here.demo else "No account yet? Make the first one: yingnuo createadmin"
        programs = [
            Program("web", ("-m", "yingnuo", "serve", "--leash"), environment),
            Program("work", ("-m", "yingnuo", "work", "--leash"), environment),
        ]
        if here.demo:  # the older history, the simulator and the mail sink
            programs.append(Program("demo", ("-m", "yingnuo", "demo", "run", "--leash"), environment))
        with Supervisor(programs) as supervisor:
            browse = sys.stdout.isatty() and not arguments.no_browser
            threading.Thread(target=_greet, args=(here, logins, browse, stop), daemon=True).start()
            supervisor.watch(stop)
            print("Yingnuo stops.", flush=True)
    return 0


def _mail_to_the_sink() -> dict[str, str]:
    """In a demonstration mail goes to the sink of this machine, unless the operator named a server."""
    if options.current().mail_host:
        return {}
    return {"mail_host": "127.0.0.1", "mail_port": str(_SINK_PORT), "mail_security": "none"}


def _require_free_port(here: Options) -> None:
    family = socket.AF_INET6 if ":" in here.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((here.host, here.port))
        except OSError as error:
            where = f"{here.host} port {here.port}"
            raise OptionError(f"cannot listen on {where} ({error.strerror}); choose --port") from None


def _child_succeeds(command: str, environment: dict[str, str]) -> bool:
    return subprocess.run([sys.executable, "-m", "yingnuo", command], env=environment, check=False).returncode == 0


def _demo(environment: dict[str, str]) -> str:
    """Load the demonstration when the database is empty; what the command prints are the logins."""
    command = [sys.executable, "-m", "yingnuo", "demo", "load", "--if-empty"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "The demonstration could not be loaded; see above."


def _greet(here: Options, logins: str, browse: bool, stop: threading.Event) -> None:
    for _ in range(_FIRST_PAGE_S * 5):
        if stop.wait(0.2):
            return
        if _answers(here):
            print(f"\nYingnuo answers at {here.address}\n{logins}", flush=True)
            print(f"Ctrl-C stops it; all data stays in {here.var}\n", flush=True)
            if browse:
                webbrowser.open(here.address)
            return
    print(f"No page answered within {_FIRST_PAGE_S} s; see the lines above.", file=sys.stderr, flush=True)


def _answers(here: Options) -> bool:
    reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(here.host, here.host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(reach, here.port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{here.port}"})
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()
