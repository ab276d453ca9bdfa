"""Suppliers: who bills the company, on what terms, and where their money is sent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q

from billpay.companies.models import Company, User
from billpay.ledger.models import NominalAccount, TaxRate


class Terms(models.TextChoices):
    DAYS = "days", "Days after the bill date"
    MONTH_END = "month_end", "Days after the end of the bill's month"


class DiscountTax(models.TextChoices):
    """What an early-payment discount does to the tax of a bill."""

    REDUCED = "reduced", "Tax falls with the discount"
    UNCHANGED = "unchanged", "Tax stays as invoiced; the discount is on the net amount"


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
    discount_percent = models.DecimalField(
        "early-payment discount", max_digits=7, decimal_places=4, default=Decimal(0), help_text="Per cent; 0 is none."
    )
    discount_days = models.PositiveSmallIntegerField(
        "days to pay with discount", default=0, help_text="From the bill date; 0 is on the day of the bill."
    )
    discount_tax = models.CharField(
        "tax of the discount", max_length=9, choices=DiscountTax, default=DiscountTax.REDUCED
    )
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
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lt=100),
                name="supplier_discount_within_the_bill",
                violation_error_message="A discount is at least 0 and less than 100 %.",
            ),
            models.CheckConstraint(
                condition=Q(discount_tax__in=DiscountTax.values), name="supplier_discount_tax_known"
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

    def discount_until(self, billed_on: date) -> date | None:
        """The last day on which a bill of that day is paid with the discount; None without one."""
        return billed_on + timedelta(days=self.discount_days) if self.discount_percent else None


class AccountKind(models.TextChoices):
    """How a bank knows an account: it decides which numbers there are. Told from the numbers, never stored."""

    UK = "uk", "UK account"
    IBAN = "iban", "IBAN"
    US = "us", "US account"
    OTHER = "other", "Other"


class SupplierBankAccountQuerySet(models.QuerySet["SupplierBankAccount"]):
    def live(self) -> Self:
        return self.filter(archived_at=None)

    def to_check(self) -> Self:
        """In use, and no second person has looked at them yet."""
        return self.filter(archived_at=None, checked_at=None)


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
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checked_how = models.CharField("how it was checked", max_length=200, blank=True)

    objects = SupplierBankAccountQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("supplier", "currency"), condition=Q(archived_at=None), name="one_live_account_per_currency"
            ),
            models.CheckConstraint(condition=~Q(iban="") | ~Q(account_number=""), name="supplier_account_has_a_number"),
            models.CheckConstraint(
                condition=Q(checked_at=None, checked_by=None, checked_how="")
                | (Q(checked_at__isnull=False, checked_by__isnull=False) & ~Q(checked_how="")),
                name="supplier_account_checked_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(checked_by=None) | Q(created_by=None) | ~Q(checked_by=F("created_by")),
                name="supplier_account_checked_by_a_second_person",
                violation_error_message="Bank details are checked by another person than who entered them.",
            ),
        )
        indexes = (
            models.Index(
                fields=("company", "supplier"),
                condition=Q(archived_at=None, checked_at=None),
                name="supplier_account_to_check",
            ),
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
    def spelled(self) -> str:
        """The whole number as it is read out on the phone, an IBAN by fours: for those who check it."""
        return " ".join(self.iban[at : at + 4] for at in range(0, len(self.iban), 4)) or self.account_number

    @property
    def is_checked(self) -> bool:
        """Whether a second person has said that these are the supplier's own."""
        return self.checked_at is not None

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
