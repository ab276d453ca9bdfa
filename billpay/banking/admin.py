"""The operators' desk for bank accounts and statements: records are looked at; accounts are archived by action."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from billpay.banking import actions
from billpay.banking.models import BankAccount, BankTransaction, Statement, StatementUpload
from billpay.companies.admin import ReadOnlyAdmin
from billpay.companies.refusals import Refused
from billpay.money.value import Money


class CorrectedByActions(ReadOnlyAdmin):
    """Read-only, with actions for operators: the same as on the company's pages."""

    def has_correct_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)


@admin.register(BankAccount)
class BankAccountAdmin(CorrectedByActions):
    list_display = (
        "name",
        "company",
        "currency",
        "masked",
        "nominal_account",
        "calendar",
        "payment_weekday",
        "archived_at",
    )
    list_select_related = ("company", "nominal_account")
    list_filter = ("currency", "calendar", "waits_for_outcome", ("archived_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "iban", "account_number", "company__slug", "company__name")
    actions = ("archive", "restore")

    @admin.action(description="Archive", permissions=["correct"])
    def archive(self, request: HttpRequest, accounts: QuerySet[BankAccount]) -> None:
        for account in accounts:
            actions.archive_account(account=account, by=request.user)  # type: ignore[arg-type]

    @admin.action(description="Restore", permissions=["correct"])
    def restore(self, request: HttpRequest, accounts: QuerySet[BankAccount]) -> None:
        for account in accounts:
            actions.restore_account(account=account, by=request.user)  # type: ignore[arg-type]


@admin.register(Statement)
class StatementAdmin(CorrectedByActions):
    list_display = (
        "file_name", "bank_account", "company", "starts_on", "ends_on", "closing_money", "off", "new_count",
        "known_count", "imported_at", "imported_by",
    )  # fmt: skip
    list_select_related = ("bank_account", "company", "imported_by")
    list_filter = ("format",)
    date_hierarchy = "imported_at"
    search_fields = ("file_name", "bank_account__name", "company__slug")
    actions = ("undo",)

    @admin.display(description="Closing", ordering="closing_minor")
    def closing_money(self, statement: Statement) -> str:
        return str(statement.closing) if statement.closing is not None else ""

    @admin.display(description="Off by", ordering="off_by_minor")
    def off(self, statement: Statement) -> str:
        return str(statement.off_by) if statement.off_by else ""

    @admin.action(description="Undo import", permissions=["correct"])
    def undo(self, request: HttpRequest, statements: QuerySet[Statement]) -> None:
        # The last import first: an earlier one cannot be undone while a later one leans on it.
        for statement in statements.order_by("-pk"):
            try:
                actions.undo_import(statement=statement, by=request.user)  # type: ignore[arg-type]
            except Refused as refusal:
                self.message_user(request, f"{statement.file_name}: {refusal}", messages.ERROR)


@admin.register(BankTransaction)
class BankTransactionAdmin(ReadOnlyAdmin):
    list_display = ("booked_on", "bank_account", "company", "money", "payee", "reference", "state")
    list_select_related = ("bank_account", "company")
    list_filter = ("direction", "currency", ("excluded_at", admin.EmptyFieldListFilter))
    date_hierarchy = "booked_on"
    search_fields = ("payee", "reference", "description", "bank_id", "company__slug")

    @admin.display(description="Amount", ordering="amount_minor")
    def money(self, line: BankTransaction) -> Money:
        return line.signed

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("statement")


@admin.register(StatementUpload)
class StatementUploadAdmin(ReadOnlyAdmin):
    """Files that wait to be imported; their content is the company's own."""

    list_display = ("file_name", "bank_account", "company", "uploaded_by", "uploaded_at")
    list_select_related = ("bank_account", "company", "uploaded_by")
    fields = ("company", "bank_account", "file_name", "profile", "uploaded_by", "uploaded_at")
    search_fields = ("file_name", "company__slug")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("content")
