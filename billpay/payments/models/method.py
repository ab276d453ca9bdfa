"""Ways of paying, as the company calls them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from billpay.companies.models import Company


class Method(models.TextChoices):
    BANK_TRANSFER = "bank_transfer", "Bank transfer"
    ACH = "ach", "ACH"
    WIRE = "wire", "Wire"
    CHEQUE = "cheque", "Cheque"
    CARD = "card", "Card"
    CASH = "cash", "Cash"
    OTHER = "other", "Other"


class PaymentMethodQuerySet(models.QuerySet["PaymentMethod"]):
    def active(self) -> Self:
        return self.filter(archived_at=None)


class PaymentMethod(models.Model):
    """A payment method of the company's; `kind` says how Billpay treats it (rule 15)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="payment_methods")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=13, choices=Method)
    external_id = models.CharField(max_length=255, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentMethodQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("company", "name"), name="payment_method_name_once"),
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="payment_method_external_id_once"
            ),
        )

    def __str__(self) -> str:
        return self.name
