"""Payments: what their cash went into, what they hold while they are on their way, and what they are made of."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value

from billpay.bills.models import Settlement
from billpay.credit_notes.models import CreditUse
from billpay.money.value import Money, convert
from billpay.payments.models import (
    CLOSED_BEFORE,
    IN_FLIGHT,
    Allocation,
    Batch,
    CashUse,
    Payment,
    PaymentStatus,
    RefundPart,
    RefundStatus,
    Source,
)
from billpay.proof.comparing import Rows, agree, by_kind, named, none, same, side
from billpay.proof.invariant import Finding, Invariant, Scope, together

ENDED = (*CLOSED_BEFORE, PaymentStatus.VOID)
DONE = (PaymentStatus.COMPLETED, PaymentStatus.VOID)


def _all(scope: Scope) -> QuerySet[Payment]:
    return Payment.objects.filter(company=scope.of)


def _live(scope: Scope) -> QuerySet[Allocation]:
    return Allocation.objects.live().filter(payment__company=scope.of)


def _counter(scope: Scope, name: str, *, base: bool = False) -> list[Rows]:
    return [side(_all(scope), of="pk", minor=name, currency=Value(scope.of.base_currency) if base else "currency")]


def _uses(scope: Scope, kinds: dict[str, str], *, base: bool = False) -> list[Rows]:
    rows = CashUse.objects.filter(payment__company=scope.of, kind__in=list(kinds))
    currency = Value(scope.of.base_currency) if base else "payment__currency"
    return [side(rows, of="payment_id", minor=by_kind(kinds), currency=currency)]


def _went_into(scope: Scope, *, base: bool = False) -> list[Rows]:
    """Bills by its own cash, bills by later payments that drew on it, and what was refunded."""
    settled = _live(scope).exclude(settlement=None)
    own, drawn = settled.filter(source=Source.CASH), settled.filter(from_payment__isnull=False)
    back = RefundPart.objects.filter(refund__company=scope.of, refund__status="completed", from_payment__isnull=False)
    of_base = Value(scope.of.base_currency)
    minor = "source_base_minor" if base else "amount_minor"
    return [
        side(own, of="payment_id", minor=minor, currency=of_base if base else "payment__currency"),
        side(drawn, of="from_payment_id", minor=minor, currency=of_base if base else "from_payment__currency"),
        side(
            back,
            of="from_payment_id",
            minor="base_minor" if base else "amount_minor",
            currency=of_base if base else "from_payment__currency",
        ),
    ]


def _allocated_moves(scope: Scope) -> Finding:
    moves = _uses(scope, {"used": "amount_minor", "given_back": "-amount_minor"})
    return agree(Payment, _counter(scope, "allocated_minor"), moves)


def _allocated_base_moves(scope: Scope) -> Finding:
    moves = _uses(scope, {"used": "base_minor", "given_back": "-base_minor"}, base=True)
    return agree(Payment, _counter(scope, "allocated_base_minor", base=True), moves)


def _reserved_moves(scope: Scope) -> Finding:
    moves = _uses(scope, {"reserved": "amount_minor", "released": "-amount_minor"})
    return agree(Payment, _counter(scope, "reserved_minor"), moves)


def _allocated(scope: Scope) -> Finding:
    return agree(Payment, _counter(scope, "allocated_minor"), _went_into(scope))


def _allocated_base(scope: Scope) -> Finding:
    return agree(Payment, _counter(scope, "allocated_base_minor", base=True), _went_into(scope, base=True))


def _reserved(scope: Scope) -> Finding:
    drawn = _live(scope).filter(settlement=None, from_payment__isnull=False)
    held = side(drawn, of="from_payment_id", minor="amount_minor", currency="from_payment__currency")
    return agree(Payment, _counter(scope, "reserved_minor"), [held])


def _within_cash(scope: Scope) -> Finding:
    return none(
        _all(scope),
        Q(allocated_minor__gt=F("amount_minor") - F("reserved_minor")),
        Q(allocated_minor__lt=0) | Q(reserved_minor__lt=0) | Q(amount_minor__lt=0),
        Q(status=PaymentStatus.COMPLETED)
        & (Q(allocated_base_minor__gt=F("amount_base_minor")) | Q(on_account_minor__lt=0)),
    )


def _no_residue(scope: Scope) -> Finding:
    spent = Q(allocated_minor=F("amount_minor")) & ~Q(allocated_base_minor=F("amount_base_minor"))
    unspent = Q(allocated_minor=0, amount_minor__gt=0) & ~Q(allocated_base_minor=0)
    return none(_all(scope).filter(status=PaymentStatus.COMPLETED), spent, unspent)


def _ended(scope: Scope) -> Finding:
    live = Allocation.objects.live().filter(payment=OuterRef("pk"))
    holds = ~Q(allocated_minor=0) | ~Q(reserved_minor=0) | ~Q(matched_minor=0)
    return none(_all(scope).filter(status__in=ENDED), holds, Q(Exists(live)))


def _allocations(scope: Scope) -> Finding:
    payment, bill = "payment__", "bill__"
    return none(
        _live(scope),
        Q(settlement=None) & ~Q(payment__status__in=IN_FLIGHT),
        Q(settlement__isnull=False) & ~Q(payment__status=PaymentStatus.COMPLETED),
        *(~Q(**{f"{bill}{name}": F(f"{payment}{name}")}) for name in ("supplier", "currency")),
        *_of_another("credit_note"),
        *_of_another("from_payment"),
        _differs("settlement", kind="settled", owner="bill"),
        _differs("credit_use", kind="used", owner="credit_note"),
        Q(credit_note__isnull=False, settlement__isnull=False, credit_use=None),
        Q(credit_use__isnull=False) & ~Q(credit_use__base_minor=F("source_base_minor")),
        noun="live allocations",
    )


def _of_another(source: str) -> list[Q]:
    there = Q(**{f"{source}__isnull": False})
    return [there & ~Q(**{f"{source}__{name}": F(f"payment__{name}")}) for name in ("supplier", "currency")]


def _differs(movement: str, *, kind: str, owner: str) -> Q:
    """The movement that an allocation names is not its own."""
    same = {"kind": kind, "amount_minor": F("amount_minor"), owner: F(owner)}
    fits = Q(**{f"{movement}__{name}": value for name, value in same.items()})
    return Q(**{f"{movement}__isnull": False}) & ~fits


def _days(scope: Scope) -> Finding:
    """The books post on these days: one side on another day would part them in between."""
    settled = Allocation.objects.filter(payment__company=scope.of).exclude(settlement=None)
    on_another = Q(credit_use__isnull=False) & ~Q(credit_use__on=F("payment__paid_on"))
    return none(settled, ~Q(settlement__on=F("payment__paid_on")), on_another, noun="settled allocations")


def _taken_back(scope: Scope) -> Finding:
    undone = Allocation.objects.filter(payment__company=scope.of, undone_at__isnull=False)
    void = RefundPart.objects.filter(refund__company=scope.of, refund__status=RefundStatus.VOID)
    settlements = Settlement.objects.filter(bill__company=scope.of, takes_back__isnull=False)
    uses = CreditUse.objects.filter(credit_note__company=scope.of, takes_back__isnull=False)
    credit = undone.filter(credit_use__isnull=False).values_list("credit_use", "undone_on")
    refunded = void.filter(credit_use__isnull=False).values_list("credit_use", "refund__voided_on")
    return together(
        same(
            Settlement,
            undone.filter(settlement__isnull=False).values_list("settlement", "undone_on"),
            settlements.values_list("takes_back", "on"),
            noun="settlements taken back",
        ),
        same(
            CreditUse,
            credit.order_by().union(refunded.order_by()),
            uses.values_list("takes_back", "on"),
            noun="uses of credit given back",
        ),
    )


def _bank(scope: Scope) -> Finding:
    base = scope.of.base_currency
    paid = _all(scope).filter(bank_account__isnull=False)
    same = Q(bank_account__currency=F("currency"))
    own = none(
        paid.filter(same),
        ~Q(bank_minor=F("amount_minor") + F("fee_minor")),
        noun="payments in their account's currency",
    )
    columns = ("pk", "amount_minor", "fee_minor", "currency", "rate", "bank_minor", "bank_account__currency")
    wrong, every = [], 0
    for pk, amount, fee, currency, rate, stored, kept_in in paid.exclude(same).values_list(*columns).iterator():
        every += 1
        parts = (convert(Money(minor, currency), rate, base).minor for minor in (amount, fee))
        if kept_in != base or sum(parts) != stored:
            wrong.append(pk)
    nowhere = none(_all(scope).filter(bank_account=None), ~Q(bank_minor=0, amount_minor=0, fee_minor=0))
    return together(own, named(Payment, wrong, every=every, noun="payments in another currency"), nowhere)


def _converted(scope: Scope) -> Finding:
    base = scope.of.base_currency
    own = none(
        _all(scope).filter(currency=base, status__in=DONE),
        ~Q(rate=1) | ~Q(amount_base_minor=F("amount_minor")),
        noun=f"payments in {base}",
    )
    planned = none(_all(scope).filter(currency=base).exclude(status__in=DONE), ~Q(rate=1), noun="unfinished")
    foreign = _all(scope).filter(status__in=DONE).exclude(currency=base).order_by("pk")
    columns = ("pk", "amount_minor", "currency", "rate", "amount_base_minor")
    wrong, every = [], 0
    for pk, minor, currency, rate, stored in foreign.values_list(*columns).iterator():
        every += 1
        if convert(Money(minor, currency), rate, base).minor != stored:
            wrong.append(pk)
    return together(own, planned, named(Payment, wrong, every=every, noun="payments in other currencies"))


def _batches(scope: Scope) -> Finding:
    members = _all(scope).filter(batch__isnull=False)
    strangers: Any = (~Q(bank_account=F("batch__bank_account")), ~Q(currency=F("batch__currency")))
    batches = Batch.objects.filter(company=scope.of)
    totals = agree(
        Batch,
        [side(batches, of="pk", minor="total_minor", currency="currency")],
        [side(members, of="batch_id", minor="amount_minor", currency="batch__currency")],
    )
    return together(totals, none(members, *strangers, noun="payments as their batch"))


INVARIANTS = (
    Invariant("payments.allocated_moves", "9", "Allocated of payments = its movements", _allocated_moves),
    Invariant(
        "payments.allocated_base_moves",
        "9, 17",
        "Allocated of payments = its movements, in the base currency",
        _allocated_base_moves,
    ),
    Invariant("payments.reserved_moves", "11", "Reserved of payments = its movements", _reserved_moves),
    Invariant(
        "payments.allocated",
        "9",
        "Allocated of payments = bills settled with their cash, at once or later, and refunds of it",
        _allocated,
    ),
    Invariant(
        "payments.allocated_base",
        "9, 17",
        "Allocated of payments = those bills and refunds, in the base currency",
        _allocated_base,
    ),
    Invariant("payments.reserved", "11", "Reserved of payments = what unfinished payments mean to draw on", _reserved),
    Invariant(
        "payments.within_cash",
        "9",
        "No payment has more allocated and reserved than its cash, nor less than nothing on account",
        _within_cash,
    ),
    Invariant("payments.no_residue", "17", "Nothing is left in the base currency of cash that is spent", _no_residue),
    Invariant("payments.ended_hold_nothing", "11, 14", "Payments that ended hold nothing", _ended),
    Invariant(
        "payments.allocations_fit",
        "9, 11",
        "Allocations are of one supplier and currency, settle once their payment is completed, and reserve before",
        _allocations,
    ),
    Invariant("payments.days", "18, 19", "Bills are settled, and credit used, on the day of the payment", _days),
    Invariant(
        "payments.taken_back",
        "14, 25",
        "Allocations that were undone gave back what they took, on that day, and no others did",
        _taken_back,
    ),
    Invariant("payments.bank", "15", "What leaves the account = cash and fee", _bank),
    Invariant("payments.converted", "3", "Payments weigh in the base currency what their rate says", _converted),
    Invariant("payments.batches", "10", "Batches come to what their payments come to, in one currency", _batches),
)
