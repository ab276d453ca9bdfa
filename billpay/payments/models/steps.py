"""Who took a payment from one status to the next, and who approved what."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from billpay.companies.models import User
from billpay.payments.models.payment import Payment, PaymentStatus


class Step(models.Model):
    """One move of a payment: appended, never changed. `by` is empty where the scheduler did it."""

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="steps")
    from_status = models.CharField(max_length=17, choices=PaymentStatus, blank=True)
    to_status = models.CharField(max_length=17, choices=PaymentStatus)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.payment}: {self.get_to_status_display()}"


MAKING = ("payment.drafted", "payment.draft_edited", "payment.submitted", "payment.approved")
"""
What the trail calls the doings of a maker: the payment itself keeps only who did each last. The last of them is
submitting what no limit asks an approval for.
"""


class Approval(models.Model):
    """
    One person's yes to a payment as it was: `digest` is of payee, account, amounts and bills (rule 13).

    `maker` is who made the payment: the database itself refuses that they approve it.
    """

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="approvals")
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    maker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("payment", "digest", "by"), name="payment_approved_once_by_each"),
            models.CheckConstraint(condition=~Q(by=F("maker")), name="payment_approver_is_not_the_maker"),
            models.CheckConstraint(condition=~Q(digest=""), name="payment_approval_of_something"),
        )

    def __str__(self) -> str:
        return f"{self.payment} by {self.by}"


class CashUseKind(models.TextChoices):
    RESERVED = "reserved", "Reserved"
    RELEASED = "released", "Released"
    USED = "used", "Used"
    GIVEN_BACK = "given_back", "Given back"


class CashUse(models.Model):
    """
    One dated step in using a payment's cash: for bills, by itself or by later payments, or as money sent back.

    Appended, never changed. The payment's counters are the sums of these rows: triggers add each row up and
    refuse any other value. Amounts in the payment's currency, and the part of its base amount that went along.
    """

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="cash_uses")
    kind = models.CharField(max_length=10, choices=CashUseKind, default=CashUseKind.USED)
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    on = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0, base_minor__gte=0), name="cash_use_positive"),
            models.CheckConstraint(
                condition=Q(kind__in=("used", "given_back")) | Q(base_minor=0), name="cash_use_reserves_no_base"
            ),
        )

    def __str__(self) -> str:
        return f"{self.payment}: {self.amount_minor} on {self.on:%Y-%m-%d}"


class ScheduleClock(models.Model):
    """The last day on which a company's schedule was worked: a clock that jumps is held for a person."""

    company = models.OneToOneField("companies.Company", on_delete=models.CASCADE, related_name="schedule_clock")
    worked_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.company}: {self.worked_on:%Y-%m-%d}"
