"""What runs around a story in a browser: web server, worker process, SMTP server, SMS gateway, all of them real."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import pytest
from a2wsgi import WSGIMiddleware
from django.conf import settings as django_settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings

from tests.factories import PASSWORD, House
from tests.kit.serving import serve
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.channels.sinks import MailSink
from yingnuo.conf import asgi
from yingnuo.kit import live

T = TypeVar("T")
CHROMIUM = shutil.which("chromium")


@dataclass(frozen=True, slots=True)
class Town:
    """Everything that runs."""

    house: House
    address: str
    browser: Browser

    def page(self, *, staff: str = "") -> Page:
        """A page of its own visitor, signed in by the sign-in page when `staff` is named."""
        context = self.browser.new_context(base_url=self.address, locale="zh-CN", timezone_id="Asia/Shanghai")
        page = context.new_page()
        if staff:
            page.goto("/login/")
            page.locator("[name=username]").fill(staff)
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("form[action*='login'] button.btn-primary, main form button.btn-primary").first.click()
            expect(page).not_to_have_url(re.compile("login"))
        return page


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _database_url() -> str:
    s = connection.settings_dict
    return f"postgresql://{s['USER']}:{s['PASSWORD']}@/{s['NAME']}?host={s['HOST']}&port={s['PORT'] or 5432}"


@contextmanager
def opened(house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The town around a company that has been founded; all of it stops at the end."""
    settings.DEBUG = True
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    mail_port = _free_port()
    pages = WSGIMiddleware(StaticFilesHandler(get_wsgi_application()), workers=4)
    with ExitStack() as stack:
        address = stack.enter_context(serve(asgi.bridge(pages, live.sse, max_body=10**7)))
        Channel.objects.create(
            code="sms", name="SMS", kind=ChannelKind.SMS, settings={"url": f"{address}/api/v1/sim/sms"}
        )
        sink = MailSink(mail_port)
        sink.start()
        stack.callback(sink.stop)
        stack.enter_context(Worker(mail_port, address))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield Town(house, address, browser)
        browser.close()


class Worker:
    """A real work process on the test's database, stopped at the end."""

    def __init__(self, mail_port: int, address: str) -> None:
        self._environment = environment() | {
            "YINGNUO_MAIL_HOST": "127.0.0.1",
            "YINGNUO_MAIL_PORT": str(mail_port),
            "YINGNUO_MAIL_SECURITY": "none",
            "YINGNUO_MAIL_FROM": "desk@yingnuo.example",
            "YINGNUO_BASE_URL": address,
        }

    def __enter__(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen([sys.executable, "-m", "yingnuo", "work"], env=self._environment)
        return self._process

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        assert self._process.wait(30) == 0


def environment() -> dict[str, str]:
    """What a process of the product needs to work on the test's database."""
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("YINGNUO_")},
        "DJANGO_SETTINGS_MODULE": "yingnuo.conf.settings",
        "DATABASE_URL": _database_url(),
        "YINGNUO_VAR": os.environ["YINGNUO_VAR"],
        "YINGNUO_SECRET_KEY": django_settings.SECRET_KEY,
    }


def db(read: Callable[[], T]) -> T:
    """Reads in a thread: under playwright's event loop this one would get a second connection that nobody closes."""

    def closing() -> T:
        try:
            return read()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closing).result()
