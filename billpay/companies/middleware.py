"""What every page that Django draws has in common: it is private, and it speaks the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_cache_control


class PrivatePagesMiddleware:
    """
    Keep pages out of caches and of the back button after signing out, and read numbers as the reader does.

    Static files never come here: WhiteNoise answers them first. The language is the user's own choice, else the
    server's, never the browser's: `1.234` must mean the same to everyone who left the choice to the server.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(_language_of(request))
        request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        patch_cache_control(response, private=True, no_store=True)
        return response


def _language_of(request: HttpRequest) -> str:
    """A language Django knows. `en-us` stays: it has formats of its own, where `en` means the server's English."""
    chosen = request.user.locale.lower() if request.user.is_authenticated else ""
    for language in (chosen, chosen.partition("-")[0]):
        if language == "en-us" or (language not in {"", "en"} and translation.check_for_language(language)):
            return language
    return str(settings.LANGUAGE_CODE)
