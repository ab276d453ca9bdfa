"""Credit notes for operators: read-only, changed by the same actions as on the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from billpay.companies.admin import ReadOnlyAdmin, ReadOnlyInline
from billpay.companies.refusals import Refused
from billpay.credit_notes import actions, foreseeing
from billpay.credit_notes.models import CreditNote, CreditNoteLine, CreditUse
from billpay.documents.operators import each_alone, void_chosen


class LineInline(ReadOnlyInline):
    model = CreditNoteLine
    fields = (
        "position", "description", "quantity", "unit_amount", "discount_percent", "account", "tax_rate",
        "subtotal", "tax", "total",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[CreditNoteLine]:
        return super().get_queryset(request).select_related("account", "tax_rate", "document")


class UseInline(ReadOnlyInline):
    model = CreditUse
    fields = ("on", "kind", "amount_minor", "base_minor", "takes_back", "created_at", "created_by")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[CreditUse]:
        return super().get_queryset(request).select_related("credit_note", "takes_back__credit_note", "created_by")


class ApproveConfirmation(forms.Form):
    """Nothing to enter: only to be confirmed."""


@admin.register(CreditNote)
class CreditNoteAdmin(ReadOnlyAdmin):
    list_display = ("number", "supplier", "company", "issued_on", "total", "used", "remaining", "state_in_words")
    list_filter = ("state", "currency", "company")
    list_select_related = ("supplier", "company")
    date_hierarchy = "issued_on"
    search_fields = ("number", "reference", "supplier__name", "external_id")
    inlines = (LineInline, UseInline)
    actions = ("approve", "void")

    @admin.display(description="state", ordering="state")
    def state_in_words(self, note: CreditNote) -> str:
        return str(note.get_state_display())

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Acting on credit notes takes the permission to change them, though no form here rewrites one."""
        return request.user.has_perm("credit_notes.change_creditnote")

    @admin.action(description="Approve selected credit notes", permissions=["operate"])
    def approve(self, request: HttpRequest, queryset: QuerySet[CreditNote]) -> HttpResponse | None:
        return self._confirmed(
            request,
            queryset,
            ApproveConfirmation,
            name="approve",
            title="Approve these credit notes?",
            act=lambda note, _: actions.approve(note=note, by=request.user),  # type: ignore[arg-type]
        )

    @admin.action(description="Void selected credit notes", permissions=["operate"])
    def void(self, request: HttpRequest, queryset: QuerySet[CreditNote]) -> HttpResponse | None:
        """Show what each would change, and ask for the day and the reason."""
        return void_chosen(
            self,
            request,
            each_alone(queryset.select_related("supplier", "company")),
            since="issued_on",
            foresee=lambda note, on, last: foreseeing.of_void(note, on=on, last=last),
            act=lambda note, on, reason: actions.void(note=note, on=on, reason=reason, by=request.user),  # type: ignore[arg-type]
        )

    def _confirmed(
        self,
        request: HttpRequest,
        queryset: QuerySet[CreditNote],
        form_class: type[forms.Form],
        *,
        name: str,
        title: str,
        act: Callable[[CreditNote, dict[str, Any]], object],
    ) -> HttpResponse | None:
        """Ask on a page of its own, then do it one by one and say what became of each that was refused."""
        confirmed = "confirmed" in request.POST
        form = form_class(request.POST if confirmed else None)
        notes = list(queryset.select_related("supplier", "company").order_by("pk"))
        if not confirmed or not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": title,
                "form": form,
                "notes": notes,
                "action": name,
                "checkbox": ACTION_CHECKBOX_NAME,
                "opts": self.model._meta,
            }
            return TemplateResponse(request, "credit_notes/admin_confirmation.html", context)
        done = 0
        for note in notes:
            try:
                act(note, form.cleaned_data)
            except Refused as refusal:
                self.message_user(request, f"{note.number}: {refusal}", messages.ERROR)
            else:
                done += 1
        if done:
            self.message_user(request, f"{done} of {len(notes)} done.", messages.SUCCESS)
        return None
