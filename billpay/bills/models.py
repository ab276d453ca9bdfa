"""Bills, their lines, the dated rows that settle them, and the files attached to them."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When

from billpay.companies.models import Company, User
from billpay.documents.models import Document, Line, Status
from billpay.money.value import Money, percentage
from billpay.suppliers.models import DiscountTax


class BillState(models.TextChoices):
    """What people call a bill's status: its stage, with payment told from the amounts."""

    DRAFT = "draft", "Draft"
    AWAITING_APPROVAL = "awaiting_approval", "Awaiting approval"
    OPEN = "open", "Open"
    PARTIALLY_PAID = "partially_paid", "Partially paid"
    PAID = "paid", "Paid"
    VOID = "void", "Void"


class BillQuerySet(models.QuerySet["Bill"]):
    def outstanding(self) -> Self:
        """
        Open with something left to settle: a range of the index, since `owed_on` is empty for all others.

        Asked as "after the first of days", because SQLite scans the table for "is not empty".
        """
        return self.filter(owed_on__gt=date.min)

    def payable(self) -> Self:
        """Outstanding, with something left that no unfinished payment has reserved."""
        return self.outstanding().filter(available_minor__gt=0)

    def overdue(self, *, today: date) -> Self:
        return self.filter(owed_on__lt=today)

    def held(self, *, today: date) -> Self:
        """On hold that day: nothing pays them."""
        return self.filter(held_at__isnull=False).filter(Q(held_until=None) | Q(held_until__gt=today))


class Bill(Document):
    """
    What a supplier asks to be paid.

    Its money moves only through `bills.actions`: `settled_minor` and `reserved_minor` are counters
    of its `Settlement` rows, held under the total by a CHECK (rule 11).
    """

    State = BillState
    OUTSTANDING = (BillState.OPEN, BillState.PARTIALLY_PAID)

    due_on = models.DateField("due date")
    planned_on = models.DateField("planned payment date", null=True, blank=True)
    discount_percent = models.DecimalField(
        "early-payment discount", max_digits=7, decimal_places=4, default=Decimal(0), help_text="In percent; 0 is none."
    )
    discount_until = models.DateField("discount until", null=True, blank=True)
    discount_tax = models.CharField("tax on the discount", max_length=9, choices=DiscountTax, default="reduced")
    held_at = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    held_until = models.DateField("held until", null=True, blank=True)
    hold_reason = models.CharField(max_length=200, blank=True)
    edited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_minor = models.BigIntegerField(default=0)
    reserved_minor = models.BigIntegerField(default=0)
    settled_base_minor = models.BigIntegerField(default=0)
    state = models.GeneratedField(
        expression=Case(
            When(~Q(status="open"), then=F("status")),
            When(settled_minor__gte=F("total_minor"), then=Value("paid")),
            When(settled_minor__gt=0, then=Value("partially_paid")),
            default=Value("open"),
            output_field=models.CharField(max_length=17),
        ),
        output_field=models.CharField(max_length=17, choices=BillState),
        db_persist=True,
    )
    outstanding_minor = models.GeneratedField(
        expression=Case(When(status="open", then=F("total_minor") - F("settled_minor")), default=Value(0)),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    available_minor = models.GeneratedField(
        expression=Case(
            When(status="open", then=F("total_minor") - F("settled_minor") - F("reserved_minor")), default=Value(0)
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    owed_on = models.GeneratedField(
        expression=Case(
            When(status="open", settled_minor__lt=F("total_minor"), then=F("due_on")),
            default=Value(None),
            output_field=models.DateField(null=True),
        ),
        output_field=models.DateField(null=True),
        db_persist=True,
    )
    """The due date while something is outstanding, else empty: what is owed is a range of one index."""

    objects = BillQuerySet.as_manager()

    class Meta(Document.Meta):
        abstract = False
        ordering = ("due_on", "id")
        constraints = (
            *Document.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    settled_minor__gte=0,
                    reserved_minor__gte=0,
                    settled_minor__lte=F("total_minor") - F("reserved_minor"),
                ),
                name="bill_never_oversettled",
                violation_error_message="A bill cannot be settled for more than its total.",
            ),
            models.CheckConstraint(
                condition=Q(status="open") | Q(settled_minor=0, reserved_minor=0), name="bill_settled_only_when_open"
            ),
            models.CheckConstraint(
                condition=Q(held_at=None, held_by=None, held_until=None, hold_reason="")
                | (Q(held_at__isnull=False, held_by__isnull=False) & ~Q(hold_reason="")),
                name="bill_hold_has_who_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(discount_percent=0, discount_until=None)
                | Q(discount_percent__gt=0, discount_percent__lt=100, discount_until__isnull=False),
                name="bill_discount_has_percent_and_day",
            ),
        )
        indexes = (
            models.Index(fields=("company", "state", "due_on", "id"), name="bill_by_state_and_due"),
            models.Index(fields=("company", "-issued_on", "-id"), name="bill_by_date"),
            models.Index(fields=("company", "due_on", "id"), name="bill_by_due"),
            models.Index(fields=("company", "normalised_number"), name="bill_by_number"),
            models.Index(fields=("company", "total_minor"), name="bill_by_total"),
            models.Index(fields=("supplier", "state", "due_on"), name="bill_by_supplier"),
            # Holds all that the sums of what is owed need, so that they are read from the index alone.
            models.Index(
                fields=("company", "owed_on", "id", "currency", "outstanding_minor", "planned_on"), name="bill_owed"
            ),
            models.Index(fields=("company", "held_until"), condition=Q(held_at__isnull=False), name="bill_held"),
        )

    def get_state_display(self) -> str:
        """Django draws this up for plain fields with choices only, not for a generated one."""
        return str(BillState(self.state).label)

    @property
    def settled(self) -> Money:
        return Money(self.settled_minor, self.currency)

    @property
    def reserved(self) -> Money:
        return Money(self.reserved_minor, self.currency)

    @property
    def outstanding(self) -> Money:
        """Total less settled; nothing for a bill that is not open."""
        return Money(self.total_minor - self.settled_minor if self.status == Status.OPEN else 0, self.currency)

    @property
    def available(self) -> Money:
        """What a new payment may still settle: outstanding less what unfinished payments reserve."""
        return Money(self.outstanding.minor - self.reserved_minor, self.currency)

    @property
    def may_be_settled(self) -> bool:
        return self.status == Status.OPEN

    def is_held(self, *, today: date) -> bool:
        """Whether it is on hold: until its release date comes, or until someone lifts the hold."""
        return self.held_at is not None and (self.held_until is None or today < self.held_until)

    @property
    def discount(self) -> Money:
        """The early-payment discount on the whole bill, whatever was paid of it (rule 18)."""
        basis = self.total if self.discount_tax == DiscountTax.REDUCED else self.subtotal
        return percentage(basis, self.discount_percent)

    def discount_on(self, day: date) -> Money:
        """The discount for a bill paid in full by a payment of that day: nothing once the term has run out."""
        in_time = self.discount_until is not None and day <= self.discount_until
        return self.discount if in_time else Money.zero(self.currency)

    @property
    def may_be_paid(self) -> bool:
        return self.may_be_settled and self.available.minor > 0

    def is_payable(self, *, today: date) -> bool:
        """Whether there is something to pay, and no hold keeps it from being paid."""
        return self.may_be_paid and not self.is_held(today=today)

    @property
    def may_be_held(self) -> bool:
        """Whether anything of it is still to be paid, now or once it is approved."""
        return self.state not in {BillState.PAID, BillState.VOID}

    @property
    def makers(self) -> set[int]:
        """Ids of who entered it, and of who changed or submitted it last: none of them approves it (rule 13)."""
        return {pk for pk in (self.created_by_id, self.edited_by_id, self.submitted_by_id) if pk is not None}

    @property
    def may_be_voided(self) -> bool:
        return self.status == Status.OPEN and not self.settled_minor and not self.reserved_minor

    def is_overdue(self, *, today: date) -> bool:
        return self.outstanding.minor > 0 and self.due_on < today


class BillLine(Line):
    document = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="lines")

    class Meta(Line.Meta):
        abstract = False
        constraints = (
            *Line.Meta.constraints,
            models.UniqueConstraint(fields=("document", "position"), name="bill_line_position_once"),
        )


class BillApproval(models.Model):
    """
    One person's yes to one version of a bill (rule 13). Any change makes a new version, and starts anew.

    `maker` is who entered the bill: the database itself refuses that they approve.
    """

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="approvals")
    version = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    maker = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("bill", "version", "by"), name="bill_approved_once_by_each"),
            models.CheckConstraint(condition=Q(maker=None) | ~Q(by=F("maker")), name="bill_approver_is_not_the_maker"),
        )

    def __str__(self) -> str:
        return f"{self.bill} by {self.by}"


class EarlierDueDate(models.Model):
    """A due date that an approved bill had until another took its place: so that it is known when it was due then."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="earlier_due_dates")
    due_on = models.DateField()
    replaced_at = models.DateTimeField(auto_now_add=True)
    replaced_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("replaced_at",), name="earlier_due_date_by_moment"),)

    def __str__(self) -> str:
        return f"{self.bill}: due {self.due_on:%Y-%m-%d} until {self.replaced_at:%Y-%m-%d}"


class SettlementKind(models.TextChoices):
    RESERVED = "reserved", "Reserved"
    RELEASED = "released", "Released"
    SETTLED = "settled", "Settled"
    UNSETTLED = "unsettled", "Taken back"


class Settlement(models.Model):
    """
    One dated step in reserving or settling a bill: appended, never changed. The bill does not know what paid it.

    `amount_minor` is in the bill's currency, `base_minor` the part of its base total that went with it.
    The bill's counters are the sums of these rows: triggers add each row up and refuse any other value.
    """

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="settlements")
    kind = models.CharField(max_length=9, choices=SettlementKind, default=SettlementKind.SETTLED)
    amount_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    on = models.DateField()
    takes_back = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="taken_back_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["on"], name="settlement_by_day"),)
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0, base_minor__gte=0), name="settlement_positive"),
            models.CheckConstraint(
                condition=Q(kind="settled", takes_back=None)
                | Q(kind="unsettled", takes_back__isnull=False)
                | Q(kind__in=("reserved", "released"), takes_back=None, base_minor=0),
                name="settlement_takes_back_a_settlement",
            ),
        )

    def __str__(self) -> str:
        return f"{self.bill}: {self.amount_minor} on {self.on:%Y-%m-%d}"


def attachment_path(attachment: Attachment, _name: str) -> str:
    """Stored under the company by a random name; the user's own file name never reaches the disk."""
    return f"attachments/{attachment.company_id}/{attachment.id}"


class Attachment(models.Model):
    """A file kept with a bill. `content_type` is what the content is, whatever the name said."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="attachments")
    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="attachments")
    file = models.FileField(upload_to=attachment_path, max_length=200)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=30)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("created_at",)

    def __str__(self) -> str:
        return self.name
