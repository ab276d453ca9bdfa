"""The page of one supplier: its figures, and a tab for each thing there is about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies import audit
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.lists import paginate
from billpay.companies.models import Company
from billpay.htmx import render_part, wants_part
from billpay.suppliers import bank_details, standing
from billpay.suppliers.models import Supplier
from billpay.suppliers.views.statements import asked_statement

TABS = {
    "bills": "Bills",
    "payments": "Payments",
    "credits": "Credit notes",
    "bank": "Bank details",
    "statement": "Statement",
    "activity": "Activity",
}


@require_safe
@requires(Permission.VIEW)
def detail(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """`?tab=` chooses what is below the figures; htmx gets that alone."""
    supplier = get_object_or_404(
        company.suppliers.select_related("company", "default_account", "default_tax_rate"), pk=pk
    )
    today = timezone.localdate()
    asked = request.GET.get("tab", "")
    tab = asked if asked in TABS else "bills"
    context: dict[str, Any] = {
        "supplier": supplier,
        "today": today,
        "tab": tab,
        "tabs": _tabs(company, supplier, tab),
        **_SHOWN[tab](request, supplier, today),
    }
    if not wants_part(request):
        context["figures"] = standing.figures(supplier, today=today)
        known = context.get("known") or bank_details.known(supplier, today=today)
        free = supplier.payments.with_free_money_on_account().order_by("paid_on", "pk")
        context["free"] = list(free.values_list("pk", flat=True)[:2]) if context["figures"].on_account else []
        context["warnings"] = [one for one in known.in_use if one.warning]
        context["is_paid_somewhere"] = bool(known.in_use)
        context["waits_for_check"] = any(one.waits for one in known.in_use)
    return render_part(request, "suppliers/detail.html", "tab", context, status=422 if context.get("refused") else 200)


def _tabs(company: Company, supplier: Supplier, tab: str) -> list[dict[str, Any]]:
    address = reverse("suppliers:detail", args=[company.slug, supplier.pk])
    counts = {
        "bills": supplier.bills.count(),
        "payments": supplier.payments.count(),
        "credits": supplier.credit_notes.count(),
    }
    return [
        {
            "label": label,
            "href": address if code == "bills" else f"{address}?tab={code}",
            "count": counts.get(code),
            "current": code == tab,
        }
        for code, label in TABS.items()
    ]


def _bills(request: MemberRequest, supplier: Supplier, today: date) -> dict[str, Any]:
    page = paginate(request, supplier.bills.order_by("-issued_on", "-pk").defer("note"))
    late = {bill.pk for bill in page.object_list if bill.is_overdue(today=today)}
    held = {bill.pk for bill in page.object_list if bill.is_held(today=today)}
    return {"page": page, "late": late, "held": held}


def _payments(request: MemberRequest, supplier: Supplier, today: date) -> dict[str, Any]:
    rows = supplier.payments.select_related("bank_account", "payment_method").order_by("-paid_on", "-pk")
    return {"page": paginate(request, rows)}


def _credits(request: MemberRequest, supplier: Supplier, today: date) -> dict[str, Any]:
    return {"page": paginate(request, supplier.credit_notes.order_by("-issued_on", "-pk").defer("note"))}


def _bank(request: MemberRequest, supplier: Supplier, today: date) -> dict[str, Any]:
    return {"known": bank_details.known(supplier, today=today)}


def _statement(request: MemberRequest, supplier: Supplier, today: date) -> dict[str, Any]:
    form, statement = asked_statement(request, supplier, today)
    return {"form": form, "statement": statement, "refused": bool(form.errors)}


def _activity(request: MemberRequest, supplier: Supplier, today: date) -> dict[str, Any]:
    page = paginate(request, audit.trail(supplier))
    return {"page": page, "events": page.object_list}


_SHOWN: dict[str, Callable[[MemberRequest, Supplier, date], dict[str, Any]]] = {
    "bills": _bills,
    "payments": _payments,
    "credits": _credits,
    "bank": _bank,
    "statement": _statement,
    "activity": _activity,
}
