"""The operators' desk for payments and refunds: look at everything, void by the same actions as the pages do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from billpay.companies.admin import QuickAdmin, ReadOnlyAdmin, ReadOnlyInline
from billpay.companies.refusals import Refused
from billpay.documents.operators import each_alone, void_chosen
from billpay.payments import actions, foreseeing
from billpay.payments.foreseen import PaidForeseen
from billpay.payments.models import (
    Allocation,
    Approval,
    Batch,
    CashUse,
    Payment,
    PaymentMethod,
    Refund,
    RefundPart,
    Step,
)


class StopForm(forms.Form):
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


class Steps(ReadOnlyInline):
    model = Step
    fields = ("at", "from_status", "to_status", "by", "reason")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("by", "payment")


class Approvals(ReadOnlyInline):
    """Who approved what: shown only. Nobody approves from here, operators included."""

    model = Approval
    fields = ("at", "by", "maker", "digest", "counts")
    readonly_fields = fields

    @admin.display(boolean=True)
    def counts(self, approval: Approval) -> bool:
        """Whether it is for the payment as it is."""
        return approval.digest == approval.payment.digest

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("by", "maker", "payment")


class CashUses(ReadOnlyInline):
    model = CashUse
    fields = ("on", "kind", "amount_minor", "base_minor", "created_at", "created_by")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("created_by", "payment")


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
        "execute_on",
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
    inlines = (Allocations, Steps, Approvals, CashUses)
    actions = ("void_payments", "stop_payments")

    def has_void_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser or request.user.has_perm("payments.change_payment"))

    @admin.action(description="Void the chosen payments…", permissions=["void"])
    def void_payments(self, request: HttpRequest, queryset: models.QuerySet[Payment]) -> HttpResponse | None:
        """Show what each would change, and ask for the day and the reason."""
        return void_chosen(
            self,
            request,
            each_alone(queryset.select_related("company", "supplier", "bank_account")),
            since="paid_on",
            foresee=lambda payment, on, last: _unless_matched(payment, foreseeing.of_void(payment, on=on, last=last)),
            act=lambda payment, on, reason: actions.void(payment=payment, on=on, reason=reason, by=request.user),  # type: ignore[arg-type]
        )

    @admin.action(description="Stop the chosen scheduled payments…", permissions=["void"])
    def stop_payments(self, request: HttpRequest, queryset: models.QuerySet[Payment]) -> HttpResponse | None:
        """Ask for the reason; then keep each from going out until someone of the company has looked."""
        asked = "Each stays on the schedule, and waits until someone of its company resumes it."
        return _ask(self, request, queryset, StopForm, "Stop", asked, self._stop)

    @staticmethod
    def _stop(payment: Payment, asked: dict[str, Any], by: Any) -> str:
        actions.stop(payment=payment, because=asked["reason"], by=by)
        return f"{payment.number} is stopped."


class RefundParts(ReadOnlyInline):
    model = RefundPart
    fields = ("credit_note", "from_payment", "amount")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("credit_note", "from_payment", "refund")


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("number", "company", "supplier", "received_on", "amount", "bank_account", "unmatched", "status")
    list_select_related = ("company", "supplier", "bank_account")
    list_filter = ("status", "currency", "company")
    date_hierarchy = "received_on"
    search_fields = ("number", "reference", "external_id", "supplier__name", "company__slug")
    inlines = (RefundParts,)
    actions = ("void_refunds",)

    def has_void_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser or request.user.has_perm("payments.change_refund"))

    @admin.action(description="Void the chosen refunds…", permissions=["void"])
    def void_refunds(self, request: HttpRequest, queryset: models.QuerySet[Refund]) -> HttpResponse | None:
        """As for payments: one day and one reason, each refund by itself."""
        return void_chosen(
            self,
            request,
            each_alone(queryset.select_related("company", "supplier", "bank_account")),
            since="received_on",
            foresee=lambda refund, on, last: _unless_matched(
                refund, foreseeing.of_void_refund(refund, on=on, last=last)
            ),
            act=lambda refund, on, reason: actions.void_refund(refund=refund, on=on, reason=reason, by=request.user),  # type: ignore[arg-type]
        )


def _unless_matched(paid: Payment | Refund, foreseen: PaidForeseen) -> PaidForeseen:
    """What is matched is not voided here: taking matches back is done on the company's own pages."""
    if not paid.matched_minor or foreseen.obstacle:
        return foreseen
    words = f"{paid.number} is matched with the bank statement. Undo the match first."
    return replace(foreseen, obstacle=words)


def _ask[M: models.Model](
    desk: ReadOnlyAdmin,
    request: HttpRequest,
    queryset: models.QuerySet[M],
    form_class: type[forms.Form],
    verb: str,
    explained: str,
    act: Callable[[M, dict[str, Any], Any], str],
) -> HttpResponse | None:
    """Draw `form_class` first; once it is filled in, do it to each chosen row by itself, and say what was refused."""
    chosen = list(queryset.select_related("company", "supplier", "bank_account"))
    sent = "confirmed" in request.POST
    form = form_class(request.POST if sent else None)
    if not sent or not form.is_valid():
        context = {
            **desk.admin_site.each_context(request),
            "title": f"{verb} {desk.opts.verbose_name_plural}",
            "verb": verb,
            "explained": explained,
            "rows": chosen,
            "form": form,
            "opts": desk.opts,
            "action_name": request.POST.get("action", ""),
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "payments/admin_confirm.html", context, status=422 if form.errors else 200)
    for row in chosen:
        try:
            words = act(row, form.cleaned_data, request.user)
        except Refused as refusal:
            desk.message_user(request, f"{row} stays: {refusal}", messages.ERROR)
        else:
            desk.message_user(request, words, messages.SUCCESS)
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
