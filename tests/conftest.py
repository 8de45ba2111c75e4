"""What does every test rely on? A PostgreSQL to make its database in, and honest skips."""

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack

import pytest

from yingnuo.conf import options
from yingnuo.host import postgres

# Tests may lose their data when the machine fails: that makes the embedded server several times quicker.
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """DATABASE_URL's server, or the embedded one, shared by parallel and following runs."""
    with ExitStack() as stack:
        stack.enter_context(postgres.running(options.current(), _CARELESS))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI set, a test that is skipped because something is missing on this machine has failed."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself whole."""
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    # A skip that is right on some machines for ever (another operating system, say) begins with "not here:".
    reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
    if os.environ.get("CI") and reason and not reason.removeprefix("Skipped: ").startswith("not here:"):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: CI allows no skip: {reason}"
