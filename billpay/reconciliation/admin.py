"""Operators look at matches; they are made and undone on the reconciliation pages."""

from __future__ import annotations

from django.contrib import admin

from billpay.companies.admin import ReadOnlyAdmin
from billpay.reconciliation.models import Match


@admin.register(Match)
class MatchAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "company",
        "transaction",
        "payment",
        "refund",
        "amount",
        "created_by",
        "created_at",
        "undone_at",
    )
    list_select_related = ("company", "transaction", "payment", "refund", "created_by")
    list_filter = (("undone_at", admin.EmptyFieldListFilter), "company")
    date_hierarchy = "created_at"
    search_fields = ("=payment__number", "=payment__cheque_number", "=refund__number", "transaction__payee", "=group")
    readonly_fields = ("amount", "created_at", "undone_at")
