"""The operators' desk for payments: look at everything, void by the same action as the pages do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from billpay.companies.admin import QuickAdmin, ReadOnlyAdmin, ReadOnlyInline
from billpay.companies.refusals import Refused
from billpay.money.forms import BusinessDateField
from billpay.payments import actions
from billpay.payments.models import Allocation, Batch, Payment, PaymentMethod


class VoidForm(forms.Form):
    on = BusinessDateField(label="Void on")
    reason = forms.CharField(max_length=200)


class Allocations(ReadOnlyInline):
    model = Allocation
    fk_name = "payment"
    fields = ("bill", "source", "credit_note", "from_payment", "amount", "undone_on", "undone_by")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return (
            super().get_queryset(request).select_related("bill", "credit_note", "from_payment", "payment", "undone_by")
        )


class Payments(ReadOnlyInline):
    model = Payment
    fields = ("number", "supplier", "amount", "status")
    readonly_fields = fields
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("supplier")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        "company",
        "supplier",
        "paid_on",
        "amount",
        "fee",
        "on_account",
        "unmatched",
        "method",
        "status",
    )
    list_select_related = ("company", "supplier", "bank_account")
    list_filter = ("status", "method", "currency", "company")
    date_hierarchy = "paid_on"
    search_fields = ("number", "reference", "cheque_number", "external_id", "supplier__name", "company__slug")
    inlines = (Allocations,)
    actions = ("void_payments",)

    def has_void_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser or request.user.has_perm("payments.change_payment"))

    @admin.action(description="Void the chosen payments…", permissions=["void"])
    def void_payments(self, request: HttpRequest, queryset: models.QuerySet[Payment]) -> HttpResponse | None:
        """Ask for the day and the reason; then void each by itself, and say what was refused and why."""
        chosen = list(queryset.select_related("company", "supplier", "bank_account"))
        sent = "confirmed" in request.POST
        form = VoidForm(request.POST if sent else None, initial={"on": timezone.localdate()})
        if not sent or not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": "Void payments",
                "payments": chosen,
                "form": form,
                "opts": self.model._meta,
                "action_name": "void_payments",
                "checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "payments/admin_void.html", context, status=422 if form.errors else 200)
        for payment in chosen:
            try:
                actions.void(
                    payment=payment,
                    on=form.cleaned_data["on"],
                    reason=form.cleaned_data["reason"],
                    by=request.user,  # type: ignore[arg-type]
                )
            except Refused as refusal:
                self.message_user(request, f"{payment.number} stays: {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"{payment.number} is void.", messages.SUCCESS)
        return None


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ("number", "company", "paid_on", "bank_account", "total", "created_by")
    list_select_related = ("company", "bank_account", "created_by")
    list_filter = ("currency", "company")
    date_hierarchy = "paid_on"
    search_fields = ("number", "reference", "external_id", "company__slug")
    inlines = (Payments,)


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    list_display = ("id", "payment", "bill", "source", "credit_note", "from_payment", "amount", "undone_on")
    list_select_related = ("payment", "bill", "credit_note", "from_payment")
    list_filter = ("source",)
    date_hierarchy = "created_at"
    search_fields = ("payment__number", "bill__number", "credit_note__number")


@admin.register(PaymentMethod)
class PaymentMethodAdmin(QuickAdmin):
    list_display = ("name", "company", "kind", "archived_at")
    list_select_related = ("company",)
    list_filter = ("kind", "company")
    search_fields = ("name", "external_id", "company__slug")
    autocomplete_fields = ("company",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Methods are archived: payments name them."""
        return False
