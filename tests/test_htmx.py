"""Parts and pages, redirects, and messages beside the parts."""

import pytest
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.test import RequestFactory
from django.test.utils import override_settings
from django_htmx.middleware import HtmxMiddleware

from billpay.htmx import ToastMiddleware, render_part, see_other

PAGE = "<h1>Bills</h1>{% partialdef rows inline %}<p>{{ count }} rows</p>{% endpartialdef %}"
TOASTS = "{% partialdef oob %}<div>{% for message in messages %}{{ message }};{% endfor %}</div>{% endpartialdef %}"
HTMX = {"HX-Request": "true"}
BOOSTED = {**HTMX, "HX-Boosted": "true"}


@pytest.fixture(autouse=True)
def _templates():
    loaders = [("django.template.loaders.locmem.Loader", {"page.html": PAGE, "components/toasts.html": TOASTS})]
    backend = {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": loaders}}
    with override_settings(TEMPLATES=[backend]):
        assert engines.all()
        yield


class Messages:
    """What the session would hold, kept on the request instead."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request._messages = CookieStorage(request)  # type: ignore[attr-defined]
        return self.get_response(request)


def answered(view, headers: dict[str, str] | None = None) -> tuple[HttpRequest, HttpResponse]:
    request = RequestFactory(headers=headers or {}).get("/demo/bills/")
    return request, HtmxMiddleware(Messages(ToastMiddleware(view)))(request)


def rows(request: HttpRequest) -> HttpResponse:
    return render_part(request, "page.html", "rows", {"count": 3}, trigger={"rows-changed": {"count": 3}})


def saved(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Saved")
    return rows(request)


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({}, "<h1>Bills</h1><p>3 rows</p>"),
        (HTMX, "<p>3 rows</p>"),
        (BOOSTED, "<h1>Bills</h1><p>3 rows</p>"),
        ({**HTMX, "HX-History-Restore-Request": "true"}, "<h1>Bills</h1><p>3 rows</p>"),
    ],
)
def test_htmx_gets_the_part_and_everyone_else_the_page(headers, content):
    assert answered(rows, headers)[1].content.decode() == content


def test_answer_varies_by_who_asked():
    assert "HX-Request" in answered(rows)[1]["Vary"]


def test_event_goes_with_a_part_and_not_with_a_page():
    assert answered(rows, HTMX)[1]["HX-Trigger"] == '{"rows-changed": {"count": 3}}'
    assert "HX-Trigger" not in answered(rows)[1]


def test_refused_form_keeps_its_status():
    assert answered(lambda request: render_part(request, "page.html", "rows", status=422), HTMX)[1].status_code == 422


@pytest.mark.parametrize("headers", [{}, BOOSTED])
def test_accepted_form_leads_on_with_303(headers):
    response = answered(lambda request: see_other(request, "/demo/bills/7/"), headers)[1]
    assert (response.status_code, response["Location"]) == (303, "/demo/bills/7/")


def test_accepted_form_tells_htmx_to_move():
    response = answered(lambda request: see_other(request, "/demo/bills/7/"), HTMX)[1]
    assert (response.status_code, response["HX-Redirect"]) == (200, "/demo/bills/7/")


def test_message_comes_beside_the_part():
    assert answered(saved, HTMX)[1].content.decode() == "<p>3 rows</p><div>Saved;</div>"


@pytest.mark.parametrize(
    ("view", "headers"),
    [
        (saved, {}),
        (saved, BOOSTED),
        (lambda request: messages.success(request, "Saved") or see_other(request, "/"), HTMX),
        (lambda request: messages.success(request, "Saved") or JsonResponse({}), HTMX),
        (lambda request: messages.success(request, "Saved") or HttpResponse(status=404), HTMX),
    ],
    ids=["page", "boosted page", "redirect", "no HTML", "not swapped"],
)
def test_message_waits_for_a_page_that_shows_it(view, headers):
    request, response = answered(view, headers)
    assert b"<div>" not in response.content
    assert not messages.get_messages(request).used


def test_part_without_messages_stays_as_it_is():
    assert answered(rows, HTMX)[1].content == b"<p>3 rows</p>"
