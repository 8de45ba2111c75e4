"""Does a session come only to whom the app's server has signed, once, and to nobody else's customer?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.api.customer.conftest import Shop, User, b64
from tests.factories import House
from yingnuo.customer_apps import services, sessions
from yingnuo.customer_apps.models import AppKey, AppUser, UsedIdentity
from yingnuo.customer_apps.services import AppFacts
from yingnuo.journey import joining
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM


def _begun(token: str) -> Any:
    return User("").post("/session", {"identity": token})


def test_a_user_whose_address_is_checked_is_the_customer_of_that_address(house: House, chen: User) -> None:
    assert chen.get("/me").json()["id"] == house.chen.pk


def test_an_address_that_nobody_checked_opens_nobodys_requests(house: House, shop: Shop) -> None:
    told = shop.user("u-mallory", email="chen@harbour.example").get("/me").json()
    assert (told["id"] != house.chen.pk, told["email"]) == (True, "")


def test_a_user_stays_the_customer_he_was(shop: Shop, chen: User) -> None:
    again = shop.user(email="else@harbour.example", email_verified=True).get("/me").json()
    assert again["id"] == chen.get("/me").json()["id"]


def test_an_identity_opens_one_session(shop: Shop) -> None:
    token = shop.signed(shop.claims())
    assert _begun(token).status_code == 201
    again = _begun(token)
    assert (again.status_code, again.json()["code"]) == (401, "identity_replayed")


def _ends(**shift: int) -> int:
    return int((instants.now() + timedelta(**shift)).timestamp())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aud": "another"}, "wrong_audience"), ({"exp": 1_000}, "expired"), ({"sub": ""}, "malformed"),
        ({"jti": ""}, "malformed"), ({"exp": "soon"}, "malformed"), ({"sub": 7}, "malformed"),
        ({"exp": True}, "malformed"),
        ({"exp": 2**62}, "malformed"), ({"name": "x" * 121}, "malformed"),
    ],
)  # fmt: skip
def test_claims_that_do_not_fit_are_refused(shop: Shop, change: dict[str, Any], code: str) -> None:
    refused = _begun(shop.signed(shop.claims(**change)))
    assert (refused.status_code, refused.json()["code"]) == (401, f"identity_{code}")
    assert not AppUser.objects.exists()
    assert not UsedIdentity.objects.exists()


def test_an_identity_that_would_live_for_hours_is_refused(shop: Shop) -> None:
    assert _begun(shop.signed(shop.claims(exp=_ends(hours=2)))).json()["code"] == "identity_too_long"
    assert _begun(shop.signed(shop.claims(iat=_ends(minutes=9)))).json()["code"] == "identity_not_yet"
    assert not AppUser.objects.exists()


@pytest.mark.parametrize("head", [{"alg": "none"}, {"alg": "EdDSA"}, {"kid": "who"}, {"crit": ["b64"]}, {"kid": 7}])
def test_a_header_that_does_not_fit_is_refused(shop: Shop, head: dict[str, Any]) -> None:
    assert _begun(shop.signed(shop.claims(), **head)).status_code == 401
    assert not AppUser.objects.exists()


def test_another_secret_and_a_changed_word_are_refused(shop: Shop) -> None:
    assert _begun(Shop(shop.app, shop.kid, "x").signed(shop.claims())).json()["code"] == "identity_bad_signature"
    head, _claims, signature = shop.signed(shop.claims()).split(".")
    assert _begun(f"{head}.{b64(b'{}')}.{signature}").json()["code"] == "identity_bad_signature"
    assert not AppUser.objects.exists()


def test_a_public_key_signs_as_well(shop: Shop) -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    key, shown = services.add_key(SYSTEM, app=shop.app.pk, algorithm="EdDSA", public=pem, now=instants.now())
    first = shop.signed(shop.claims(), alg="EdDSA", kid=key.kid).rpartition(".")[0]
    assert shown == ""
    assert _begun(f"{first}.{b64(private.sign(first.encode()))}").status_code == 201
    # the public key is no secret: whoever knows it must not be able to sign with it
    forged = Shop(shop.app, key.kid, pem).signed(shop.claims())
    assert _begun(forged).json()["code"] == "identity_wrong_algorithm"


def test_keys_are_changed_without_a_gap(shop: Shop) -> None:
    key, secret = services.add_key(SYSTEM, app=shop.app.pk, algorithm="HS256", now=instants.now())
    assert Shop(shop.app, key.kid, secret).user().get("/me").status_code == 200
    assert shop.user().get("/me").status_code == 200
    with time_machine.travel(instants.now() + services.OVERLAP + timedelta(minutes=1)):
        assert _begun(shop.signed(shop.claims())).json()["code"] == "identity_unknown_key"


def test_a_key_that_was_ended_opens_nothing(shop: Shop) -> None:
    services.end_key(SYSTEM, key=AppKey.objects.get().pk, now=instants.now())
    assert _begun(shop.signed(shop.claims())).status_code == 401
    assert not AppUser.objects.exists()


@pytest.mark.parametrize("session", ["", "x", "1.1:abc:def"])
def test_a_forged_session_is_401(house: House, session: str) -> None:
    response = User(session).get("/tickets")
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_a_session_ends_after_an_hour(chen: User) -> None:
    with time_machine.travel(instants.now() + timedelta(minutes=59)):
        assert chen.get("/me").status_code == 200
    with time_machine.travel(instants.now() + timedelta(minutes=61)):
        assert chen.get("/me").status_code == 401


def test_sessions_end_with_their_app_or_when_they_are_ended(shop: Shop, chen: User) -> None:
    services.end_sessions(SYSTEM, app=shop.app.pk, now=instants.now())
    assert chen.get("/me").status_code == 401
    later = shop.user("u-2")
    services.save(SYSTEM, pk=shop.app.pk, facts=AppFacts("shop", "Shop", active=False), now=instants.now())
    assert later.get("/me").status_code == 401
    assert _begun(shop.signed(shop.claims())).status_code == 401


def test_a_customer_who_was_joined_is_the_other_from_then_on(house: House, shop: Shop, chen: User) -> None:
    joining.join(SYSTEM, kept=house.wang.pk, absorbed=house.chen.pk, evidence="said_so", now=instants.now())
    assert chen.get("/me").json()["id"] == house.wang.pk
    assert shop.user().get("/me").json()["id"] == house.wang.pk


def test_used_identities_are_forgotten_when_they_have_ended(shop: Shop) -> None:
    shop.user()
    assert sessions.forget(now=instants.now()) == 0
    assert sessions.forget(now=instants.now() + timedelta(minutes=7)) == 1


@pytest.mark.parametrize(("origin", "told"), [("https://shop.example", True), ("https://evil.example", False)])
def test_only_the_apps_own_pages_may_call_across_origins(chen: User, origin: str, told: bool) -> None:
    asked = chen.ask("OPTIONS", "/tickets", Origin=origin, Access_Control_Request_Method="POST")
    assert (asked.status_code, "Access-Control-Allow-Origin" in asked.headers) == (204, told)
    answer = chen.get("/me", Origin=origin)
    assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is told
    assert "Access-Control-Allow-Credentials" not in answer.headers
