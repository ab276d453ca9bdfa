"""Double entry: balanced, complete, dated right, and reversed where what it stands for is void."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import BigIntegerField, Count, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billpay.bills.models import Bill
from billpay.credit_notes.models import CreditNote
from billpay.ledger.models import AccountRole, EntryKind, JournalEntry, JournalLine
from billpay.payments.models import Allocation, Payment, Refund
from billpay.proof.comparing import Expression, Rows, agree, none, same, side
from billpay.proof.invariant import Finding, Invariant, Scope, summed, together

CREDIT = F("credit_minor") - F("debit_minor")
DEBIT = F("debit_minor") - F("credit_minor")


@dataclass(frozen=True, slots=True)
class Posted:
    """A kind of record that is posted: which of them, by what field's day, and what makes an entry needless."""

    model: type[Model]
    entry: EntryKind
    day: str
    stands: Q
    void: Q
    weight: str

    @property
    def kind(self) -> str:
        return str(self.model._meta.model_name)

    def of(self, scope: Scope) -> QuerySet[Model]:
        return self.model._default_manager.filter(company=scope.of)

    def entries(self, scope: Scope) -> QuerySet[JournalEntry]:
        return JournalEntry.objects.filter(company=scope.of, source_kind=self.kind)


RECORDS = (
    Posted(Bill, EntryKind.BILL, "issued_on", Q(status="open"), Q(status="void"), "total_base_minor"),
    Posted(CreditNote, EntryKind.CREDIT_NOTE, "issued_on", Q(status="open"), Q(status="void"), "total_base_minor"),
    Posted(Payment, EntryKind.PAYMENT, "paid_on", Q(status="completed"), Q(status="void"), "amount_base_minor"),
    Posted(Refund, EntryKind.REFUND, "received_on", Q(status="completed"), Q(status="void"), "amount_base_minor"),
)
BILLS, CREDIT_NOTES, PAYMENTS, REFUNDS = RECORDS


def lines_of(scope: Scope, role: AccountRole | tuple[AccountRole, ...] | None = None, *, source: str = "") -> Rows:
    rows = JournalLine.objects.filter(entry__company=scope.of)
    if role:
        rows = rows.filter(account__role__in=role if isinstance(role, tuple) else (role,))
    return rows.filter(entry__source_kind=source) if source else rows


def in_base(scope: Scope, rows: Rows, *, of: str, minor: Expression) -> Rows:
    return side(rows, of=of, minor=minor, currency=Value(scope.of.base_currency))


def _balanced(scope: Scope) -> Finding:
    lines = lines_of(scope)
    debits = in_base(scope, lines, of="entry_id", minor="debit_minor")
    return agree(JournalEntry, [debits], [in_base(scope, lines, of="entry_id", minor="credit_minor")])


def _two_sided(scope: Scope) -> Finding:
    lines = JournalLine.objects.filter(entry=OuterRef("pk")).order_by().values("entry").annotate(n=Count("pk"))
    entries = JournalEntry.objects.filter(company=scope.of)
    counted = entries.annotate(lines_count=Coalesce(Subquery(lines.values("n")), 0))
    one_sided = Q(debit_minor__gt=0, credit_minor=0) | Q(debit_minor=0, credit_minor__gt=0)
    return together(none(counted, Q(lines_count__lt=2)), none(lines_of(scope), ~one_sided))


def _posted(scope: Scope) -> Finding:
    """One entry for each that was ever approved or completed; an entry of nothing is not written."""
    looks = []
    for record in RECORDS:
        own = JournalEntry.objects.filter(
            company=scope.of, source_kind=record.kind, source_id=OuterRef("pk"), kind=record.entry
        )
        count = own.order_by().values("source_id").annotate(n=Count("pk")).values("n")
        rows = record.of(scope).annotate(entries=Coalesce(Subquery(count), 0))
        ever = record.stands | record.void
        missing = ever & Q(entries=0) & ~Q(**{record.weight: 0})
        looks.append(none(rows, missing, ~ever & Q(entries__gt=0), Q(entries__gt=1)))
    return together(*looks, _of_something(scope))


def _of_something(scope: Scope) -> Finding:
    """Entries say what they are for, and that is there."""
    entries = JournalEntry.objects.filter(company=scope.of, source_kind__in=[record.kind for record in RECORDS])
    there = [
        Q(source_kind=record.kind) & ~Q(Exists(record.of(scope).filter(pk=OuterRef("source_id")))) for record in RECORDS
    ]
    return none(entries, *there, noun="entries of something that is there")


def _reversed(scope: Scope) -> Finding:
    """All entries of what is void, and no others; line by line the other way round."""
    looks = []
    for record in RECORDS:
        void = record.of(scope).filter(record.void)
        first = record.entries(scope).filter(reverses=None, source_id__in=void.values("pk"))
        back = record.entries(scope).filter(reverses__isnull=False)
        noun = f"entries of void {record.model._meta.verbose_name_plural}"
        looks.append(same(JournalEntry, first.values_list("pk"), back.values_list("reverses"), noun=noun))
    entries = JournalEntry.objects.filter(company=scope.of)
    back = entries.filter(reverses__isnull=False)
    alike = Q(source_kind=F("reverses__source_kind"), source_id=F("reverses__source_id"), kind=EntryKind.REVERSAL)
    return together(
        *looks,
        none(back, ~alike, Q(pk__in=_not_mirrored(scope).values("pk")), noun="reversals"),
        none(entries.filter(kind=EntryKind.REVERSAL), Q(reverses=None), noun="reversals of something"),
    )


def _not_mirrored(scope: Scope) -> QuerySet[JournalEntry]:
    """Reversals that leave something on an account."""
    reversals = JournalEntry.objects.filter(company=scope.of, reverses__isnull=False)
    pairs = lines_of(scope).filter(Q(entry__in=reversals) | Q(entry__in=reversals.values("reverses")))
    first = Coalesce("entry__reverses", "entry_id", output_field=BigIntegerField())
    left = pairs.order_by().values(first=first, on_account=F("account")).annotate(left=Sum(DEBIT)).exclude(left=0)
    return JournalEntry.objects.filter(reverses__in=left.values("first"))


def _dated(scope: Scope) -> Finding:
    looks = []
    for record in RECORDS:
        source = record.model._default_manager.filter(pk=OuterRef("source_id"))
        own = record.entries(scope).filter(kind=record.entry)
        looks.append(none(own.annotate(day=Subquery(source.values(record.day)[:1])), ~Q(on=F("day"))))
        back = record.entries(scope).filter(kind=EntryKind.REVERSAL)
        looks.append(none(back.annotate(day=Subquery(source.values("voided_on")[:1])), ~Q(on=F("day"))))
    undone = Allocation.objects.filter(payment=OuterRef("source_id"), undone_on=OuterRef("on"))
    given_back = JournalEntry.objects.filter(company=scope.of, source_kind="payment", kind=EntryKind.ALLOCATION)
    return summed(together(*looks, none(given_back, ~Q(Exists(undone)))), "entries")


INVARIANTS = (
    Invariant("books.balanced", "23", "Debits = credits, in every entry", _balanced),
    Invariant("books.two_sided", "23", "Each entry has two lines or more, each a debit or a credit", _two_sided),
    Invariant("books.posted", "23", "Each bill, credit note, payment and refund is posted once, and no draft", _posted),
    Invariant("books.reversed", "23", "What is void is reversed, line by line, and nothing else is", _reversed),
    Invariant("books.dated", "14, 23", "Entries are of the day of what they stand for", _dated),
)
