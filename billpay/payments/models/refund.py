"""Money that a supplier sends back: of a credit note, or of money on account."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q

from billpay.banking.models import BankAccount
from billpay.companies.models import Company, User
from billpay.credit_notes.models import CreditNote, CreditUse
from billpay.money.value import Money
from billpay.payments.models.payment import Payment
from billpay.payments.models.steps import CashUse
from billpay.suppliers.models import Supplier


class RefundStatus(models.TextChoices):
    COMPLETED = "completed", "Received"
    VOID = "void", "Void"


class RefundQuerySet(models.QuerySet["Refund"]):
    def completed(self) -> Self:
        return self.filter(status=RefundStatus.COMPLETED)

    def to_match(self) -> Self:
        return self.filter(status=RefundStatus.COMPLETED, unmatched_minor__gt=0)


class Refund(models.Model):
    """
    Money back from one supplier, into one bank account, in one currency.

    `amount_minor` is in `currency` and equals the sum of its parts; `bank_minor` is what arrives, in the account's
    own currency; `matched_minor` is how much of it the bank has shown.
    """

    Status = RefundStatus

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="refunds")
    number = models.CharField(max_length=20)
    external_id = models.CharField(max_length=255, blank=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="refunds")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="refunds")
    currency = models.CharField(max_length=3)
    rate = models.DecimalField("exchange rate", max_digits=19, decimal_places=9, default=Decimal(1))
    amount_minor = models.BigIntegerField("amount")
    amount_base_minor = models.BigIntegerField()
    bank_minor = models.BigIntegerField("arrives in the account")
    matched_minor = models.BigIntegerField(default=0)
    unmatched_minor = models.GeneratedField(
        expression=F("bank_minor") - F("matched_minor"), output_field=models.BigIntegerField(), db_persist=True
    )
    received_on = models.DateField("date received")
    reference = models.CharField(max_length=100, blank=True)
    note = models.TextField(blank=True)
    status = models.CharField(max_length=9, choices=RefundStatus, default=RefundStatus.COMPLETED)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    voided_on = models.DateField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ("-received_on", "-id")
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="refund_number_once"),
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="refund_external_id_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, bank_minor__gte=0, amount_base_minor__gte=0), name="refund_positive"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="refund_rate_positive"),
            models.CheckConstraint(
                condition=Q(matched_minor__gte=0, matched_minor__lte=F("bank_minor")), name="refund_never_overmatched"
            ),
            models.CheckConstraint(
                condition=Q(status="completed", voided_at=None, voided_by=None, voided_on=None)
                | Q(
                    status="void",
                    matched_minor=0,
                    voided_at__isnull=False,
                    voided_by__isnull=False,
                    voided_on__isnull=False,
                ),
                name="refund_void_has_who_and_when",
            ),
        )
        indexes = (
            models.Index(fields=("company", "-received_on", "-id"), name="refund_by_day"),
            models.Index(
                fields=("bank_account", "received_on"),
                condition=Q(status="completed", unmatched_minor__gt=0),
                name="refund_to_match",
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def bank_total(self) -> Money:
        """What arrives, in the account's currency."""
        return Money(self.bank_minor, self.bank_account.currency)

    @property
    def matched(self) -> Money:
        return Money(self.matched_minor, self.bank_account.currency)

    @property
    def unmatched(self) -> Money:
        return Money(self.bank_minor - self.matched_minor, self.bank_account.currency)

    @property
    def may_be_voided(self) -> bool:
        return self.status == RefundStatus.COMPLETED


class RefundPart(models.Model):
    """How much of the refund is of which credit note, or of which payment's money on account."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="parts")
    credit_note = models.ForeignKey(CreditNote, null=True, blank=True, on_delete=models.PROTECT, related_name="refunds")
    from_payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField(help_text="What it weighed in the books where it came from.")
    credit_use = models.OneToOneField(CreditUse, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cash_use = models.OneToOneField(CashUse, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_part_positive"),
            models.CheckConstraint(
                condition=Q(credit_note__isnull=False, credit_use__isnull=False, from_payment=None, cash_use=None)
                | Q(credit_note=None, credit_use=None, from_payment__isnull=False, cash_use__isnull=False),
                name="refund_part_has_its_source",
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.credit_note or self.from_payment}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.refund.currency)
