"""How does a long-running command learn that it should stop?"""

import signal
import threading


def stop_event() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set. Call it in the main thread."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
