"""What does a log line look like, and what never stands in one?

Lines go to standard output, one event each, as text or JSON. Personal data does not: addresses, telephone numbers and
query strings (which carry search words and signed links) are taken out before a line is written.
"""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.:-])\+?\d[\d -]{8,14}\d(?![\w.:-])")
_QUERY = re.compile(r"\?[^\s\"']+")


def scrub(text: str) -> str:
    """The text without mail addresses, telephone numbers and query strings."""
    return _PHONE.sub("[phone]", _MAIL.sub("[mail]", _QUERY.sub("?…", text)))


def scrub_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Structlog processor: scrubs the sentence and the trace of an event."""
    for name in ("event", "exception"):
        if isinstance(event.get(name), str):
            event[name] = scrub(event[name])
    return event


def configure(level: str, shape: str) -> dict[str, Any]:
    """The LOGGING dictionary for Django; also sets structlog up. `shape` is "text" or "json"."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        scrub_event,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    line: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if shape == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, line],
                # Without the extras of foreign lines: Django hangs the request there, Procrastinate a job's arguments.
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
        "root": {"handlers": ["out"], "level": level.upper()},
        "loggers": _quiet(level),
    }


def _quiet(level: str) -> dict[str, Any]:
    """Loggers of libraries that speak of every small step; Django's own handlers are taken away."""
    loud = ("httpx", "httpcore", "procrastinate", "axes", "asyncio", "uvicorn.access", "mail.log")
    quiet = {name: {"level": level.upper() if level == "debug" else "WARNING"} for name in loud}
    return {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "django.request": {"level": "ERROR"},
        **quiet,
    }
