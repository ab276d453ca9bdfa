"""Remittance advices: which bills a payment settles, told to the supplier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from billpay.bills.models import Bill
from billpay.money.value import Money
from billpay.payments.models import Allocation, Payment, Source


@dataclass(slots=True)
class AdviceLine:
    bill: Bill
    credit: Money
    paid: Money


@dataclass(slots=True)
class Deduction:
    """A credit note or money on account that was set against bills: a negative line."""

    kind: str
    number: str
    amount: Money


@dataclass(slots=True)
class Advice:
    """`lines` hold what each bill got, `deductions` where the credit came from; cash is the total paid."""

    payment: Payment
    lines: list[AdviceLine] = field(default_factory=list)
    deductions: list[Deduction] = field(default_factory=list)

    @property
    def settled(self) -> Money:
        return Money(sum(line.credit.minor + line.paid.minor for line in self.lines), self.payment.currency)

    @property
    def extra(self) -> Money:
        cash = sum(line.paid.minor for line in self.lines)
        return Money(self.payment.amount_minor - cash, self.payment.currency)


def remittance_of(payment: Payment, rows: Sequence[Allocation]) -> Advice:
    """:param rows: the payment's live allocations with their bills and sources."""
    zero = Money.zero(payment.currency)
    lines: dict[int, AdviceLine] = {}
    deductions: dict[tuple[str, int], Deduction] = {}
    for row in rows:
        line = lines.setdefault(row.bill_id, AdviceLine(row.bill, zero, zero))
        amount = Money(row.amount_minor, payment.currency)
        if row.source == Source.CASH:
            line.paid += amount
            continue
        line.credit += amount
        source = row.credit_note or row.from_payment
        if source is None:
            continue
        kind = "Credit note" if row.credit_note_id else "Money on account"
        deduction = deductions.setdefault((kind, source.pk), Deduction(kind, source.number, zero))
        deduction.amount -= amount
    return Advice(payment, list(lines.values()), list(deductions.values()))
