"""Related rows that a page asks for one by one raise, wherever a test draws that page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from zeal import zeal_context


class NPlusOneMiddleware:
    """Watch what reads. What writes is left alone: an action locks its rows one after another on purpose."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        with zeal_context():
            return self.get_response(request)
