"""Does a log line keep personal data to itself?"""

import pytest

from yingnuo.conf.logs import scrub


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail to li.wei+a@example.com failed", "mail to [mail] failed"),
        ("call +86 138 0000 1234 back", "call [phone] back"),
        ("call 13800001234", "call [phone]"),
        ("GET /t/5?token=abc 200", "GET /t/5?… 200"),
        ("ticket 482 took 120 ms", "ticket 482 took 120 ms"),
        ("at 2026-03-01T10:00:00", "at 2026-03-01T10:00:00"),
    ],
)
def test_personal_data_is_taken_out(text: str, shown: str) -> None:
    assert scrub(text) == shown
