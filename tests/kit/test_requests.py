"""What reaches the reader: language, zone, notices, refusals, switches, health?"""

from collections.abc import Callable

import pytest
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import get_language
from pytest_django import DjangoAssertNumQueries, Settings

from yingnuo.kit import middleware, views
from yingnuo.kit.errors import Conflict, Invalid

HTMX = {"HX-Request": "true"}
refuse = middleware.refusals(lambda request: HttpResponse())


def get(**headers: str) -> HttpRequest:
    return RequestFactory().get("/", headers=headers)


def refused(request: HttpRequest, error: Exception) -> HttpResponse:
    response = refuse.process_exception(request, error)
    assert response is not None
    return response


def test_htmx_hears_a_refusal_as_a_toast_and_swaps_nothing() -> None:
    response = refused(get(**HTMX), Conflict("%(who)s has it", who="Bo"))
    assert response.status_code == 409
    assert response["HX-Reswap"] == "none"
    assert '"text": "Bo has it"' in response["HX-Trigger"]


def test_a_person_gets_a_page_that_names_the_fields() -> None:
    response = refused(get(Accept="text/html"), Invalid("Not saved", fields={"title": "Say what it is about."}))
    assert response.status_code == 422
    assert b"Say what it is about." in response.content


def test_a_program_gets_problem_json() -> None:
    response = refused(get(Accept="application/json"), Conflict("Taken", code="ticket_taken"))
    assert response["Content-Type"] == "application/problem+json"
    assert b'"code": "ticket_taken"' in response.content


def test_faults_are_not_dressed_up_as_refusals() -> None:
    assert refuse.process_exception(get(), ValueError("bug")) is None


def test_refusal_text_cannot_break_out_of_the_page() -> None:
    assert b"<script>alert" not in refused(get(Accept="text/html"), Conflict("<script>alert(1)</script>")).content


def told(view: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    request = get(**HTMX)
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    response = middleware.toasts(view)(request)
    assert isinstance(response, HttpResponse)
    return response


def test_notice_goes_out_with_an_htmx_answer_beside_other_events() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        messages.success(request, "已保存")
        return HttpResponse(headers={"HX-Trigger": "yn:tickets"})

    trigger = told(view)["HX-Trigger"]
    assert "\\u5df2" in trigger
    assert '"yn:tickets": {}' in trigger


def test_notice_waits_over_a_redirect() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        messages.success(request, "Saved")
        return HttpResponse(status=302)

    assert "HX-Trigger" not in told(view)


@pytest.mark.parametrize(
    ("cookie", "browser", "language"), [("zh-hant", "en", "zh-hant"), ("xx", "zh-CN", "zh-hans"), ("", "fr", "en")]
)
def test_language_of_the_reader(cookie: str, browser: str, language: str, settings: Settings) -> None:
    request = get(**{"Accept-Language": browser})
    request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = cookie
    response = middleware.reader(lambda _request: HttpResponse(get_language()))(request)
    assert isinstance(response, HttpResponse)
    assert response.content.decode() == response["Content-Language"] == language


@pytest.mark.parametrize(("cookie", "zone"), [("Asia/Tokyo", "Asia/Tokyo"), ("../etc/passwd", "UTC"), ("", "UTC")])
def test_zone_of_the_reader(cookie: str, zone: str, settings: Settings) -> None:
    settings.TIME_ZONE = "UTC"
    request = get()
    request.COOKIES["yn_zone"] = cookie
    assert middleware.zone_of(request).key == zone


@pytest.mark.parametrize(
    ("wish", "goal"), [("/tickets?x=1", "/tickets?x=1"), ("https://evil.example/", "/"), ("", "/")]
)
def test_theme_switch_goes_back_to_our_own_pages_only(wish: str, goal: str) -> None:
    response = views.theme(RequestFactory().post("/", {"theme": "dark", "next": wish}))
    assert response["Location"] == goal
    assert response.cookies["yn_theme"].value == "dark"


def test_unknown_language_is_not_kept(settings: Settings) -> None:
    response = views.language(RequestFactory().post("/", {"language": "xx"}))
    assert settings.LANGUAGE_COOKIE_NAME not in response.cookies


@pytest.mark.django_db
def test_ready_asks_the_database_and_healthy_does_not(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert client.get("/readyz").json() == {"ready": True}
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok"


def test_error_pages_need_no_database() -> None:
    response = views.server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert b"has been recorded" in response.content


@pytest.mark.django_db
def test_styleguide_is_closed_to_strangers(client: Client) -> None:
    assert client.get("/styleguide").status_code == 403


@pytest.mark.parametrize("page", ["/styleguide", "/styleguide/desk", "/styleguide/portal"])
@pytest.mark.django_db
def test_styleguide_has_nothing_inline(client: Client, settings: Settings, page: str) -> None:
    settings.DEBUG = True
    html = client.get(page).content.decode()
    assert " style=" not in html
    assert " onclick=" not in html
    assert "<script>" not in html
