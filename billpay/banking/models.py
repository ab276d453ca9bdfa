"""The company's own bank accounts, and what the bank says happened on them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from billpay.companies.models import Company, User
from billpay.ledger.models import NominalAccount
from billpay.money.value import Money


class BankAccountQuerySet(models.QuerySet["BankAccount"]):
    def active(self) -> Self:
        return self.filter(archived_at=None)


class BankAccount(models.Model):
    """An account payments leave from. Its money in the books is on `nominal_account`."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="bank_accounts")
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    nominal_account = models.OneToOneField(NominalAccount, on_delete=models.PROTECT, related_name="bank_account")
    holder = models.CharField("account holder", max_length=140, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    sort_code = models.CharField(max_length=6, blank=True)
    routing_number = models.CharField(max_length=9, blank=True)
    account_number = models.CharField(max_length=34, blank=True)
    external_id = models.CharField(max_length=255, blank=True)
    csv_profile = models.JSONField("CSV columns", default=dict, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("company", "name"), name="bank_account_name_once"),
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="bank_account_external_id_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.currency})"


class Statement(models.Model):
    """One imported statement. Balances are positions, so they are signed minor units of the account's currency."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="statements")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements")
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    format = models.CharField(max_length=12)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    off_by_minor = models.BigIntegerField(default=0, help_text="Closing less opening and lines; imported when told to.")
    new_count = models.PositiveIntegerField(default=0)
    known_count = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField(auto_now_add=True)
    imported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.file_name} ({self.bank_account.name})"


class Direction(models.TextChoices):
    OUT = "out", "Money out"
    IN = "in", "Money in"


class BankTransactionQuerySet(models.QuerySet["BankTransaction"]):
    def to_reconcile(self) -> Self:
        return self.filter(excluded_at=None, unmatched_minor__gt=0)


class BankTransaction(models.Model):
    """
    One line of a statement. `amount_minor` is unsigned, in the account's currency; `direction` says which way.

    Twins (same day, amount and text) are told apart by `ordinal`, the how-manieth of their kind in their file.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="bank_transactions")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="transactions")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="transactions")
    booked_on = models.DateField("booking date")
    value_on = models.DateField("value date", null=True, blank=True)
    direction = models.CharField(max_length=3, choices=Direction)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payee = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    description = models.CharField(max_length=500, blank=True)
    bank_id = models.CharField("bank's own id", max_length=120, blank=True)
    fingerprint = models.CharField(max_length=64)
    ordinal = models.PositiveIntegerField()
    matched_minor = models.BigIntegerField(default=0)
    unmatched_minor = models.GeneratedField(
        expression=F("amount_minor") - F("matched_minor"), output_field=models.BigIntegerField(), db_persist=True
    )
    excluded_at = models.DateTimeField(null=True, blank=True)
    excluded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    excluded_reason = models.CharField(max_length=200, blank=True)

    objects = BankTransactionQuerySet.as_manager()

    class Meta:
        ordering = ("-booked_on", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("bank_account", "fingerprint", "ordinal"), name="bank_transaction_imported_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="bank_transaction_has_an_amount"),
            models.CheckConstraint(
                condition=Q(matched_minor__gte=0, matched_minor__lte=F("amount_minor")),
                name="bank_transaction_never_overmatched",
            ),
            models.CheckConstraint(
                condition=Q(excluded_at=None) | Q(matched_minor=0), name="bank_transaction_excluded_is_unmatched"
            ),
        )
        indexes = (
            models.Index(fields=("bank_account", "-booked_on", "-id"), name="bank_transaction_by_day"),
            models.Index(fields=("company", "amount_minor"), name="bank_transaction_by_amount"),
            models.Index(
                fields=("bank_account", "-booked_on"),
                condition=Q(unmatched_minor__gt=0, excluded_at=None),
                name="bank_transaction_to_match",
            ),
        )

    def __str__(self) -> str:
        return f"{self.booked_on:%Y-%m-%d} {self.signed} {self.text}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def signed(self) -> Money:
        """As on the statement: negative is money out."""
        return Money(-self.amount_minor if self.direction == Direction.OUT else self.amount_minor, self.currency)

    @property
    def unmatched(self) -> Money:
        return Money(self.amount_minor - self.matched_minor, self.currency)

    @property
    def matched(self) -> Money:
        return Money(self.matched_minor, self.currency)

    @property
    def text(self) -> str:
        return " ".join(part for part in (self.payee, self.reference, self.description) if part)
