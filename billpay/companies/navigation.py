"""The main navigation as data: what is where, and which of it the page belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import NoReverseMatch, ResolverMatch, reverse

from billpay.companies.models import Company


@dataclass(frozen=True, slots=True)
class Place:
    label: str
    icon: str
    name: str
    """The URL's name, as in "bills:list"."""
    whole_app: bool = True
    """Whether every page of the app counts as this place."""


@dataclass(frozen=True, slots=True)
class Item:
    label: str
    icon: str
    href: str
    current: bool
    key: str = ""
    count: int | None = None
    """How many things wait there; None where nothing is counted for this person."""


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    items: list[Item]


PLACES: dict[str, tuple[Place, ...]] = {
    "": (
        Place("Dashboard", "home", "home:dashboard"),
        Place("Bills", "file-invoice", "bills:list"),
        Place("Pay", "cash", "payments:pick", whole_app=False),
        Place("Payments", "credit-card", "payments:list"),
        Place("Schedule", "calendar", "payments:schedule"),
        Place("Approvals", "circle-check", "payments:approvals"),
        Place("Credit notes", "receipt-refund", "credit_notes:list"),
        Place("Refunds", "wallet", "payments:refunds"),
        Place("Suppliers", "building-store", "suppliers:list"),
    ),
    "Bank": (
        Place("Bank accounts", "building-bank", "banking:list"),
        Place("Reconcile", "arrows-exchange", "reconciliation:start"),
    ),
    "Books": (
        Place("Reports", "scale", "reports:hub"),
        Place("Accounts and tax", "book", "ledger:accounts"),
    ),
    "Company": (
        Place("Members", "users", "companies:members", whole_app=False),
        Place("Activity", "history", "companies:activity", whole_app=False),
        Place("Settings", "settings", "companies:settings", whole_app=False),
    ),
}
PAY_FLOW = frozenset({"pick", "allocate", "review", "done", "batch_done", "ordered"})
APPROVALS = frozenset({"approvals", "approval", "approve_selected"})
REFUNDS = frozenset({"refunds", "refunds_export", "refund_new", "refund"})
_PLACE_OF = {
    **dict.fromkeys(PAY_FLOW, "pick"),
    **dict.fromkeys(APPROVALS, "approvals"),
    **dict.fromkeys(REFUNDS, "refunds"),
    **dict.fromkeys(("schedule", "reschedule"), "schedule"),
}
"""Which of the places of payments a page of theirs belongs to; the rest are the list's."""
_ELSEWHERE = {
    "payments:allocate_credit": "credit_notes:list",
    "payments:cover_bill": "bills:list",
    "payments:pay_bill": "bills:list",
    "payments:write_off": "bills:list",
    "reconciliation:void_payment": "payments:list",
    "reconciliation:void_refund": "payments:refunds",
}
"""Pages that a room draws for another one, or about its things, and the place where people look for them."""


def to_approve(company: Company) -> int:
    """How many payments and bills wait for approval, in one query. Read through the relations of the rooms above."""
    payments = company.payments.filter(status="awaiting_approval").order_by().values("pk")
    bills = company.bills.filter(state="awaiting_approval").order_by().values("pk")
    return payments.union(bills, all=True).count()


def groups(company: Company, match: ResolverMatch | None, counts: Mapping[str, int] | None = None) -> list[Group]:
    """
    The navigation of a company's pages; a place whose URL does not exist is left out.

    :param counts: how many things wait at a place, by its URL's name.
    """
    drawn = []
    for label, places in PLACES.items():
        items = []
        for place in places:
            try:
                href = reverse(place.name, args=[company.slug])
            except NoReverseMatch:
                continue
            key = place.name.partition(":")[2]
            waiting = (counts or {}).get(place.name)
            items.append(Item(place.label, place.icon, href, _is_current(place, match), key, waiting))
        if items:
            drawn.append(Group(label, items))
    return drawn


def _is_current(place: Place, match: ResolverMatch | None) -> bool:
    if match is None:
        return False
    if match.view_name in _ELSEWHERE:
        return place.name == _ELSEWHERE[match.view_name]
    app, name = place.name.split(":")
    if app == "payments" and match.app_name == "payments":
        return _PLACE_OF.get(match.url_name or "", "list") == name
    if place.whole_app:
        return match.app_name == app
    return match.view_name == place.name
