"""Suppliers: who bills the company, on what terms, and where their money is sent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from billpay.companies.models import Company, User
from billpay.ledger.models import NominalAccount, TaxRate


class Terms(models.TextChoices):
    DAYS = "days", "Days after the bill date"
    MONTH_END = "month_end", "Days after the end of the bill's month"


class SupplierQuerySet(models.QuerySet["Supplier"]):
    def active(self) -> Self:
        return self.filter(archived_at=None)

    def archived(self) -> Self:
        return self.filter(archived_at__isnull=False)

    def search(self, text: str) -> Self:
        return self.filter(
            Q(name__icontains=text)
            | Q(contact_name__icontains=text)
            | Q(email__icontains=text)
            | Q(tax_number__icontains=text)
        )


class Supplier(models.Model):
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="suppliers")
    name = models.CharField(max_length=150)
    external_id = models.CharField(max_length=255, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    contact_name = models.CharField(max_length=120, blank=True)
    address = models.TextField(blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    currency = models.CharField("usual currency", max_length=3)
    terms = models.CharField(max_length=10, choices=Terms, default=Terms.DAYS)
    terms_days = models.PositiveSmallIntegerField("days to pay", default=30)
    default_account = models.ForeignKey(
        NominalAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    default_tax_rate = models.ForeignKey(TaxRate, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    notes = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = SupplierQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="supplier_external_id_once"
            ),
        )
        indexes = (models.Index(fields=("company", "name"), name="supplier_by_name"),)

    def __str__(self) -> str:
        return self.name

    @property
    def terms_in_words(self) -> str:
        """As in "30 days", "On receipt", "End of month" or "14 days after month end"."""
        days = f"{self.terms_days} day{'' if self.terms_days == 1 else 's'}"
        if self.terms == Terms.MONTH_END:
            return f"{days} after month end" if self.terms_days else "End of month"
        return days if self.terms_days else "On receipt"

    def due_date_for(self, billed_on: date) -> date:
        """When a bill of that day falls due by this supplier's terms."""
        start = billed_on
        if self.terms == Terms.MONTH_END:
            start = (billed_on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return start + timedelta(days=self.terms_days)


class AccountKind(models.TextChoices):
    """How a bank knows an account: it decides which numbers there are. Told from the numbers, never stored."""

    UK = "uk", "UK account"
    IBAN = "iban", "IBAN"
    US = "us", "US account"
    OTHER = "other", "Other"


class SupplierBankAccountQuerySet(models.QuerySet["SupplierBankAccount"]):
    def live(self) -> Self:
        return self.filter(archived_at=None)


class SupplierBankAccount(models.Model):
    """Where to pay a supplier. Numbers are stored without spaces; changed by new rows, never by rewriting."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="supplier_bank_accounts")
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="bank_accounts")
    holder = models.CharField("account holder", max_length=140)
    currency = models.CharField(max_length=3)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    sort_code = models.CharField(max_length=6, blank=True)
    routing_number = models.CharField(max_length=9, blank=True)
    account_number = models.CharField(max_length=34, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)
    archived_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = SupplierBankAccountQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("supplier", "currency"), condition=Q(archived_at=None), name="one_live_account_per_currency"
            ),
            models.CheckConstraint(condition=~Q(iban="") | ~Q(account_number=""), name="supplier_account_has_a_number"),
        )

    def __str__(self) -> str:
        return f"{self.holder} {self.masked}"

    @property
    def number(self) -> str:
        return self.iban or self.account_number

    @property
    def masked(self) -> str:
        """The last four characters, as shown on screen."""
        return f"••••{self.number[-4:]}"

    @property
    def kind(self) -> AccountKind:
        if self.iban:
            return AccountKind.IBAN
        if self.sort_code:
            return AccountKind.UK
        return AccountKind.US if self.routing_number else AccountKind.OTHER

    @property
    def kind_in_words(self) -> str:
        return str(self.kind.label)

    @property
    def bank(self) -> str:
        """What names the bank: BIC, sort code or routing number, whichever there is. None of them is secret."""
        if self.sort_code:
            return f"{self.sort_code[:2]}-{self.sort_code[2:4]}-{self.sort_code[4:]}"
        return self.routing_number or self.bic
