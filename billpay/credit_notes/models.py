"""Credit notes: supplier credit, what is left of it, and the dated rows that used it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When

from billpay.companies.models import User
from billpay.documents.models import Document, Line, Status
from billpay.money.value import Money


class CreditNoteState(models.TextChoices):
    DRAFT = "draft", "Draft"
    AWAITING_APPROVAL = "awaiting_approval", "Awaiting approval"
    OPEN = "open", "Open"
    PARTLY_USED = "partly_used", "Partly used"
    USED = "used", "Used"
    VOID = "void", "Void"


class CreditNoteQuerySet(models.QuerySet["CreditNote"]):
    def usable(self) -> Self:
        """Open, with credit left that no unfinished payment has reserved."""
        return self.filter(status=Status.OPEN, available_minor__gt=0)


class CreditNote(Document):
    """
    Credit from a supplier. What remains is derived: total less used (rule 7).

    It moves only through `credit_notes.actions`, under the same guard as a bill.
    """

    State = CreditNoteState

    used_minor = models.BigIntegerField(default=0)
    reserved_minor = models.BigIntegerField(default=0)
    used_base_minor = models.BigIntegerField(default=0)
    state = models.GeneratedField(
        expression=Case(
            When(~Q(status="open"), then=F("status")),
            When(used_minor__gte=F("total_minor"), then=Value("used")),
            When(used_minor__gt=0, then=Value("partly_used")),
            default=Value("open"),
            output_field=models.CharField(max_length=17),
        ),
        output_field=models.CharField(max_length=17, choices=CreditNoteState),
        db_persist=True,
    )
    remaining_minor = models.GeneratedField(
        expression=Case(When(status="open", then=F("total_minor") - F("used_minor")), default=Value(0)),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    available_minor = models.GeneratedField(
        expression=Case(
            When(status="open", then=F("total_minor") - F("used_minor") - F("reserved_minor")), default=Value(0)
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    objects = CreditNoteQuerySet.as_manager()

    class Meta(Document.Meta):
        abstract = False
        ordering = ("-issued_on", "-id")
        constraints = (
            *Document.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    used_minor__gte=0, reserved_minor__gte=0, used_minor__lte=F("total_minor") - F("reserved_minor")
                ),
                name="credit_note_never_overused",
                violation_error_message="A credit note cannot be used for more than its total.",
            ),
            models.CheckConstraint(
                condition=Q(status="open") | Q(used_minor=0, reserved_minor=0), name="credit_note_used_only_when_open"
            ),
        )
        indexes = (
            models.Index(fields=("company", "state", "-issued_on", "-id"), name="credit_note_by_state"),
            models.Index(fields=("supplier", "state"), name="credit_note_by_supplier"),
            models.Index(fields=("company", "normalised_number"), name="credit_note_by_number"),
        )

    def get_state_display(self) -> str:
        """Django draws this up for plain fields with choices only, not for a generated one."""
        return str(CreditNoteState(self.state).label)

    @property
    def used(self) -> Money:
        return Money(self.used_minor, self.currency)

    @property
    def reserved(self) -> Money:
        return Money(self.reserved_minor, self.currency)

    @property
    def remaining(self) -> Money:
        """Total less used; nothing for a credit note that is not open."""
        return Money(self.total_minor - self.used_minor if self.status == Status.OPEN else 0, self.currency)

    @property
    def available(self) -> Money:
        """What a new payment may still take: remaining less what unfinished payments reserve."""
        return Money(self.remaining.minor - self.reserved_minor, self.currency)

    @property
    def may_be_used(self) -> bool:
        return self.status == Status.OPEN

    @property
    def may_be_voided(self) -> bool:
        return self.status == Status.OPEN and not self.used_minor and not self.reserved_minor


class CreditNoteLine(Line):
    document = models.ForeignKey(CreditNote, on_delete=models.CASCADE, related_name="lines")

    class Meta(Line.Meta):
        abstract = False
        constraints = (
            *Line.Meta.constraints,
            models.UniqueConstraint(fields=("document", "position"), name="credit_note_line_position_once"),
        )


class CreditUseKind(models.TextChoices):
    RESERVED = "reserved", "Reserved"
    RELEASED = "released", "Released"
    USED = "used", "Used"
    GIVEN_BACK = "given_back", "Given back"


class CreditUse(models.Model):
    """
    One dated step in reserving or using a credit note: appended, never changed.

    The credit note's counters are the sums of these rows: triggers add each row up and refuse any other value.
    """

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="uses")
    kind = models.CharField(max_length=10, choices=CreditUseKind, default=CreditUseKind.USED)
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
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0, base_minor__gte=0), name="credit_use_positive"),
            models.CheckConstraint(
                condition=Q(kind="used", takes_back=None)
                | Q(kind="given_back", takes_back__isnull=False)
                | Q(kind__in=("reserved", "released"), takes_back=None, base_minor=0),
                name="credit_use_takes_back_a_use",
            ),
        )

    def __str__(self) -> str:
        return f"{self.credit_note}: {self.amount_minor} on {self.on:%Y-%m-%d}"
