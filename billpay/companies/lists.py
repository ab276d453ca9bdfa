"""What every list reads from its address: the page, how many a page, and the order."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PER_PAGE = (25, 50, 100)


def paginate(request: HttpRequest, rows: Any, *, per_page: int = PER_PAGE[0]) -> Page[Any]:
    """
    The page of `rows` that `?page=` and `?per=` ask for.

    :param rows: a queryset in a settled order, or a list.
    :returns: the nearest page there is, when the one asked for is not.
    """
    asked = request.GET.get("per", "")
    if asked.isascii() and asked.isdigit() and int(asked) in PER_PAGE:
        per_page = int(asked)
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def sorting(request: HttpRequest, *, allowed: Collection[str], default: str) -> str:
    """The order `?sort=` asks for, as in "due_date" or "-due_date", if it is one of `allowed`; else the default."""
    asked = request.GET.get("sort", "")
    return asked if asked.removeprefix("-") in allowed else default
