"""
The floors: what plain Django does for the same question, and nothing else.

`BareBills` is Django's own ListView over the inbox's query, for a signed-in member, fifty to a page: the same
columns in one table, inside the same page with its navigation. No tabs, counts, figures, filters, ticks or menus.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import ListView

from billpay.bills.models import Bill
from billpay.companies.access import Permission, requires
from billpay.companies.models import Company
from billpay.payments.models import Allocation, Payment


class BareBills(ListView):
    paginate_by = 50
    template_name = "bare_bills.html"

    def get_queryset(self) -> QuerySet[Bill]:
        bills = self.kwargs["company"].bills.select_related("supplier")
        if self.request.GET.get("tab") == "awaiting":
            return bills.filter(owed_on__gt=date.min).order_by("owed_on", "id")
        return bills.order_by("-issued_on", "-id")


@requires(Permission.VIEW)
def bare_bills(request: HttpRequest, company: Company) -> HttpResponse:
    response = BareBills.as_view()(request, company=company)
    return response.render()


urlpatterns = [
    path("bare/<slug:company>/", bare_bills),
    path("", include("billpay.urls")),
]


def bare_payment(bill_id: int, minor: int, common: dict[str, Any]) -> None:
    """Lock the bill, insert a payment and an allocation, update the counter; the caller holds the transaction."""
    bill = Bill.objects.select_for_update(of=("self",), no_key=True).get(pk=bill_id)
    payment = Payment.objects.create(
        supplier_id=bill.supplier_id, amount_minor=minor, bank_minor=minor, allocated_minor=minor, **common
    )
    Allocation.objects.create(payment=payment, bill=bill, source="cash", amount_minor=minor)
    Bill.objects.filter(pk=bill.pk).update(settled_minor=F("settled_minor") + minor)
