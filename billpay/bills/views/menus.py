"""
The menu of each row of the inbox.

Menus of bills that may be done the same with differ in nothing but the id, so each kind is drawn once and
the id put in: fifty menus cost as much as the two or three kinds among them.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from billpay.bills import actions
from billpay.bills.models import Bill
from billpay.companies.access import MemberRequest, Permission
from billpay.companies.approval import exceeded, limits_of
from billpay.companies.models import ApprovalLimit, ApprovalSubject, Company

_ID = "0000000000000000000"
"""Stands for the id while a kind is drawn: digits that no id has, since ids do not begin with 0."""


class Kind(NamedTuple):
    """What may be done with a bill, as far as its row knows."""

    payable: bool
    editable: bool
    open: bool
    approvable: bool
    submittable: bool
    holdable: bool
    held: bool
    voidable: bool


def menus(bills: Sequence[Bill], *, request: MemberRequest, company: Company, today: date) -> dict[int, SafeString]:
    """The menu entries of each bill, by its id. Limits are read only if a bill is yet to be approved."""
    limits = limits_of(company, ApprovalSubject.BILL) if any(bill.is_editable for bill in bills) else []
    result = {}
    for bill in bills:
        kind = _kind(bill, company, limits, by=request.user.pk, today=today)
        drawn = _draw(kind, company.slug, request.permissions)
        result[bill.pk] = mark_safe(drawn.replace(_ID, str(bill.pk)))  # noqa: S308  An integer goes in.
    return result


def _kind(bill: Bill, company: Company, limits: list[ApprovalLimit], *, by: int, today: date) -> Kind:
    held, editable = bill.is_held(today=today), bill.is_editable
    approvable = editable
    if editable and limits:
        bill.company = company
        if exceeded(limits, actions.in_base(bill)):
            approvable = bill.status == Bill.Status.AWAITING_APPROVAL and by not in bill.makers
    return Kind(
        payable=bill.may_be_paid and not held,
        editable=editable,
        open=bill.status == Bill.Status.OPEN,
        approvable=approvable,
        submittable=bill.status == Bill.Status.DRAFT and not approvable,
        holdable=bill.may_be_held,
        held=held,
        voidable=bill.may_be_voided,
    )


@functools.lru_cache(maxsize=1024)
def _draw(kind: Kind, slug: str, permissions: frozenset[Permission]) -> str:
    return render_to_string("bills/_menu.html", {"slug": slug, "permissions": permissions, "id": _ID, **kind._asdict()})
