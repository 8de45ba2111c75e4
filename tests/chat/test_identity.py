"""Is a visitor believed only what his site signed, and is a token good only where it was made?"""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from yingnuo.chat import identity
from yingnuo.kit.errors import NotAllowed

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SECRET = "a-secret-of-the-shop"
SOON = int(NOW.timestamp()) + 600


def test_what_the_site_signed_is_believed() -> None:
    given = identity.sign(SECRET, id="m-1", name="陈晨", email="Chen@Harbour.example", exp=SOON)
    found = identity.verified(SECRET, given, now=NOW)
    assert (found.id, found.name, found.email) == ("m-1", "陈晨", "chen@harbour.example")


@pytest.mark.parametrize(
    "given",
    [
        identity.sign("another-secret-of-it", id="m-1", exp=SOON),
        identity.sign(SECRET, id="m-1", exp=SOON - 601),
        identity.sign(SECRET, id="m-1", exp=SOON + 2 * 86_400),
        identity.sign(SECRET, id="", exp=SOON),
        identity.sign(SECRET, id="m-1\x00", exp=SOON),
        identity.sign(SECRET, id="m-1", exp=SOON)[:-1],
        identity.sign(SECRET, id="m-1", exp=SOON).replace(".", "x.", 1),
        "", ".", "a.b", "x" * 10_000,
    ],
)  # fmt: skip
def test_everything_else_is_refused(given: str) -> None:
    with pytest.raises(NotAllowed):
        identity.verified(SECRET, given, now=NOW)


def test_a_site_without_a_secret_vouches_for_nobody() -> None:
    with pytest.raises(NotAllowed):
        identity.verified("", identity.sign("", id="m-1", exp=SOON), now=NOW)


def test_a_token_is_good_for_its_site_only() -> None:
    token = identity.token_for("shop", "a-key", known=False)
    assert identity.key_in("shop", token) == ("a-key", False)
    assert identity.key_in("other", token) == ("", False)
    assert identity.key_in("shop", token + "x") == ("", False)


def test_a_token_of_a_known_person_lives_for_hours() -> None:
    with time_machine.travel(NOW, tick=False):
        known, anonymous = identity.token_for("shop", "a", known=True), identity.token_for("shop", "b", known=False)
    with time_machine.travel(NOW + timedelta(hours=13), tick=False):
        assert identity.key_in("shop", known) == ("", False)
        assert identity.key_in("shop", anonymous) == ("b", False)
