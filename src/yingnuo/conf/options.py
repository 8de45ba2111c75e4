"""What can the operator of an installation choose?

One frozen dataclass; nothing else in Yingnuo reads the environment. Each field is one variable: `YINGNUO_` and the
field's name in capitals, except `DATABASE_URL`, which every hosting platform knows by that name. A wrong value stops
the start with a sentence that names the variable and says what to write.
"""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

# A Unix socket's address has 108 bytes at most on Linux, 104 on macOS; PostgreSQL adds "/.s.PGSQL.5432".
_LONGEST_SOCKET_FOLDER = 85


class OptionError(Exception):
    """A variable of the environment holds something that cannot be used; the message says what to write instead."""


def _text(value: str) -> str:
    return value


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(value)

    return parse


def _yes_no(value: str) -> bool:
    if value.lower() not in ("yes", "no"):
        raise ValueError("yes or no")
    return value.lower() == "yes"


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return value

    return parse


def _folder(value: str) -> Path:
    return Path(value).expanduser().absolute()


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/")):
        raise ValueError("an address without a path, such as https://service.example.com")
    return value.rstrip("/")


def _database_url(value: str) -> str:
    if value and urlsplit(value).scheme not in ("postgres", "postgresql"):
        raise ValueError("postgresql://user:password@host:5432/name, or leave it out for the embedded PostgreSQL")
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("a name of the IANA time zone database, such as Asia/Shanghai")
    return ZoneInfo(value).key


def _option(default: str, doc: str, parse: Callable[[str], Any] = _text, variable: str = "") -> Any:
    return field(default=parse(default), metadata={"doc": doc, "parse": parse, "variable": variable})


def _secret(doc: str, parse: Callable[[str], Any] = _text, variable: str = "") -> Any:
    """An option whose value is shown nowhere: neither in `repr` nor in a complaint about it."""
    return field(default="", repr=False, metadata={"doc": doc, "parse": parse, "variable": variable})


_LANGUAGES = ("zh-hans", "zh-hant", "en")


@dataclass(frozen=True, slots=True)
class Options:
    """The choices of one installation, each with its default and what it means."""

    var: Path = _option("var", "Folder for all data: embedded database, uploads, secret key.", _folder)
    database_url: str = _secret("PostgreSQL 15 or later. Empty: the embedded one.", _database_url, "DATABASE_URL")
    secret_key: str = _secret("Signs links and sessions, seals stored secrets. Empty: made once, kept in var.")
    base_url: str = _option("", "Address under which people reach this installation, for links in mail.", _base_url)
    allowed_hosts: tuple[str, ...] = _option("", "Further host names to answer to, with commas between.", _words)
    trusted_proxies: tuple[str, ...] = _option("", "Addresses of proxies whose X-Forwarded-* is believed.", _words)
    host: str = _option("127.0.0.1", "Address to listen on; 0.0.0.0 for all.")
    port: int = _option("8000", "Port to listen on.", _whole(1, 65535))
    web_threads: int = _option("8", "Requests handled at the same time by one web process.", _whole(1, 200))
    job_threads: int = _option("4", "Jobs done at the same time by one work process.", _whole(1, 100))
    link_days: int = _option(
        "180", "A customer's link opens his ticket until so many days after its closing.", _whole(1, 3650)
    )
    max_upload_mb: int = _option("25", "Largest request body and largest mail, in MiB.", _whole(1, 2048))
    language: str = _option("zh-hans", "Language when a reader's own is unknown.", _one_of(*_LANGUAGES))
    time_zone: str = _option("Asia/Shanghai", "Time zone when a reader's own is unknown.", _zone)
    organisation: str = _option("", "Name of the organisation, shown to customers. Empty: Yingnuo.")
    debug: bool = _option("no", "Show errors in the browser. Never on a machine that others reach.", _yes_no)
    session_hours: int = _option("12", "A sign-in ends after so many hours.", _whole(1, 8760))
    login_failures: int = _option("8", "Wrong passwords before a name is locked for 15 minutes.", _whole(1, 100))
    log_level: str = _option("info", "Least severity that is logged.", _one_of("debug", "info", "warning", "error"))
    log_format: str = _option("text", "Shape of a log line.", _one_of("text", "json"))
    mail_host: str = _option("", "SMTP server for outgoing mail. Empty: mail waits in the outbox, nothing is sent.")
    mail_port: int = _option("587", "Its port.", _whole(1, 65535))
    mail_security: str = _option("starttls", "How the connection is protected.", _one_of("starttls", "tls", "none"))
    mail_user: str = _option("", "Its user name; empty when none is asked.")
    mail_password: str = _secret("Its password.")
    mail_from: str = _option("", "Sender of notices to staff and of answers from no mailbox of their own.")
    mail_timeout: int = _option("20", "Seconds to wait for the mail server.", _whole(1, 300))
    smtp_host: str = _option("127.0.0.1", "Address on which incoming mail is taken by SMTP.")
    smtp_port: int = _option("0", "Port for it, such as 2525. 0: no incoming SMTP.", _whole(0, 65535))
    smtp_certificate: str = _option(
        "", "Certificate file (PEM, with its chain) for STARTTLS there. Empty: no STARTTLS."
    )
    smtp_key: str = _option("", "Key file of it. Empty: it is in the certificate's file.")
    sms_url: str = _option("", "HTTP address of the SMS gateway. Empty: no SMS is sent.")
    sms_key: str = _secret("Its key, sent as a bearer token.")
    sms_sender: str = _option("", "Sender or signature of the SMS.")
    inner_hosts: tuple[str, ...] = _option(
        "", "Hosts of the own network that webhooks may call, also without TLS, with commas between.", _words
    )
    metrics_token: str = _secret("Bearer token for /metrics. Empty: the page does not exist.")
    backup_keep: int = _option("14", "Backups that are kept when one is written to var.", _whole(1, 1000))
    demo: bool = _option("no", "Fill an empty database with the demonstration company.", _yes_no)

    @property
    def embedded(self) -> bool:
        """True when Yingnuo runs its own PostgreSQL."""
        return not self.database_url

    @property
    def database(self) -> str:
        """Connection address of the database: the chosen one, or the embedded one's Unix socket."""
        if self.database_url:
            return self.database_url
        return f"postgresql://yingnuo@/yingnuo?host={quote(str(self.socket_folder), safe='')}"

    @property
    def postgres_folder(self) -> Path:
        """Where the embedded PostgreSQL keeps its data."""
        return self.var / "pg"

    @property
    def socket_folder(self) -> Path:
        """Where its socket lies: with the data, or in the system's temporary folder when that path is too long."""
        if len(os.fsencode(self.postgres_folder)) <= _LONGEST_SOCKET_FOLDER:
            return self.postgres_folder
        mark = hashlib.sha256(os.fsencode(self.postgres_folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"yingnuo-{mark}"

    @property
    def media_folder(self) -> Path:
        """Attachments and other uploads."""
        return self.var / "media"

    @property
    def static_folder(self) -> Path:
        """Collected static files; can be made again at any time."""
        return self.var / "static"

    @property
    def address(self) -> str:
        """Base of absolute links, without a slash at the end."""
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return self.base_url or f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"


def variable(option: Field[Any]) -> str:
    """Name of the variable that sets this field."""
    return option.metadata["variable"] or f"YINGNUO_{option.name.upper()}"


def load(environ: Mapping[str, str]) -> Options:
    """The options that this environment sets. An unknown `YINGNUO_…` name is refused: it is a misspelling."""
    known = {variable(option): option for option in fields(Options)}
    unknown = sorted(name for name in environ if name.startswith("YINGNUO_") and name not in known)
    if unknown:
        raise OptionError(f"{unknown[0]} is no option of Yingnuo; `yingnuo options` lists all of them")
    chosen = {option.name: _parse(name, option, environ[name]) for name, option in known.items() if name in environ}
    return Options(**chosen)


def written(value: object) -> str:
    """A value as it is written in the environment; the opposite of parsing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def environment(**chosen: str) -> dict[str, str]:
    """The environment for a child process in which these fields have these values: `environment(port="9000")`."""
    names = {option.name: variable(option) for option in fields(Options)}
    return {**os.environ, **{names[field]: value for field, value in chosen.items()}}


@lru_cache(maxsize=1)
def current() -> Options:
    """The options of this process, read once."""
    return load(os.environ)


def secret_key(options: Options) -> str:
    """The chosen secret key, else the one kept in `var/secret_key`, made at the first call; mode 0600."""
    if options.secret_key:
        return options.secret_key
    kept = options.var / "secret_key"
    if not kept.exists():
        _keep_once(kept, secrets.token_urlsafe(50))
    key = kept.read_text(encoding="ascii").strip()
    if not key:
        raise OptionError(f"{kept} is empty: put the key of your backup there, or delete the file to make a new one")
    return key


def _parse(name: str, option: Field[Any], value: str) -> Any:
    if value == "" and option.default is not MISSING:
        return option.default
    try:
        return option.metadata["parse"](value)
    except ValueError as error:
        shown = repr(value) if option.repr else "that"
        raise OptionError(f"{name} cannot be {shown}: write {error}") from None


def _keep_once(path: Path, text: str) -> None:
    """Write a file that nobody else may read. Of two processes that do it at once, the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        os.link(name, path)  # unlike a rename, it fails when the other one was quicker
    except FileExistsError:
        return
    finally:
        os.unlink(name)
