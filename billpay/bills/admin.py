"""Bills for operators: read-only, changed by the same actions as on the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from billpay.bills import actions, foreseeing
from billpay.bills.models import Attachment, Bill, BillApproval, BillLine, EarlierDueDate, Settlement
from billpay.companies.admin import ReadOnlyAdmin, ReadOnlyInline
from billpay.companies.refusals import Refused
from billpay.documents.operators import each_alone, void_chosen
from billpay.money.forms import BusinessDateField


class LineInline(ReadOnlyInline):
    model = BillLine
    fields = (
        "position", "description", "quantity", "unit_amount", "discount_percent", "account", "tax_rate",
        "subtotal", "tax", "total",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[BillLine]:
        return super().get_queryset(request).select_related("account", "tax_rate", "document")


class SettlementInline(ReadOnlyInline):
    model = Settlement
    fields = ("on", "kind", "amount_minor", "base_minor", "takes_back", "created_at", "created_by")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Settlement]:
        return super().get_queryset(request).select_related("bill", "takes_back__bill", "created_by")


class ApprovalInline(ReadOnlyInline):
    model = BillApproval
    fields = ("by", "at", "version", "maker")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[BillApproval]:
        return super().get_queryset(request).select_related("by", "maker", "bill")


class EarlierDueDateInline(ReadOnlyInline):
    model = EarlierDueDate
    fields = ("due_on", "replaced_at", "replaced_by")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[EarlierDueDate]:
        return super().get_queryset(request).select_related("bill", "replaced_by")


class AttachmentInline(ReadOnlyInline):
    model = Attachment
    fields = ("name", "content_type", "size", "sha256", "created_at", "created_by")
    readonly_fields = fields


class HoldConfirmation(forms.Form):
    reason = forms.CharField(max_length=200)
    until = BusinessDateField(label="Hold until", required=False)


class PlainConfirmation(forms.Form):
    """Nothing to enter: only to be confirmed."""


@admin.register(Bill)
class BillAdmin(ReadOnlyAdmin):
    list_display = ("number", "supplier", "company", "issued_on", "due_on", "total", "outstanding", "state_in_words")
    list_filter = ("state", ("held_at", admin.EmptyFieldListFilter), "currency", "company")
    list_select_related = ("supplier", "company")
    date_hierarchy = "issued_on"
    search_fields = ("number", "reference", "supplier__name", "external_id")
    inlines = (LineInline, ApprovalInline, SettlementInline, EarlierDueDateInline, AttachmentInline)
    actions = ("approve", "hold", "lift_hold", "void")

    @admin.display(description="state", ordering="state")
    def state_in_words(self, bill: Bill) -> str:
        held = ", on hold" if bill.is_held(today=timezone.localdate()) else ""
        return f"{bill.get_state_display()}{held}"

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Acting on bills takes the permission to change them, though no form here rewrites one."""
        return request.user.has_perm("bills.change_bill")

    @admin.action(description="Approve selected bills", permissions=["operate"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Bill]) -> HttpResponse | None:
        return self._confirmed(
            request,
            queryset,
            PlainConfirmation,
            name="approve",
            title="Approve these bills?",
            act=lambda bill, _: actions.approve(bill=bill, by=request.user),  # type: ignore[arg-type]
        )

    @admin.action(description="Put selected bills on hold", permissions=["operate"])
    def hold(self, request: HttpRequest, queryset: QuerySet[Bill]) -> HttpResponse | None:
        return self._confirmed(
            request,
            queryset,
            HoldConfirmation,
            name="hold",
            title="Put these bills on hold?",
            act=lambda bill, entered: actions.hold(
                bill=bill,
                today=timezone.localdate(),
                by=request.user,  # type: ignore[arg-type]
                **entered,
            ),
        )

    @admin.action(description="Lift the hold on selected bills", permissions=["operate"])
    def lift_hold(self, request: HttpRequest, queryset: QuerySet[Bill]) -> HttpResponse | None:
        return self._confirmed(
            request,
            queryset,
            PlainConfirmation,
            name="lift_hold",
            title="Lift the hold on these bills?",
            act=lambda bill, _: actions.lift_hold(bill=bill, by=request.user),  # type: ignore[arg-type]
        )

    @admin.action(description="Void selected bills", permissions=["operate"])
    def void(self, request: HttpRequest, queryset: QuerySet[Bill]) -> HttpResponse | None:
        """Show what each would change, and ask for the day and the reason."""
        return void_chosen(
            self,
            request,
            each_alone(queryset.select_related("supplier", "company")),
            since="issued_on",
            foresee=lambda bill, on, last: foreseeing.of_void(bill, on=on, last=last),
            act=lambda bill, on, reason: actions.void(bill=bill, on=on, reason=reason, by=request.user),  # type: ignore[arg-type]
        )

    def _confirmed(
        self,
        request: HttpRequest,
        queryset: QuerySet[Bill],
        form_class: type[forms.Form],
        *,
        name: str,
        title: str,
        act: Callable[[Bill, dict[str, Any]], object],
    ) -> HttpResponse | None:
        """Ask on a page of its own, then do it bill by bill and say what became of each that was refused."""
        confirmed = "confirmed" in request.POST
        form = form_class(request.POST if confirmed else None)
        bills = list(queryset.select_related("supplier", "company").order_by("pk"))
        if not confirmed or not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": title,
                "form": form,
                "bills": bills,
                "action": name,
                "checkbox": ACTION_CHECKBOX_NAME,
                "opts": self.model._meta,
            }
            return TemplateResponse(request, "bills/admin_confirmation.html", context)
        done = 0
        for bill in bills:
            try:
                act(bill, form.cleaned_data)
            except Refused as refusal:
                self.message_user(request, f"{bill.number}: {refusal}", messages.ERROR)
            else:
                done += 1
        if done:
            self.message_user(request, f"{done} of {len(bills)} done.", messages.SUCCESS)
        return None
