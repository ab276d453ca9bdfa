"""
The menu of each row of the inbox.

Menus of bills that may be done the same with differ in nothing but the id, so each kind is drawn once and
the id put in: fifty menus cost as much as the two or three kinds among them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from billpay.bills.models import Bill
from billpay.companies.access import Permission
from billpay.companies.models import Company

_ID = "0000000000000000000"
"""Stands for the id while a kind is drawn: digits that no id has, since ids do not begin with 0."""


def menus(bills: Iterable[Bill], *, company: Company, permissions: frozenset[Permission]) -> dict[int, SafeString]:
    """The menu entries of each bill, by its id."""
    result = {}
    for bill in bills:
        kind = (bill.may_be_paid, bill.is_editable, bill.status == Bill.Status.OPEN, bill.may_be_voided)
        drawn = _draw(kind, company.slug, permissions)
        result[bill.pk] = mark_safe(drawn.replace(_ID, str(bill.pk)))  # noqa: S308  An integer goes in.
    return result


@functools.lru_cache(maxsize=1024)
def _draw(kind: tuple[bool, ...], slug: str, permissions: frozenset[Permission]) -> str:
    payable, editable, is_open, voidable = kind
    return render_to_string(
        "bills/_menu.html",
        {
            "slug": slug,
            "permissions": permissions,
            "id": _ID,
            "payable": payable,
            "editable": editable,
            "open": is_open,
            "voidable": voidable,
        },
    )
