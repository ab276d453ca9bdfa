"""What bills and credit notes share: an abstract document with lines whose sums are stored."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from billpay.companies.models import Company, User
from billpay.ledger.models import NominalAccount, TaxRate, TrackingCategory
from billpay.money.value import Money
from billpay.suppliers.models import Supplier


class AmountsAre(models.TextChoices):
    EXCLUSIVE = "exclusive", "Tax exclusive"
    INCLUSIVE = "inclusive", "Tax inclusive"
    NO_TAX = "no_tax", "No tax"


class Status(models.TextChoices):
    """Where a document stands. Paid, partly paid and used follow from the amounts and are never stored by hand."""

    DRAFT = "draft", "Draft"
    AWAITING_APPROVAL = "awaiting_approval", "Awaiting approval"
    OPEN = "open", "Open"
    VOID = "void", "Void"


MOVES = {
    (Status.DRAFT, Status.AWAITING_APPROVAL),
    (Status.AWAITING_APPROVAL, Status.DRAFT),
    (Status.DRAFT, Status.OPEN),
    (Status.AWAITING_APPROVAL, Status.OPEN),
    (Status.OPEN, Status.VOID),
}


class Document(models.Model):
    """
    A bill or credit note. Amounts are minor units of `currency`; `rate` is base units per unit of it (rule 3).

    `stated_total_minor` is what the paper says, where someone entered it; a difference blocks approval.
    `twin` is 0, or the how-manieth copy of this number that someone said was no duplicate (rule 8).
    """

    Status = Status
    AmountsAre = AmountsAre

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="%(app_label)s")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="%(app_label)s")
    number = models.CharField(max_length=100)
    normalised_number = models.CharField(max_length=100)
    twin = models.PositiveSmallIntegerField(default=0)
    twin_reason = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=255, blank=True)
    issued_on = models.DateField("date")
    currency = models.CharField(max_length=3)
    rate = models.DecimalField("exchange rate", max_digits=19, decimal_places=9, default=Decimal(1))
    amounts_are = models.CharField(max_length=9, choices=AmountsAre, default=AmountsAre.EXCLUSIVE)
    reference = models.CharField(max_length=100, blank=True)
    note = models.TextField(blank=True)
    subtotal_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)
    total_base_minor = models.BigIntegerField(default=0, help_text="In the base currency, fixed on approval.")
    stated_total_minor = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(max_length=17, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    voided_on = models.DateField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(total_minor=F("subtotal_minor") + F("tax_minor"), total_minor__gte=0),
                name="%(class)s_total_adds_up",
                violation_error_message="Subtotal and tax must add up to the total.",
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="%(class)s_rate_positive"),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, voided_on=None)
                | Q(voided_at__isnull=False, voided_by__isnull=False, voided_on__isnull=False),
                name="%(class)s_void_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="%(class)s_approval_has_who_and_when",
            ),
            models.UniqueConstraint(
                fields=("supplier", "normalised_number", "twin"),
                condition=~Q(status="void"),
                name="%(class)s_number_once_per_supplier",
            ),
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="%(class)s_external_id_once"
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def subtotal(self) -> Money:
        return Money(self.subtotal_minor, self.currency)

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, self.currency)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def stated_total(self) -> Money | None:
        return None if self.stated_total_minor is None else Money(self.stated_total_minor, self.currency)

    @property
    def is_foreign(self) -> bool:
        return self.currency != self.company.base_currency

    @property
    def total_base(self) -> Money:
        return Money(self.total_base_minor, self.company.base_currency)

    @property
    def is_editable(self) -> bool:
        """Whether lines and amounts may still change: once approved, corrections are void and re-enter."""
        return self.status in {Status.DRAFT, Status.AWAITING_APPROVAL}


class Line(models.Model):
    """
    One line of a document. `subtotal + tax = total` on every line, in minor units of the document's currency.

    `unit_amount_minor` may be negative for a deduction printed on the bill; the document's total may not.
    """

    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=500, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(1))
    unit_amount_minor = models.BigIntegerField()
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(0))
    discount_minor = models.BigIntegerField(default=0)
    account = models.ForeignKey(NominalAccount, on_delete=models.PROTECT, related_name="+")
    tax_rate = models.ForeignKey(TaxRate, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    tracking = models.ManyToManyField(TrackingCategory, blank=True, related_name="+")
    subtotal_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()

    class Meta:
        abstract = True
        ordering = ("position",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(total_minor=F("subtotal_minor") + F("tax_minor")), name="%(class)s_adds_up"
            ),
        )

    def __str__(self) -> str:
        return self.description or f"Line {self.position}"

    def _money(self, minor: int) -> Money:
        return Money(minor, self.document.currency)  # type: ignore[attr-defined]

    @property
    def unit_amount(self) -> Money:
        return self._money(self.unit_amount_minor)

    @property
    def subtotal(self) -> Money:
        return self._money(self.subtotal_minor)

    @property
    def tax(self) -> Money:
        return self._money(self.tax_minor)

    @property
    def total(self) -> Money:
        return self._money(self.total_minor)
