"""The dashboard's figures as a page shows them: each with the address of the list that adds up to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from billpay.companies.models import Company
from billpay.home import overview
from billpay.home.overview import Figure, Span
from billpay.money.value import Money


@dataclass(frozen=True, slots=True)
class Linked:
    """An amount, and the list that adds up to it."""

    amount: Money
    href: str


@dataclass(frozen=True, slots=True)
class Card:
    label: str
    href: str
    count: int
    icon: str
    noun: str
    """What is counted, as in "bill": the page adds the s."""
    amounts: Sequence[Linked] = ()
    about: Money | None = None
    tone: str = ""
    note_date: date | None = None
    note: str = ""
    """What is said under the figure instead of how many there are of the noun."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart and the row of its table. `share` of the longest bar, in percent."""

    label: str
    hint: str
    href: str
    count: int
    amounts: Sequence[Linked]
    shown: Money
    is_about: bool
    share: int
    tone: str = ""
    by_currency: Sequence[Linked | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over spans of due dates. `total` is everything in the base currency, near enough where `is_about`."""

    bars: Sequence[Bar]
    currencies: Sequence[str]
    total: Money
    count: int
    is_about: bool


def context(company: Company, *, today: date) -> dict[str, Any]:
    """All that the dashboard's template draws. The number of queries does not depend on the data."""
    ageing, cash, soon = overview.ageing_spans(today), overview.cash_spans(today), overview.soon_span(today)
    owed = overview.owed(company, [*ageing, *cash, soon])
    waiting = overview.waiting(company)
    address = _Addresses(company)
    return {
        "today": today,
        "cards": _cards(owed, waiting, soon, address, today),
        "owed": owed.total,
        "next_due": owed.oldest,
        "ageing": _chart(ageing, owed.by_span, address, company.base_currency),
        "cash": _chart(cash, owed.by_span, address, company.base_currency),
        "creditors": [
            {"row": row, "href": address.supplier(row), "share": _share(row.weight, top)}
            for rows in [overview.top_creditors(company)]
            for top in [max((one.weight for one in rows), default=0)]
            for row in rows
        ],
        "events": overview.latest_events(company),
    }


class _Addresses:
    """Where figures lead to."""

    def __init__(self, company: Company) -> None:
        self._slug = company.slug
        self._bills = reverse("bills:list", args=[company.slug])

    def to(self, name: str, **query: Any) -> str:
        address = reverse(name, args=[self._slug])
        return f"{address}?{urlencode(query)}" if query else address

    def due(self, span: Span, currency: str = "") -> str:
        query: dict[str, Any] = {"tab": "awaiting"}
        if span.first:
            query["due_from"] = span.first.isoformat()
        if span.last:
            query["due_to"] = span.last.isoformat()
        if currency:
            query["currency"] = currency
        return f"{self._bills}?{urlencode(query)}"

    def linked(self, figure: Figure, span: Span) -> list[Linked]:
        return [Linked(amount, self.due(span, amount.currency)) for amount in figure.amounts]

    def supplier(self, row: overview.Creditor) -> str:
        query = {"tab": "awaiting", "supplier": row.pk, "currency": row.owed.currency}
        return f"{self._bills}?{urlencode(query)}"


def _cards(owed: overview.Owed, waiting: overview.Waiting, soon: Span, address: _Addresses, today: date) -> list[Card]:
    late = next(span for span in overview.cash_spans(today) if span.code == "overdue")
    overdue, due_soon = owed.by_span["overdue"], owed.by_span["soon"]
    credit, on_account = waiting.credit, waiting.on_account
    to_approve = waiting.bills_to_approve + waiting.payments_to_approve
    credits, advances = (
        address.to("credit_notes:list", tab="all", left="on"),
        address.to("payments:list", tab="on_account"),
    )
    return [
        Card(
            "Overdue", address.due(late), overdue.count, "alert-circle", "bill", address.linked(overdue, late),
            overdue.about, "danger" if overdue.count else "success", owed.oldest if overdue.count else None,
        ),
        Card(
            soon.label, address.due(soon), due_soon.count, "calendar", "bill", address.linked(due_soon, soon),
            due_soon.about, "warning" if due_soon.count else "",
        ),
        Card(
            "To approve", address.to("payments:approvals"), to_approve, "circle-check", "document",
            tone="info" if to_approve else "", note=_both(waiting.bills_to_approve, waiting.payments_to_approve),
        ),
        Card(
            "To reconcile", address.to("reconciliation:start"), waiting.to_reconcile, "arrows-exchange", "bank line",
            tone="info" if waiting.to_reconcile else "",
        ),
        Card(
            "Unused credit", credits, credit.count, "receipt-refund", "credit note",
            [Linked(amount, credits) for amount in credit.amounts],
        ),
        Card(
            "Money on account", advances, on_account.count, "wallet", "payment",
            [Linked(amount, advances) for amount in on_account.amounts],
        ),
    ]  # fmt: skip


def _both(bills: int, payments: int) -> str:
    """As in "7 bills, 1 payment"; nothing of what there is none of."""
    counted = ((bills, "bill"), (payments, "payment"))
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counted if count)


def _chart(spans: Sequence[Span], figures: Mapping[str, Figure], address: _Addresses, base: str) -> Chart:
    shown = [figures[span.code] for span in spans]
    longest = max((figure.weight for figure in shown), default=0)
    currencies = sorted(
        {amount.currency for figure in shown for amount in figure.amounts} | {base},
        key=lambda code: (code != base, code),
    )
    bars = [
        Bar(
            label=span.label,
            hint=span.hint,
            href=address.due(span),
            count=figure.count,
            amounts=address.linked(figure, span),
            shown=Money(figure.weight, base),
            is_about=figure.about is not None,
            share=_share(figure.weight, longest),
            tone=span.code,
            by_currency=_by_currency(address.linked(figure, span), currencies),
        )
        for span, figure in zip(spans, shown, strict=True)
    ]
    return Chart(
        bars=bars,
        currencies=currencies,
        total=Money(sum(figure.weight for figure in shown), base),
        count=sum(figure.count for figure in shown),
        is_about=len(currencies) > 1,
    )


def _by_currency(amounts: Sequence[Linked], currencies: Sequence[str]) -> list[Linked | None]:
    found = {one.amount.currency: one for one in amounts}
    return [found.get(code) for code in currencies]


def _share(weight: int, longest: int) -> int:
    """Percent of the longest, at least 1 for anything at all."""
    return max(1, round(100 * weight / longest)) if weight > 0 and longest else 0
