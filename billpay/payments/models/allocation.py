"""The part of a payment, credit note or money on account that settles one bill."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from billpay.bills.models import Bill, Settlement
from billpay.companies.models import User
from billpay.credit_notes.models import CreditNote, CreditUse
from billpay.money.value import Money
from billpay.payments.models.payment import Payment


class Source(models.TextChoices):
    CASH = "cash", "Cash"
    CREDIT_NOTE = "credit_note", "Credit note"
    ON_ACCOUNT = "on_account", "Money on account"
    DISCOUNT = "discount", "Early-payment discount"
    WRITE_OFF = "write_off", "Write-off"


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def live(self) -> AllocationQuerySet:
        return self.filter(undone_at=None)


class Allocation(models.Model):
    """
    How much of which bill, and from what (rule 9). In minor units of the payment's currency.

    While its payment is unfinished it reserves (`settlement` is empty); once completed it settles.
    `source_base_minor` is what it weighed in the books where it came from; a discount or write-off weighs
    what the bill did. Undone allocations stay as rows (rule 25).
    """

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="allocations")
    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="allocations")
    source = models.CharField(max_length=11, choices=Source)
    credit_note = models.ForeignKey(
        CreditNote, null=True, blank=True, on_delete=models.PROTECT, related_name="allocations"
    )
    from_payment = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="drawn_allocations"
    )
    amount_minor = models.BigIntegerField()
    source_base_minor = models.BigIntegerField(default=0)
    tax_base_minor = models.BigIntegerField(default=0, help_text="Of a discount: the tax in it, in the base currency.")
    reason = models.CharField(max_length=200, blank=True)
    settlement = models.OneToOneField(Settlement, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    credit_use = models.OneToOneField(CreditUse, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undone_on = models.DateField(null=True, blank=True)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="allocation_positive"),
            models.CheckConstraint(
                condition=Q(source__in=("cash", "discount", "write_off"), credit_note=None, from_payment=None)
                | Q(source="credit_note", credit_note__isnull=False, from_payment=None)
                | Q(source="on_account", credit_note=None, from_payment__isnull=False),
                name="allocation_has_its_source",
            ),
            models.CheckConstraint(
                condition=~Q(source="write_off") | ~Q(reason=""), name="allocation_written_off_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(from_payment=None) | ~Q(from_payment=F("payment")), name="allocation_from_another_payment"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None, undone_on=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False, undone_on__isnull=False),
                name="allocation_undone_has_who_and_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} of {self.payment} to {self.bill}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.payment.currency)

    @property
    def is_live(self) -> bool:
        return self.undone_at is None
