"""
The floors: what plain Django does for the same question, and nothing else.

`BareBills` is Django's own ListView over the inbox's query, for a signed-in member, fifty to a page: the same
columns in one table, inside the same page with its navigation. No tabs, counts, figures, filters, ticks or menus.

`bare_payment` is the least that a payment can be: lock the bill, insert payment and allocation, move the counter. It
works on tables of its own, with the keys and the one CHECK that it needs, but without indexes for lists, guards,
books or audit.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, models
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import ListView

from billpay.bills.models import Bill
from billpay.companies.access import Permission, requires
from billpay.companies.models import Company


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


class BareBill(models.Model):
    company_id = models.BigIntegerField()
    supplier_id = models.BigIntegerField()
    number = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    settled_minor = models.BigIntegerField(default=0)

    class Meta:
        app_label = "bare"
        constraints = (
            models.CheckConstraint(
                condition=Q(settled_minor__gte=0, settled_minor__lte=F("total_minor")), name="bare_never_oversettled"
            ),
        )

    def __str__(self) -> str:
        return self.number


class BarePayment(models.Model):
    company_id = models.BigIntegerField()
    supplier_id = models.BigIntegerField()
    number = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    paid_on = models.DateField()
    status = models.CharField(max_length=17)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return self.number


class BareAllocation(models.Model):
    payment = models.ForeignKey(BarePayment, on_delete=models.PROTECT)
    bill = models.ForeignKey(BareBill, on_delete=models.PROTECT)
    amount_minor = models.BigIntegerField()

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return str(self.pk)


def create_bare_tables() -> None:
    with connection.schema_editor() as editor:
        for model in (BareBill, BarePayment, BareAllocation):
            editor.create_model(model)


def bare_bills_of(count: int) -> list[int]:
    """Ids of that many bare bills, each with more to pay than any figure pays."""
    rows = BareBill.objects.bulk_create(
        BareBill(company_id=1, supplier_id=1, number=f"INV-{number}", currency="GBP", total_minor=10**9)
        for number in range(count)
    )
    return [row.pk for row in rows]


def bare_payment(bill_id: int, minor: int, *, on: date) -> Any:
    """Lock the bill, insert a payment and an allocation, move the counter; the caller holds the transaction."""
    bill = BareBill.objects.select_for_update(no_key=True).get(pk=bill_id)
    payment = BarePayment.objects.create(
        company_id=bill.company_id,
        supplier_id=bill.supplier_id,
        number="BARE",
        currency="GBP",
        amount_minor=minor,
        paid_on=on,
        status="completed",
    )
    BareAllocation.objects.create(payment=payment, bill=bill, amount_minor=minor)
    BareBill.objects.filter(pk=bill.pk).update(settled_minor=F("settled_minor") + minor)
