"""Suppliers for operators: corrected by the same actions as on the desk, so that the trail says who did."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from billpay.companies.admin import QuickAdmin, ReadOnlyAdmin, ReadOnlyInline
from billpay.suppliers import actions
from billpay.suppliers.models import Supplier, SupplierBankAccount


class BankAccountInline(ReadOnlyInline):
    """Numbers are masked: an operator has no need of them."""

    model = SupplierBankAccount
    fields = (
        "currency", "holder", "kind_in_words", "bank", "masked", "created_at", "created_by", "checked_at", "checked_by",
        "archived_at",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupplierBankAccount]:
        return super().get_queryset(request).select_related("created_by", "checked_by", "archived_by")


@admin.register(Supplier)
class SupplierAdmin(QuickAdmin):
    list_display = ("name", "company", "currency", "terms_in_words", "email", "is_archived", "created_at")
    list_filter = (("archived_at", admin.EmptyFieldListFilter), "currency", "company")
    list_select_related = ("company",)
    search_fields = ("name", "email", "tax_number", "external_id")
    inlines = (BankAccountInline,)
    actions = ("archive", "restore")
    fields = (
        "company", "name", "contact_name", "email", "phone", "address", "tax_number", "currency", "terms", "terms_days",
        "discount_percent", "discount_days", "discount_tax", "default_account", "default_tax_rate", "notes",
        "external_id", "archived_at", "created_at", "version",
    )  # fmt: skip
    readonly_fields = (
        "company", "currency", "default_account", "default_tax_rate", "external_id", "archived_at", "created_at",
        "version",
    )  # fmt: skip

    @admin.display(boolean=True, description="archived", ordering="archived_at")
    def is_archived(self, supplier: Supplier) -> bool:
        return supplier.archived_at is not None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Archived, never deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Supplier, form: ModelForm[Supplier], change: bool) -> None:
        """Through the action: it notes what changed."""
        values = {name: form.cleaned_data[name] for name in actions.DETAILS if name in form.cleaned_data}
        actions.edit(supplier=obj, values=values, version=obj.version, by=request.user)  # type: ignore[arg-type]

    @admin.action(description="Archive selected suppliers", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Supplier]) -> None:
        for supplier in queryset.order_by("pk"):
            actions.archive(supplier=supplier, by=request.user)  # type: ignore[arg-type]

    @admin.action(description="Restore selected suppliers", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Supplier]) -> None:
        for supplier in queryset.order_by("pk"):
            actions.restore(supplier=supplier, by=request.user)  # type: ignore[arg-type]


@admin.register(SupplierBankAccount)
class SupplierBankAccountAdmin(ReadOnlyAdmin):
    list_display = (
        "supplier", "company", "currency", "holder", "bank", "masked", "created_at", "created_by", "checked_at",
        "checked_by", "archived_at",
    )  # fmt: skip
    list_select_related = ("supplier", "company", "created_by", "checked_by")
    list_filter = ("currency", ("checked_at", admin.EmptyFieldListFilter), ("archived_at", admin.EmptyFieldListFilter))
    search_fields = ("supplier__name", "holder")
    date_hierarchy = "created_at"
    fields = (
        "supplier", "company", "currency", "holder", "kind_in_words", "bank", "masked", "created_at", "created_by",
        "checked_at", "checked_by", "checked_how", "archived_at", "archived_by",
    )  # fmt: skip
