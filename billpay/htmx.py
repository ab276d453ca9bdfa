"""Whole pages for browsers, parts of them for htmx, from one view and one template."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

_SWAPPED = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.UNPROCESSABLE_ENTITY}
_MOVES_ON = ("HX-Redirect", "HX-Location", "HX-Refresh")


def wants_part(request: HttpRequest) -> bool:
    """
    Whether htmx asked for a piece of the page.

    It asks for the whole page when it boosts a link, and when it restores a page that left its history.
    """
    htmx = cast("HtmxDetails", request.htmx)  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_part(
    request: HttpRequest,
    template: str,
    part: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = HTTPStatus.OK,
    trigger: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """
    Draw the partial `part` of `template` for htmx, and the whole template for everyone else.

    :param status: 422 for a form that was refused; the page's `htmx-config` lets htmx swap it.
    :param trigger: client events by name with their JSON details, sent with a part only.
    """
    as_part = wants_part(request)
    name = f"{template}#{part}" if as_part else template
    response = render(request, name, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Boosted", "HX-History-Restore-Request"])
    if as_part and trigger:
        response["HX-Trigger"] = json.dumps(dict(trigger))
    return response


class SeeOther(HttpResponseRedirect):
    """A redirect that is followed by GET whatever came before: what a form that was accepted is answered with."""

    status_code = HTTPStatus.SEE_OTHER


def see_other(request: HttpRequest, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """
    Send on to another page after a form was accepted: 303, so that reloading sends nothing again.

    htmx would follow a redirect and swap the new page into the old one, so it is told to move instead.

    :param to: an address, a URL name with its arguments, or an object with `get_absolute_url`.
    """
    address = resolve_url(to, *args, **kwargs)
    if wants_part(request):
        return HttpResponseClientRedirect(address)
    return SeeOther(address)


class ToastMiddleware:
    """
    Show messages beside the part that htmx swaps in.

    A whole page shows them itself, and a redirect keeps them for the page that it leads to.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if wants_part(request) and isinstance(response, HttpResponse) and _is_swapped(response):
            messages = get_messages(request)
            if isinstance(messages, BaseStorage) and not messages.used and len(messages):
                toasts = render_to_string("components/toasts.html#oob", {"messages": list(messages)}, request)
                response.write(toasts)
        return response


def _is_swapped(response: HttpResponse) -> bool:
    return (
        response.status_code in _SWAPPED
        and response.get("Content-Type", "").startswith("text/html")
        and not any(header in response for header in _MOVES_ON)
    )
