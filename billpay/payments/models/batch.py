"""Several payments made together: one account, one day, one currency (rule 10)."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from billpay.banking.models import BankAccount
from billpay.companies.models import Company, User
from billpay.money.value import Money


class Batch(models.Model):
    """Stored all or none; afterwards each payment in it keeps its own outcome."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="batches")
    number = models.CharField(max_length=20)
    external_id = models.CharField(max_length=255, blank=True)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="batches")
    paid_on = models.DateField("payment date")
    currency = models.CharField(max_length=3)
    rate = models.DecimalField("exchange rate", max_digits=19, decimal_places=9, default=Decimal(1))
    reference = models.CharField(max_length=100, blank=True)
    note = models.TextField(blank=True)
    total_minor = models.BigIntegerField()
    supplemental = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "batches"
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="batch_number_once"),
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="batch_external_id_once"
            ),
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="batch_total_not_negative"),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Money:
        """The cash of its payments as made; fees come on top."""
        return Money(self.total_minor, self.currency)
