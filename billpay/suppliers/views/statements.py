"""A supplier's statement on paper and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.export import csv_response
from billpay.companies.models import Company
from billpay.suppliers import statement as drawing
from billpay.suppliers.forms import StatementForm
from billpay.suppliers.models import Supplier
from billpay.suppliers.statement import Statement

HEADER = ("Date", "Type", "Number", "Reference", "Currency", "Billed", "Paid or credited", "Balance")


def asked_statement(request: MemberRequest, supplier: Supplier, today: date) -> tuple[StatementForm, Statement]:
    """The statement that `?since=`, `?until=` and `?currency=` ask for; what cannot be read is as usual."""
    codes = drawing.currencies(supplier)
    form = StatementForm(request.GET, currencies=codes)
    form.is_valid()
    asked = form.cleaned_data
    currency = asked.get("currency") or codes[0]
    until = asked.get("until") or drawing.last_day(supplier, currency, today=today)
    since = asked.get("since") or min(drawing.usual_start(today), until)
    if not form.errors:
        form = StatementForm(initial={"since": since, "until": until, "currency": currency}, currencies=codes)
    return form, drawing.draw(supplier, currency=currency, since=since, until=until)


def _found(company: Company, pk: int) -> Supplier:
    supplier: Supplier = get_object_or_404(company.suppliers.select_related("company"), pk=pk)
    return supplier


@require_safe
@requires(Permission.VIEW)
def statement(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """The statement alone, for paper."""
    supplier = _found(company, pk)
    form, drawn = asked_statement(request, supplier, timezone.localdate())
    if form.errors:
        return _said_on_its_page(request, supplier)
    return render(request, "suppliers/statement.html", {"supplier": supplier, "statement": drawn})


def _said_on_its_page(request: MemberRequest, supplier: Supplier) -> HttpResponse:
    """To the page with the boxes, which says what cannot be read: paper and files could not."""
    asked = request.GET.copy()
    asked["tab"] = "statement"
    return redirect(f"{reverse('suppliers:detail', args=[supplier.company.slug, supplier.pk])}?{asked.urlencode()}")


@require_safe
@requires(Permission.VIEW)
def statement_export(request: MemberRequest, company: Company, pk: int) -> HttpResponseBase:
    supplier = _found(company, pk)
    form, drawn = asked_statement(request, supplier, timezone.localdate())
    if form.errors:
        return _said_on_its_page(request, supplier)
    name = f"{company.slug}-statement-{supplier.name}-{drawn.currency}-{drawn.since}-{drawn.until}"
    return csv_response(name, HEADER, _cells(drawn))


def _cells(drawn: Statement) -> Iterator[tuple[Any, ...]]:
    yield drawn.since, "Opening balance", "", "", drawn.currency, None, None, drawn.opening
    for line in drawn.lines:
        yield (
            line.on, line.kind, line.number, line.reference, drawn.currency, line.billed, line.paid, line.balance,
        )  # fmt: skip
    yield drawn.until, "Closing balance", "", "", drawn.currency, drawn.billed, drawn.paid, drawn.closing
