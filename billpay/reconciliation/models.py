"""Matches: which line of the bank statement shows which payment leaving, or which refund coming in."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from billpay.banking.models import BankTransaction
from billpay.companies.models import Company, User
from billpay.money.value import Money
from billpay.payments.models import Payment, Refund

type Paid = Payment | Refund
"""What a bank transaction may show: a payment leaving, or a refund arriving."""


class MatchQuerySet(models.QuerySet["Match"]):
    def live(self) -> Self:
        return self.filter(undone_at=None)


class Match(models.Model):
    """
    Part or all of a bank transaction tied to part or all of a payment, or of a refund for money in (rule 21).

    Rows made in one go, as for a batch, share a `group`. `amount_minor` is in the bank account's currency.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="matches")
    group = models.UUIDField(default=uuid.uuid4)
    transaction = models.ForeignKey(BankTransaction, on_delete=models.PROTECT, related_name="matches")
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="matches")
    refund = models.ForeignKey(Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="matches")
    amount_minor = models.BigIntegerField()
    reasons = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = MatchQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "matches"
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="match_positive"),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, refund=None) | Q(payment=None, refund__isnull=False),
                name="match_of_a_payment_or_a_refund",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="match_undone_has_who_and_when",
            ),
        )
        indexes = (models.Index(fields=("group",), name="match_by_group"),)

    def __str__(self) -> str:
        return f"{self.transaction_id} ↔ {self.paid}"

    @property
    def paid(self) -> Paid:
        """The payment, or the refund. Load both together with matches: `select_related("payment", "refund")`."""
        paid = self.payment or self.refund
        assert paid is not None  # noqa: S101  A CHECK keeps exactly one.
        return paid

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.transaction.currency)
