"""The operators' desk for the books: names can be mended, postings only looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from billpay.companies.admin import QuickAdmin, ReadOnlyAdmin, ReadOnlyInline
from billpay.companies.refusals import Refused
from billpay.ledger import keeping
from billpay.ledger.models import JournalEntry, JournalLine, NominalAccount, TaxRate, TrackingCategory
from billpay.money.value import Money


class ChartAdmin(QuickAdmin):
    """Changes go through the same actions as on the company's pages, and so into its trail."""

    list_select_related = ("company",)
    autocomplete_fields = ("company",)
    readonly_fields = ("company", "external_id", "archived_at")
    actions = ("archive", "restore")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        try:
            keeping.change(row=obj, values=form.cleaned_data, by=request.user)  # type: ignore[arg-type]
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)

    @admin.action(description="Archive", permissions=["change"])
    def archive(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        for row in rows.select_related("company"):
            try:
                keeping.archive(row=row, by=request.user)  # type: ignore[arg-type]
            except Refused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)

    @admin.action(description="Restore", permissions=["change"])
    def restore(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        for row in rows.select_related("company"):
            keeping.restore(row=row, by=request.user)  # type: ignore[arg-type]


@admin.register(NominalAccount)
class NominalAccountAdmin(ChartAdmin):
    list_display = ("code", "name", "type", "role", "company", "archived_at")
    list_filter = ("type", "role")
    search_fields = ("code", "name", "company__slug", "company__name")
    readonly_fields = (*ChartAdmin.readonly_fields, "role")  # type: ignore[assignment]


@admin.register(TaxRate)
class TaxRateAdmin(ChartAdmin):
    list_display = ("name", "code", "percent", "company", "archived_at")
    search_fields = ("code", "name", "company__slug", "company__name")


@admin.register(TrackingCategory)
class TrackingCategoryAdmin(ChartAdmin):
    list_display = ("name", "company", "archived_at")
    search_fields = ("name", "company__slug", "company__name")


class Lines(ReadOnlyInline):
    model = JournalLine
    fields = ("account", "debit", "credit")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("account", "entry__company")

    @admin.display(description="Debit")
    def debit(self, line: JournalLine) -> str:
        return str(Money(line.debit_minor, line.entry.company.base_currency)) if line.debit_minor else ""

    @admin.display(description="Credit")
    def credit(self, line: JournalLine) -> str:
        return str(Money(line.credit_minor, line.entry.company.base_currency)) if line.credit_minor else ""


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    list_display = ("on", "company", "kind", "description", "created_by", "created_at")
    list_select_related = ("company", "created_by")
    list_filter = ("kind",)
    date_hierarchy = "on"
    search_fields = ("description", "company__slug", "source_id")
    inlines = (Lines,)
