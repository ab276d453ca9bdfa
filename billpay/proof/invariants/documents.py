"""Bills and credit notes: what is drawn on them, and whether they add up. Both keep the same rules in other words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Value

from billpay.bills.models import Bill, BillLine, Settlement
from billpay.credit_notes.models import CreditNote, CreditNoteLine, CreditUse
from billpay.documents.models import Document, Line, Status
from billpay.money.value import Money, convert
from billpay.payments.models import Allocation, RefundPart
from billpay.proof.comparing import Rows, agree, by_kind, named, none, side
from billpay.proof.invariant import Finding, Invariant, Scope, together

EDITABLE = (Status.DRAFT, Status.AWAITING_APPROVAL)


@dataclass(frozen=True, slots=True)
class Kind:
    """The names of one kind of document: `owner` is the field of a movement and of an allocation that points to it."""

    model: type[Document]
    line: type[Line]
    movement: type[Model]
    owner: str
    prefix: str
    noun: str
    used: str
    drawn: str
    given_back: str

    @property
    def rule(self) -> str:
        return "11" if self.model is Bill else "7, 11"

    @property
    def drawn_minor(self) -> str:
        return f"{self.drawn}_minor"

    @property
    def drawn_base(self) -> str:
        return f"{self.drawn}_base_minor"

    def of(self, scope: Scope) -> QuerySet[Any]:
        return self.model._default_manager.filter(company=scope.of)

    def lines(self) -> QuerySet[Any]:
        return self.line._default_manager.all()

    def approved(self, scope: Scope) -> QuerySet[Any]:
        return self.of(scope).exclude(status__in=EDITABLE)

    def counter(self, scope: Scope, name: str, *, base: bool = False) -> list[Rows]:
        return [side(self.of(scope), of="pk", minor=name, currency=self._currency(scope, base))]

    def movements(self, scope: Scope, kinds: dict[str, str], *, base: bool = False) -> list[Rows]:
        rows = self.movement._default_manager.filter(**{f"{self.owner}__company": scope.of, "kind__in": list(kinds)})
        currency = Value(scope.of.base_currency) if base else f"{self.owner}__currency"
        return [side(rows, of=f"{self.owner}_id", minor=by_kind(kinds), currency=currency)]

    def allocated(self, scope: Scope, *, settled: bool, base: bool = False) -> list[Rows]:
        """What live allocations hold of it, and what refunds that still stand have paid out."""
        rows = Allocation.objects.live().filter(payment__company=scope.of, settlement__isnull=not settled)
        rows = rows.filter(**{f"{self.owner}__isnull": False})
        minor = self._weight if base else "amount_minor"
        currency = self._currency(scope, base, f"{self.owner}__")
        parts = [side(rows, of=f"{self.owner}_id", minor=minor, currency=currency)]
        if settled and self.model is CreditNote:
            refunded = RefundPart.objects.filter(
                refund__company=scope.of, refund__status="completed", credit_note__isnull=False
            )
            minor = "base_minor" if base else "amount_minor"
            parts.append(side(refunded, of="credit_note_id", minor=minor, currency=currency))
        return parts

    @property
    def _weight(self) -> str:
        return "settlement__base_minor" if self.model is Bill else "source_base_minor"

    def _currency(self, scope: Scope, base: bool, path: str = "") -> Value | str:
        return Value(scope.of.base_currency) if base else f"{path}currency"


BILLS = Kind(Bill, BillLine, Settlement, "bill", "bills", "bill", "settled", "settled", "unsettled")
CREDIT_NOTES = Kind(
    CreditNote, CreditNoteLine, CreditUse, "credit_note", "credit_notes", "credit note", "used", "used", "given_back"
)


def _counters(kind: Kind) -> list[Invariant]:
    drawn = {kind.drawn: "amount_minor", kind.given_back: "-amount_minor"}
    drawn_base = {kind.drawn: "base_minor", kind.given_back: "-base_minor"}
    reserved = {"reserved": "amount_minor", "released": "-amount_minor"}

    def moves(name: str, kinds: dict[str, str], *, base: bool = False) -> Callable[[Scope], Finding]:
        return lambda scope: agree(
            kind.model, kind.counter(scope, name, base=base), kind.movements(scope, kinds, base=base)
        )

    def allocated(name: str, *, settled: bool, base: bool = False) -> Callable[[Scope], Finding]:
        return lambda scope: agree(
            kind.model, kind.counter(scope, name, base=base), kind.allocated(scope, settled=settled, base=base)
        )

    by = "live allocations" if kind is BILLS else "live allocations and refunds"
    looks = (
        ("moves", "its movements", moves(kind.drawn_minor, drawn)),
        ("base_moves", "its movements, in the base currency", moves(kind.drawn_base, drawn_base, base=True)),
        ("allocations", by, allocated(kind.drawn_minor, settled=True)),
        ("base_allocations", f"{by}, in the base currency", allocated(kind.drawn_base, settled=True, base=True)),
    )
    of_drawn = [
        Invariant(
            f"{kind.prefix}.{kind.used}_{name}", kind.rule, f"{kind.used.capitalize()} of {kind.noun}s = {says}", look
        )
        for name, says, look in looks
    ]
    held = allocated("reserved_minor", settled=False)
    return [
        *of_drawn,
        Invariant(
            f"{kind.prefix}.reserved_moves",
            kind.rule,
            f"Reserved of {kind.noun}s = its movements",
            moves("reserved_minor", reserved),
        ),
        Invariant(
            f"{kind.prefix}.reserved_allocations",
            kind.rule,
            f"Reserved of {kind.noun}s = allocations of unfinished payments",
            held,
        ),
    ]


def _within(kind: Kind) -> Invariant:
    def look(scope: Scope) -> Finding:
        drawn, base = kind.drawn_minor, kind.drawn_base
        rows = kind.of(scope)
        return none(
            rows,
            Q(**{f"{drawn}__gt": F("total_minor") - F("reserved_minor")}),
            Q(**{f"{drawn}__lt": 0}) | Q(reserved_minor__lt=0) | Q(**{f"{base}__lt": 0}),
            Q(**{f"{base}__gt": F("total_base_minor")}),
            ~Q(status=Status.OPEN) & (~Q(**{drawn: 0}) | ~Q(reserved_minor=0)),
        )

    says = f"No {kind.noun} is {kind.used} and reserved for more than its total, or while it is not open"
    return Invariant(f"{kind.prefix}.within_total", kind.rule, says, look)


def _no_residue(kind: Kind) -> Invariant:
    def look(scope: Scope) -> Finding:
        drawn, base = kind.drawn_minor, kind.drawn_base
        return none(
            kind.approved(scope),
            Q(**{drawn: F("total_minor")}) & ~Q(**{base: F("total_base_minor")}),
            Q(**{drawn: 0}) & ~Q(**{base: 0}) & Q(total_minor__gt=0),
        )

    says = f"Nothing is left in the base currency of a {kind.noun} of which nothing is left"
    return Invariant(f"{kind.prefix}.no_residue", "17", says, look)


def _lines(kind: Kind) -> list[Invariant]:
    def summed(minor: str) -> Callable[[Scope], Finding]:
        def look(scope: Scope) -> Finding:
            lines = kind.lines().filter(document__company=scope.of)
            return agree(
                kind.model,
                [side(kind.of(scope), of="pk", minor=minor, currency="currency")],
                [side(lines, of="document_id", minor=minor, currency="document__currency")],
            )

        return look

    def adds_up(scope: Scope) -> Finding:
        off = ~Q(total_minor=F("subtotal_minor") + F("tax_minor"))
        lines = kind.lines().filter(document__company=scope.of)
        stated = Q(stated_total_minor__isnull=False) & ~Q(stated_total_minor=F("total_minor"))
        return together(
            none(kind.of(scope), off),
            none(lines, off),
            none(kind.approved(scope), stated, noun=f"approved {kind.noun}s as the paper says"),
        )

    says = f"{kind.noun.capitalize()}s: subtotal + tax = total, on each line and on the whole, and as the paper says"
    return [
        Invariant(f"{kind.prefix}.adds_up", "5", says, adds_up),
        Invariant(f"{kind.prefix}.subtotal", "5", f"Subtotal of {kind.noun}s = their lines", summed("subtotal_minor")),
        Invariant(f"{kind.prefix}.tax", "5", f"Tax of {kind.noun}s = their lines", summed("tax_minor")),
    ]


def _stages(kind: Kind) -> Invariant:
    def look(scope: Scope) -> Finding:
        editable = Q(status__in=EDITABLE)
        lines = kind.lines().filter(document=OuterRef("pk"))
        return none(
            kind.of(scope),
            editable & Q(approved_at__isnull=False),
            ~editable & (Q(approved_at=None) | Q(approved_by=None) | ~Q(Exists(lines))),
            Q(status=Status.VOID) & (Q(voided_at=None) | Q(voided_on=None) | Q(voided_on__lt=F("issued_on"))),
            ~Q(status=Status.VOID) & Q(voided_at__isnull=False),
        )

    says = f"Each {kind.noun} says who approved it once it is approved, and who made it void once it is void"
    return Invariant(f"{kind.prefix}.stages", "6" if kind is BILLS else "7", says, look)


def _converted(kind: Kind) -> Invariant:
    def look(scope: Scope) -> Finding:
        base = scope.of.base_currency
        own = none(
            kind.approved(scope).filter(currency=base),
            ~Q(rate=1) | ~Q(total_base_minor=F("total_minor")),
            noun=f"{kind.noun}s in {base}",
        )
        foreign = kind.approved(scope).exclude(currency=base).order_by("pk")
        wrong, every = [], 0
        columns = ("pk", "total_minor", "currency", "rate", "total_base_minor")
        for pk, minor, currency, rate, stored in foreign.values_list(*columns).iterator():
            every += 1
            if convert(Money(minor, currency), rate, base).minor != stored:
                wrong.append(pk)
        return together(own, named(kind.model, wrong, every=every, noun=f"{kind.noun}s in other currencies"))

    says = f"Approved {kind.noun}s weigh in the base currency what their rate says"
    return Invariant(f"{kind.prefix}.converted", "3", says, look)


def _invariants(kind: Kind) -> tuple[Invariant, ...]:
    return (*_counters(kind), _within(kind), _no_residue(kind), *_lines(kind), _stages(kind), _converted(kind))


OF_BILLS = _invariants(BILLS)
OF_CREDIT_NOTES = _invariants(CREDIT_NOTES)
