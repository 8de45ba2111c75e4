"""What is missing or wrong in this installation, and what mends it?"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

import yingnuo
from yingnuo.conf.options import Options
from yingnuo.host import assets, upgrade
from yingnuo.promises import versions, zone_data

_LEAST_DISK = 1024**3
_OLDEST_SERVER = 150_000
_PACKAGE = Path(yingnuo.__file__).parent


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `mend` is empty when it is well."""

    subject: str
    seen: str
    mend: str = ""


def examine(options: Options) -> list[Finding]:
    """All findings, in the order in which one would mend them. The database must be running."""
    checks: tuple[Callable[[Options], Finding], ...] = (
        _disk, _secret_key, _server, _migrations, _browser_files, _translations, _address, _mail, _sms, _zone_data,
    )  # fmt: skip
    return [check(options) for check in checks]


def _disk(options: Options) -> Finding:
    free = shutil.disk_usage(options.var).free
    mend = "" if free > _LEAST_DISK else "make room: less than 1 GiB is left, and PostgreSQL stops when it is full"
    return Finding("data folder", f"{options.var}, {free / 1024**3:.1f} GiB free", mend)


def _secret_key(options: Options) -> Finding:
    kept = options.var / "secret_key"
    if options.secret_key:
        return Finding("secret key", "from YINGNUO_SECRET_KEY")
    mode = kept.stat().st_mode & 0o777
    return Finding("secret key", f"{kept}, mode {mode:o}", "" if mode == 0o600 else f"chmod 600 {kept}")


def _server(options: Options) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('server_version_num')::int")
        version, number = cursor.fetchone()
    whose = "embedded" if options.embedded else "from DATABASE_URL"
    mend = "" if number >= _OLDEST_SERVER else "PostgreSQL 15 or later is needed"
    return Finding("database", f"PostgreSQL {version}, {whose}", mend)


def _migrations(_options: Options) -> Finding:
    lacking = upgrade.pending()
    return Finding("migrations", f"{len(lacking)} pending", "yingnuo migrate" if lacking else "")


def _browser_files(_options: Options) -> Finding:
    there = (_PACKAGE / "kit/static/vendor" / assets.STAMP).is_file()
    mend = "" if there else "install again with Node.js on PATH and without YN_SKIP_ASSETS"
    return Finding("browser files", "there" if there else "missing", mend)


def _translations(_options: Options) -> Finding:
    sources = sorted(_PACKAGE.glob("locale/*/LC_MESSAGES/django.po"))
    lacking = [source.parts[-3] for source in sources if not source.with_suffix(".mo").is_file()]
    seen = f"{len(sources) - len(lacking)} of {len(sources)} compiled"
    return Finding("translations", seen, "install again: pip install . compiles them" if lacking else "")


def _address(options: Options) -> Finding:
    open_to_others = options.host not in ("127.0.0.1", "localhost", "::1")
    mend = "set YINGNUO_BASE_URL to the address people use" if open_to_others and not options.base_url else ""
    return Finding("address", options.address, mend)


def _mail(options: Options) -> Finding:
    if not options.mail_host:
        return Finding("outgoing mail", "waits in the outbox: YINGNUO_MAIL_HOST is not set")
    mend = "" if options.mail_from else "set YINGNUO_MAIL_FROM"
    return Finding("outgoing mail", f"{options.mail_host}:{options.mail_port}, {options.mail_security}", mend)


def _zone_data(_options: Options) -> Finding:
    """Only what is there can be asked: before the first migration no service time is."""
    if upgrade.pending():
        return Finding("zone data", zone_data.release() or "unnamed")
    changed = [v.calendar.name for v in versions.with_other_zone_data()]
    seen = f"{zone_data.release() or 'unnamed'}; other rules than when made: {', '.join(changed) or 'none'}"
    mend = "save these service times again in the settings, and look at what that moves" if changed else ""
    return Finding("zone data", seen, mend)


def _sms(options: Options) -> Finding:
    return Finding("SMS", "by the gateway" if options.sms_url else "none: YINGNUO_SMS_URL is not set")
