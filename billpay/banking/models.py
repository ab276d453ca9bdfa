"""The company's own bank accounts, and what the bank says happened on them."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce

from billpay.banking import business_days
from billpay.companies.models import Company, User
from billpay.ledger.models import JournalLine, NominalAccount
from billpay.money.value import Money


class Calendar(models.TextChoices):
    """Whose bank holidays count. The days themselves are in `business_days`."""

    WEEKENDS = "", "Weekends only"
    TARGET = "target", "Euro area (T2)"
    UK = "uk", "England and Wales"
    US = "us", "United States (Federal Reserve)"
    AU = "au", "Australia (RITS)"


class DayRule(models.TextChoices):
    """Where a payment goes that falls on a day on which banks are closed."""

    PREVIOUS = "previous", "The business day before"
    NEXT = "next", "The next business day"
    MODIFIED = "modified", "The next business day, unless that is another month"


class Weekday(models.IntegerChoices):
    """As Python counts them."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class BankAccountQuerySet(models.QuerySet["BankAccount"]):
    def active(self) -> Self:
        return self.filter(archived_at=None)

    def with_figures(self) -> Self:
        """
        Add what the bank says, what the books say, and what waits, in the same query.

        `closing` and `closing_on` are of the newest statement that gives a balance, `since` what came on days after
        it; `booked` is in the company's base currency. Signed minor units, None where there is nothing to say.
        """
        closings = Statement.objects.filter(bank_account=OuterRef("pk"), closing_minor__isnull=False).order_by(
            "-ends_on", "-id"
        )
        lines = BankTransaction.objects.filter(bank_account=OuterRef("pk")).order_by().values("bank_account")
        out = When(direction=Direction.OUT, then=-F("amount_minor"))
        signed = Sum(Case(out, default=F("amount_minor"), output_field=models.BigIntegerField()))
        journal = JournalLine.objects.filter(account=OuterRef("nominal_account")).order_by().values("account")
        return self.annotate(
            closing=Subquery(closings.values("closing_minor")[:1]),
            closing_on=Subquery(closings.values("ends_on")[:1]),
        ).annotate(
            since=Subquery(lines.filter(booked_on__gt=OuterRef("closing_on")).annotate(sum=signed).values("sum")),
            booked=Subquery(journal.annotate(sum=Sum("debit_minor") - Sum("credit_minor")).values("sum")),
            waiting=Coalesce(
                Subquery(
                    lines.filter(excluded_at=None, unmatched_minor__gt=0).annotate(number=Count("pk")).values("number")
                ),
                0,
            ),
        )


class BankAccount(models.Model):
    """An account payments leave from. Its money in the books is on `nominal_account`."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="bank_accounts")
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    nominal_account = models.OneToOneField(NominalAccount, on_delete=models.PROTECT, related_name="bank_account")
    holder = models.CharField("account holder", max_length=140, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    bic = models.CharField("BIC", max_length=11, blank=True)
    sort_code = models.CharField(max_length=6, blank=True)
    routing_number = models.CharField(max_length=9, blank=True)
    account_number = models.CharField(max_length=34, blank=True)
    external_id = models.CharField(max_length=255, blank=True)
    csv_profile = models.JSONField("CSV columns", default=dict, blank=True)
    calendar = models.CharField("bank holidays", max_length=6, choices=Calendar, blank=True, default=Calendar.WEEKENDS)
    day_rule = models.CharField("when banks are closed", max_length=8, choices=DayRule, default=DayRule.NEXT)
    payment_weekday = models.PositiveSmallIntegerField("weekly payment day", choices=Weekday, null=True, blank=True)
    waits_for_outcome = models.BooleanField(
        "wait for the bank's outcome",
        default=False,
        help_text="Else a payment that falls due is recorded as completed on its day.",
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("company", "name"), name="bank_account_name_once"),
            models.UniqueConstraint(
                fields=("company", "external_id"), condition=~Q(external_id=""), name="bank_account_external_id_once"
            ),
            models.CheckConstraint(condition=Q(calendar__in=Calendar.values), name="bank_account_calendar_known"),
            models.CheckConstraint(condition=Q(day_rule__in=DayRule.values), name="bank_account_day_rule_known"),
            models.CheckConstraint(
                condition=Q(payment_weekday=None) | Q(payment_weekday__lte=Weekday.SUNDAY),
                name="bank_account_payment_weekday_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.currency})"

    @property
    def number(self) -> str:
        return self.iban or self.account_number

    @property
    def masked(self) -> str:
        """The last four characters, as shown on lists."""
        return f"••••{self.number[-4:]}" if self.number else ""

    def business_day(self, day: date) -> date:
        """The day on which the bank carries out what falls on `day`: itself, or moved by the account's rule."""
        return business_days.shift(day, self.calendar, self.day_rule)

    def closed_because(self, day: date) -> str:
        """Why the bank is closed on a day, as in "Saturday" or "Good Friday"; empty when it is open."""
        return business_days.closed_because(day, self.calendar)

    def next_payment_day(self, after: date) -> date | None:
        """The first weekly payment day later than `after`, moved by the rule; None when the account has no such day."""
        if self.payment_weekday is None:
            return None
        return business_days.next_payment_day(
            after, weekday=self.payment_weekday, calendar=self.calendar, rule=self.day_rule
        )

    def next_holiday(self, after: date) -> business_days.Closed | None:
        """The next weekday on which the bank is closed; None when it is closed at weekends only."""
        return business_days.next_holiday(after, self.calendar)

    @property
    def statement_balance(self) -> Money | None:
        """What the bank says is on it; needs `with_figures`."""
        closing: int | None = self.closing  # type: ignore[attr-defined]
        return None if closing is None else Money(closing + (self.since or 0), self.currency)  # type: ignore[attr-defined]

    @property
    def books_balance(self) -> Money:
        """What the books say, in the base currency; needs `with_figures`, and the company loaded."""
        return Money(self.booked or 0, self.company.base_currency)  # type: ignore[attr-defined]


class Statement(models.Model):
    """One imported statement. Balances are positions, so they are signed minor units of the account's currency."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="statements")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements")
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    format = models.CharField(max_length=12)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    opening_minor = models.BigIntegerField(null=True)
    closing_minor = models.BigIntegerField(null=True)
    off_by_minor = models.BigIntegerField(default=0, help_text="Closing less opening and lines; imported when told to.")
    new_count = models.PositiveIntegerField(default=0)
    known_count = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField(auto_now_add=True)
    imported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.file_name} ({self.bank_account.name})"

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, self.bank_account.currency)

    @property
    def opening(self) -> Money | None:
        return self._money(self.opening_minor)

    @property
    def closing(self) -> Money | None:
        return self._money(self.closing_minor)

    @property
    def off_by(self) -> Money:
        return Money(self.off_by_minor, self.bank_account.currency)


class StatementUpload(models.Model):
    """
    A file between being uploaded and being imported: the bytes stay here, and the pages carry its token alone.

    It belongs to who uploaded it, and goes when it is imported, or a day later.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="statement_uploads")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.CASCADE, related_name="uploads")
    token = models.UUIDField(unique=True, default=uuid.uuid4)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    profile = models.JSONField(default=dict, blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.file_name


class Direction(models.TextChoices):
    OUT = "out", "Money out"
    IN = "in", "Money in"


class BankTransactionQuerySet(models.QuerySet["BankTransaction"]):
    def to_reconcile(self) -> Self:
        return self.filter(excluded_at=None, unmatched_minor__gt=0)

    def matched(self) -> Self:
        return self.filter(matched_minor__gt=0, unmatched_minor=0)

    def excluded(self) -> Self:
        return self.filter(excluded_at__isnull=False)

    def search(self, text: str) -> Self:
        """Lines whose payee, reference, description or bank id holds the text."""
        return self.filter(
            Q(payee__icontains=text)
            | Q(reference__icontains=text)
            | Q(description__icontains=text)
            | Q(bank_id__icontains=text)
        )


class BankTransaction(models.Model):
    """
    One line of a statement. `amount_minor` is unsigned, in the account's currency; `direction` says which way.

    Twins (same day, amount and text) are told apart by `ordinal`, the how-manieth of their kind in their file.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="bank_transactions")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="transactions")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="transactions")
    booked_on = models.DateField("booking date")
    value_on = models.DateField("value date", null=True, blank=True)
    direction = models.CharField(max_length=3, choices=Direction)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payee = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    description = models.CharField(max_length=500, blank=True)
    bank_id = models.CharField("bank's own id", max_length=120, blank=True)
    fingerprint = models.CharField(max_length=64)
    ordinal = models.PositiveIntegerField()
    matched_minor = models.BigIntegerField(default=0)
    unmatched_minor = models.GeneratedField(
        expression=F("amount_minor") - F("matched_minor"), output_field=models.BigIntegerField(), db_persist=True
    )
    excluded_at = models.DateTimeField(null=True, blank=True)
    excluded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    excluded_reason = models.CharField(max_length=200, blank=True)

    objects = BankTransactionQuerySet.as_manager()

    class Meta:
        ordering = ("-booked_on", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("bank_account", "fingerprint", "ordinal"), name="bank_transaction_imported_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="bank_transaction_has_an_amount"),
            models.CheckConstraint(
                condition=Q(matched_minor__gte=0, matched_minor__lte=F("amount_minor")),
                name="bank_transaction_never_overmatched",
            ),
            models.CheckConstraint(
                condition=Q(excluded_at=None) | Q(matched_minor=0), name="bank_transaction_excluded_is_unmatched"
            ),
        )
        indexes = (
            models.Index(fields=("bank_account", "-booked_on", "-id"), name="bank_transaction_by_day"),
            models.Index(fields=("company", "amount_minor"), name="bank_transaction_by_amount"),
            models.Index(
                fields=("bank_account", "bank_id"), condition=~Q(bank_id=""), name="bank_transaction_by_bank_id"
            ),
            models.Index(
                fields=("bank_account", "-booked_on"),
                condition=Q(unmatched_minor__gt=0, excluded_at=None),
                name="bank_transaction_to_match",
            ),
        )

    def __str__(self) -> str:
        return f"{self.booked_on:%Y-%m-%d} {self.signed} {self.text}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def signed(self) -> Money:
        """As on the statement: negative is money out."""
        return Money(-self.amount_minor if self.direction == Direction.OUT else self.amount_minor, self.currency)

    @property
    def unmatched(self) -> Money:
        return Money(self.amount_minor - self.matched_minor, self.currency)

    @property
    def matched(self) -> Money:
        return Money(self.matched_minor, self.currency)

    @property
    def state(self) -> str:
        """A code for the status tag: to_review, partly_matched, matched or excluded."""
        if self.excluded_at is not None:
            return "excluded"
        if not self.matched_minor:
            return "to_review"
        return "matched" if self.matched_minor == self.amount_minor else "partly_matched"

    @property
    def text(self) -> str:
        return " ".join(part for part in (self.payee, self.reference, self.description) if part)
