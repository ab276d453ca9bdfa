"""A payment to one supplier, from one bank account, in one currency (rule 9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from billpay.banking.models import BankAccount
from billpay.companies.models import Company, User
from billpay.money.value import Money
from billpay.payments.models.batch import Batch
from billpay.payments.models.method import Method, PaymentMethod
from billpay.suppliers.models import Supplier, SupplierBankAccount

if TYPE_CHECKING:
    from billpay.payments.models.allocation import Allocation


class PaymentStatus(models.TextChoices):
    """The life of a payment (rule 12)."""

    DRAFT = "draft", "Draft"
    AWAITING_APPROVAL = "awaiting_approval", "Awaiting approval"
    APPROVED = "approved", "Approved"
    SCHEDULED = "scheduled", "Scheduled"
    PROCESSING = "processing", "Processing"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    REJECTED = "rejected", "Rejected"
    CANCELLED = "cancelled", "Cancelled"
    VOID = "void", "Void"


_S = PaymentStatus
MOVES = {
    # Making and approving it.
    (_S.DRAFT, _S.AWAITING_APPROVAL),
    (_S.DRAFT, _S.APPROVED),
    (_S.DRAFT, _S.COMPLETED),
    (_S.AWAITING_APPROVAL, _S.APPROVED),
    (_S.AWAITING_APPROVAL, _S.REJECTED),
    # A change takes it back: its approvals held for what it was.
    (_S.AWAITING_APPROVAL, _S.DRAFT),
    (_S.APPROVED, _S.DRAFT),
    (_S.SCHEDULED, _S.DRAFT),
    # On its way.
    (_S.APPROVED, _S.SCHEDULED),
    (_S.SCHEDULED, _S.APPROVED),
    (_S.APPROVED, _S.PROCESSING),
    (_S.SCHEDULED, _S.PROCESSING),
    (_S.PROCESSING, _S.COMPLETED),
    (_S.PROCESSING, _S.FAILED),
    # Called off before it is on its way, or taken back after it was made.
    (_S.AWAITING_APPROVAL, _S.CANCELLED),
    (_S.APPROVED, _S.CANCELLED),
    (_S.SCHEDULED, _S.CANCELLED),
    (_S.COMPLETED, _S.VOID),
}
"""Legal moves (rule 12). What is absent is refused."""

IN_FLIGHT = (_S.DRAFT, _S.AWAITING_APPROVAL, _S.APPROVED, _S.SCHEDULED, _S.PROCESSING)
"""Not completed yet, and not called off: what it means to settle is reserved (rule 11)."""

CLOSED_BEFORE = (_S.FAILED, _S.REJECTED, _S.CANCELLED)
"""Ended without any money moving: what was reserved is free again, and it can be tried again as a new payment."""


class PaymentQuerySet(models.QuerySet["Payment"]):
    def completed(self) -> Self:
        return self.filter(status=PaymentStatus.COMPLETED)

    def with_money_on_account(self) -> Self:
        return self.filter(status=PaymentStatus.COMPLETED, on_account_minor__gt=0)

    def with_free_money_on_account(self) -> Self:
        """With money on account that no unfinished payment has reserved."""
        return self.with_money_on_account().filter(on_account_minor__gt=F("reserved_minor"))

    def due(self, *, today: date) -> Self:
        """Scheduled for that day or before, and not stopped."""
        return self.filter(status=PaymentStatus.SCHEDULED, stopped_at=None, execute_on__lte=today)

    def to_match(self) -> Self:
        """Completed, and not yet fully tied to the bank statement."""
        return self.filter(status=PaymentStatus.COMPLETED, unmatched_minor__gt=0)


class Payment(models.Model):
    """
    Cash to a supplier, or none of it when credit covers all.

    Minor units: `amount_minor` (cash), `fee_minor` and the counters are in `currency`;
    `bank_minor` is what leaves the account, in the account's own currency: amount and fee
    (seen on the statement as one line, rule 15); `matched_minor` is how much of it the bank has shown.
    `allocated_minor` is the cash that settled bills or came back, by this payment's own allocations or by
    later ones that draw on it; the rest is on account once the payment is completed. `reserved_minor` is the
    part of that rest which unfinished payments mean to draw. Both are the sums of `CashUse` rows.
    `stopped_at` keeps a scheduled payment from going out until a person has looked.
    """

    Status = PaymentStatus

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="payments")
    number = models.CharField(max_length=20)
    external_id = models.CharField(max_length=255, blank=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="payments")
    bank_account = models.ForeignKey(
        BankAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    method = models.CharField(max_length=13, choices=Method, default=Method.BANK_TRANSFER)
    payment_method = models.ForeignKey(
        PaymentMethod, null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    cheque_number = models.CharField(max_length=30, blank=True)
    currency = models.CharField(max_length=3)
    rate = models.DecimalField("exchange rate", max_digits=19, decimal_places=9, default=Decimal(1))
    amount_minor = models.BigIntegerField("cash")
    fee_minor = models.BigIntegerField("processing fee", default=0)
    bank_minor = models.BigIntegerField("leaves the account")
    amount_base_minor = models.BigIntegerField(default=0)
    allocated_minor = models.BigIntegerField(default=0)
    allocated_base_minor = models.BigIntegerField(default=0)
    reserved_minor = models.BigIntegerField(default=0)
    matched_minor = models.BigIntegerField(default=0)
    on_account_minor = models.GeneratedField(
        expression=F("amount_minor") - F("allocated_minor"), output_field=models.BigIntegerField(), db_persist=True
    )
    unmatched_minor = models.GeneratedField(
        expression=F("bank_minor") - F("matched_minor"), output_field=models.BigIntegerField(), db_persist=True
    )
    paid_on = models.DateField("payment date")
    execute_on = models.DateField("requested execution date", null=True, blank=True)
    payee_account = models.ForeignKey(
        SupplierBankAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    digest = models.CharField("digest of what is approved", max_length=64, blank=True)
    approvers_needed = models.PositiveSmallIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_because = models.CharField(max_length=200, blank=True)
    failure_reason = models.CharField(max_length=200, blank=True)
    retry_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="retries")
    reference = models.CharField(max_length=100, blank=True)
    note = models.TextField(blank=True)
    supplemental = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=17, choices=PaymentStatus)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    edited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    voided_on = models.DateField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ("-paid_on", "-id")
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="payment_number_once"),
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="payment_external_id_once"
            ),
            models.UniqueConstraint(
                fields=("bank_account", "cheque_number"), condition=~Q(cheque_number=""), name="cheque_number_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, fee_minor__gte=0, bank_minor__gte=0), name="payment_amounts_unsigned"
            ),
            models.CheckConstraint(
                condition=Q(bank_minor=0) | Q(bank_account__isnull=False), name="payment_cash_leaves_an_account"
            ),
            models.CheckConstraint(
                condition=Q(
                    allocated_minor__gte=0,
                    reserved_minor__gte=0,
                    allocated_minor__lte=F("amount_minor") - F("reserved_minor"),
                ),
                name="payment_never_overallocated",
                violation_error_message="A payment cannot settle more than its cash.",
            ),
            models.CheckConstraint(
                condition=Q(matched_minor__gte=0, matched_minor__lte=F("bank_minor")),
                name="payment_never_overmatched",
            ),
            models.CheckConstraint(
                condition=~Q(method="cheque") | Q(amount_minor=0) | ~Q(cheque_number=""),
                name="payment_cheque_has_a_number",
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="payment_rate_positive"),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, voided_on=None)
                | Q(voided_at__isnull=False, voided_by__isnull=False, voided_on__isnull=False),
                name="payment_void_has_who_and_when",
            ),
            # The schedule completes payments too, and is nobody.
            models.CheckConstraint(
                condition=Q(completed_by=None) | Q(completed_at__isnull=False), name="payment_completed_by_has_when"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("void", "failed", "rejected", "cancelled"))
                | Q(matched_minor=0, allocated_minor=0, reserved_minor=0),
                name="payment_ended_holds_nothing",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("completed", "void")) | Q(matched_minor=0, allocated_minor=0),
                name="payment_counts_once_completed",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("completed", "void"), completed_at__isnull=False)
                | (~Q(status__in=("completed", "void")) & Q(completed_at=None)),
                name="payment_completed_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=~Q(status="scheduled") | Q(execute_on__isnull=False), name="payment_scheduled_for_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("awaiting_approval", "approved", "scheduled", "processing")) | ~Q(digest=""),
                name="payment_on_its_way_has_a_digest",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(failure_reason=""), name="payment_failed_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None, stopped_because="")
                | (Q(stopped_at__isnull=False) & ~Q(stopped_because="")),
                name="payment_stopped_for_a_reason",
            ),
        )
        indexes = (
            models.Index(fields=("company", "status", "-paid_on", "-id"), name="payment_by_status"),
            models.Index(fields=("company", "-paid_on", "-id"), name="payment_by_day"),
            models.Index(fields=("supplier", "-paid_on"), name="payment_by_supplier"),
            models.Index(
                fields=("company", "execute_on", "id"),
                condition=Q(status="scheduled", stopped_at=None),
                name="payment_due",
            ),
            models.Index(fields=("supplier", "-created_at"), name="payment_by_supplier_made"),
            models.Index(
                fields=("bank_account", "paid_on"),
                condition=Q(status="completed", unmatched_minor__gt=0),
                name="payment_to_match",
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def outlay(self) -> Money:
        """Cash and fee: what the payment costs, in its own currency."""
        return self.amount + self.fee

    @property
    def allocated(self) -> Money:
        return Money(self.allocated_minor, self.currency)

    @property
    def on_account(self) -> Money:
        """Cash paid and not yet allocated; nothing while the payment is not completed."""
        done = self.status == PaymentStatus.COMPLETED
        return Money(self.amount_minor - self.allocated_minor if done else 0, self.currency)

    @property
    def available_on_account(self) -> Money:
        """Money on account that no unfinished payment has reserved."""
        return Money(self.on_account.minor - self.reserved_minor if self.on_account else 0, self.currency)

    def beyond_bills(self, allocations: Iterable[Allocation]) -> Money:
        """The cash that its own allocations leave over: it goes on account once the payment is completed."""
        cash = sum(row.amount_minor for row in allocations if row.is_live and row.source == "cash")
        return Money(self.amount_minor - cash, self.currency)

    @property
    def bank_total(self) -> Money:
        """What leaves the account: amount and fee, in the account's currency."""
        return Money(self.bank_minor, self.bank_account.currency if self.bank_account else self.currency)

    @property
    def matched(self) -> Money:
        return Money(self.matched_minor, self.bank_total.currency)

    @property
    def unmatched(self) -> Money:
        return self.bank_total - self.matched

    @property
    def is_draft(self) -> bool:
        return self.status == PaymentStatus.DRAFT

    @property
    def is_in_flight(self) -> bool:
        return self.status in IN_FLIGHT

    @property
    def makers(self) -> set[int]:
        """Ids of everyone who made, changed or submitted it: none of them approves it (rule 13)."""
        return {pk for pk in (self.created_by_id, self.edited_by_id, self.submitted_by_id) if pk is not None}

    def may(self, to: PaymentStatus) -> bool:
        """Whether there is such a move from where it stands."""
        return (PaymentStatus(self.status), to) in MOVES

    @property
    def has_cash(self) -> bool:
        """Whether a bank is asked for anything; without cash it only uses credit, a discount or a write-off."""
        return bool(self.amount_minor or self.fee_minor)

    @property
    def may_be_voided(self) -> bool:
        return (PaymentStatus(self.status), PaymentStatus.VOID) in MOVES
