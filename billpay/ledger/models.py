"""The books: nominal accounts, tax rates, tracking categories, and double entries in the base currency."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billpay.companies.models import Company, User


class AccountType(models.TextChoices):
    ASSET = "asset", "Asset"
    LIABILITY = "liability", "Liability"
    EQUITY = "equity", "Equity"
    INCOME = "income", "Income"
    EXPENSE = "expense", "Expense"


class AccountRole(models.TextChoices):
    """Accounts that the books themselves post to; each company has one of each."""

    PAYABLES = "payables", "Payables control"
    TAX = "tax", "Input tax"
    CHARGES = "charges", "Bank charges"
    EXCHANGE = "exchange", "Exchange differences"
    DISCOUNTS = "discounts", "Discounts received"
    WRITE_OFFS = "write_offs", "Small write-offs"


class ArchivableQuerySet[M: models.Model](models.QuerySet[M]):
    def active(self) -> Self:
        return self.filter(archived_at=None)


class NominalAccount(models.Model):
    """A line of the chart of accounts."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="nominal_accounts")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=10, choices=AccountType)
    role = models.CharField(max_length=12, choices=AccountRole, blank=True)
    external_id = models.CharField(max_length=255, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ArchivableQuerySet["NominalAccount"].as_manager()

    class Meta:
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(fields=("company", "code"), name="account_code_once"),
            models.UniqueConstraint(fields=("company", "role"), condition=~Q(role=""), name="account_role_once"),
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="account_external_id_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class TaxRate(models.Model):
    """A rate of purchase tax, in percent: 20 is twenty percent."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="tax_rates")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    external_id = models.CharField(max_length=255, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ArchivableQuerySet["TaxRate"].as_manager()

    class Meta:
        ordering = ("-percent", "name")
        constraints = (
            models.UniqueConstraint(fields=("company", "code"), name="tax_rate_code_once"),
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="tax_rate_external_id_once"
            ),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="tax_rate_is_a_percentage"),
        )

    def __str__(self) -> str:
        return self.name


class TrackingCategory(models.Model):
    """A department, location or project that a line is counted under."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="tracking_categories")
    name = models.CharField(max_length=120)
    external_id = models.CharField(max_length=255, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ArchivableQuerySet["TrackingCategory"].as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "tracking categories"
        constraints = (
            models.UniqueConstraint(fields=("company", "name"), name="tracking_category_name_once"),
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="tracking_external_id_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class EntryKind(models.TextChoices):
    BILL = "bill", "Bill"
    CREDIT_NOTE = "credit_note", "Credit note"
    PAYMENT = "payment", "Payment"
    ALLOCATION = "allocation", "Exchange difference on allocation"
    REFUND = "refund", "Refund"
    JOURNAL = "journal", "Journal"
    REVERSAL = "reversal", "Reversal"


class JournalEntry(models.Model):
    """
    A balanced double entry. Written by `ledger.actions.post` alone, never changed: corrections are reversals.

    `source_kind` and `source_id` name what it was posted for, as in ("bill", 12).
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="journal_entries")
    on = models.DateField()
    kind = models.CharField(max_length=12, choices=EntryKind)
    source_kind = models.CharField(max_length=40)
    source_id = models.BigIntegerField()
    description = models.CharField(max_length=250)
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-on", "-id")
        verbose_name_plural = "journal entries"
        indexes = (
            models.Index(fields=("company", "source_kind", "source_id"), name="journal_by_source"),
            models.Index(fields=("company", "on"), name="journal_by_day"),
        )

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.description}"


class JournalLine(models.Model):
    """One side of an entry, in minor units of the company's base currency: a debit or a credit, never both."""

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(NominalAccount, on_delete=models.PROTECT, related_name="journal_lines")
    debit_minor = models.BigIntegerField(default=0)
    credit_minor = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(debit_minor__gt=0, credit_minor=0) | Q(debit_minor=0, credit_minor__gt=0),
                name="journal_line_is_debit_or_credit",
            ),
        )

    def __str__(self) -> str:
        return f"{self.account}: {self.debit_minor - self.credit_minor}"
