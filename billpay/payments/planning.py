"""
From what is asked of each bill to the orders that `actions.pay` takes, with every problem found on the way.

Reads nothing by itself: bills and credits are given. What was free when they were read may be gone when the order
is carried out; the actions check again under their locks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.credit_notes.models import CreditNote
from billpay.money.value import Money
from billpay.payments.actions import Order, Part
from billpay.payments.allocating import Fund, Need, cover
from billpay.payments.models import Payment, PaymentStatus, Source
from billpay.suppliers.models import Supplier

AUTO = "auto"
"""Take whatever credit the supplier has, oldest first."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note, or an earlier payment with money on account, and how much of it is free."""

    row: CreditNote | Payment
    free: Money

    @property
    def key(self) -> str:
        return f"{'note' if isinstance(self.row, CreditNote) else 'payment'}-{self.row.pk}"

    @property
    def name(self) -> str:
        kind = "Credit note" if isinstance(self.row, CreditNote) else "Money on account of"
        return f"{kind} {self.row.number}"

    def part(self, bill: Bill, amount: Money) -> Part:
        if isinstance(self.row, CreditNote):
            return Part(bill, amount, Source.CREDIT_NOTE, credit_note=self.row)
        return Part(bill, amount, Source.ON_ACCOUNT, from_payment=self.row)


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What is asked for one bill: so much cash, and credit for the rest.

    :param due: what a payment may settle of it.
    :param credit: "", `AUTO`, or a credit's key.
    :param credit_amount: exactly so much credit; without it, as much as cash leaves and there is.
    """

    bill: Bill
    due: Money
    cash: Money
    credit: str = ""
    credit_amount: Money | None = None


@dataclass(slots=True)
class Outcome:
    """What a wish comes to. `problems` are (field, words); the field is "pay", "credit" or "credit_amount"."""

    wish: Wish
    parts: list[tuple[Credit, int]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def bill(self) -> Bill:
        return self.wish.bill

    @property
    def cash(self) -> Money:
        return self.wish.cash

    @property
    def credit(self) -> Money:
        return Money(sum(minor for _, minor in self.parts), self.wish.due.currency)

    @property
    def settles(self) -> Money:
        return self.cash + self.credit

    @property
    def left(self) -> Money:
        return self.wish.due - self.settles

    @property
    def credits(self) -> list[tuple[Credit, Money]]:
        return [(credit, Money(minor, self.wish.due.currency)) for credit, minor in self.parts]

    def order_parts(self) -> list[Part]:
        parts = [credit.part(self.bill, amount) for credit, amount in self.credits]
        return [*parts, Part(self.bill, self.cash)] if self.cash else parts


def credits_of(
    company: Company, *, suppliers: Iterable[int], currency: str, draft: Payment | None = None
) -> dict[int, list[Credit]]:
    """The free credit of suppliers: credit notes, then money on account, oldest first. A draft's own counts as free."""
    wanted = set(suppliers)
    held_notes, held_payments = _held_by(draft)
    found: dict[int, list[Credit]] = {pk: [] for pk in wanted}
    notes = company.credit_notes.filter(supplier__in=wanted, currency=currency, status=CreditNote.Status.OPEN)
    for note in notes.order_by("issued_on", "id").select_related("supplier"):
        free = note.available.minor + held_notes.get(note.pk, 0)
        if free > 0:
            found[note.supplier_id].append(Credit(note, Money(free, currency)))
    earlier = company.payments.with_money_on_account().filter(supplier__in=wanted, currency=currency)
    for payment in earlier.order_by("paid_on", "id").select_related("supplier"):
        free = payment.available_on_account.minor + held_payments.get(payment.pk, 0)
        if free > 0:
            found[payment.supplier_id].append(Credit(payment, Money(free, currency)))
    return found


def _held_by(draft: Payment | None) -> tuple[dict[int, int], dict[int, int]]:
    notes: dict[int, int] = {}
    payments: dict[int, int] = {}
    if draft is not None and draft.status == PaymentStatus.DRAFT:
        for row in draft.allocations.live():
            if row.credit_note_id:
                notes[row.credit_note_id] = notes.get(row.credit_note_id, 0) + row.amount_minor
            if row.from_payment_id:
                payments[row.from_payment_id] = payments.get(row.from_payment_id, 0) + row.amount_minor
    return notes, payments


def plan(wishes: Sequence[Wish], credits: Mapping[int, Sequence[Credit]]) -> list[Outcome]:
    """Give each wish its credit: named credits first, then oldest first, in the order of the wishes."""
    outcomes = [Outcome(wish) for wish in wishes]
    left = {credit.key: credit.free.minor for rows in credits.values() for credit in rows}
    everything = {credit.key: credit for rows in credits.values() for credit in rows}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.wish.credit == AUTO):
        if outcome.wish.credit:
            own = credits.get(outcome.bill.supplier_id, ())
            chosen = [credit for credit in own if outcome.wish.credit in {AUTO, credit.key}]
            _take(outcome, chosen, left, everything.get(outcome.wish.credit))
        _refuse_too_much(outcome)
    return outcomes


def _take(outcome: Outcome, chosen: Sequence[Credit], left: dict[str, int], named: Credit | None) -> None:
    wish, bill = outcome.wish, outcome.bill
    if not chosen:
        words = f"{bill.supplier} has no credit left for bill {bill.number}."
        if named is not None:
            words = (
                f"{named.name} is from {named.row.supplier}; it cannot settle bill {bill.number} of {bill.supplier}."
            )
        outcome.problems.append(("credit", words))
        return
    wanted = max(wish.due.minor - wish.cash.minor, 0)
    if wish.credit_amount is not None:
        wanted = wish.credit_amount.minor
    elif not wanted:
        words = f"Cash pays all of bill {bill.number} that is due. Lower it to use credit, or take the credit off."
        outcome.problems.append(("credit", words))
    covered = cover([Need(bill.pk, wanted)], [Fund(credit.key, left[credit.key]) for credit in chosen])
    if covered.uncovered_minor and wish.credit_amount is not None:
        free = Money(sum(left[credit.key] for credit in chosen), wish.due.currency)
        name = chosen[0].name if wish.credit != AUTO else f"The credit of {bill.supplier}"
        words = f"{name} has {free} remaining; {wish.credit_amount} is too much."
        outcome.problems.append(("credit_amount", words))
    elif wanted and not covered.shares:
        outcome.problems.append(("credit", f"{chosen[0].name} is used up by the other bills here."))
    by_key = {credit.key: credit for credit in chosen}
    for share in covered.shares:
        left[str(share.fund)] -= share.minor
        outcome.parts.append((by_key[str(share.fund)], share.minor))


def _refuse_too_much(outcome: Outcome) -> None:
    wish, bill = outcome.wish, outcome.bill
    if outcome.left.minor >= 0:
        return
    if not bill.may_be_settled:
        words = f"Bill {bill.number} is {bill.get_status_display().lower()}; it cannot be paid."
    elif outcome.credit:
        over = Money(-outcome.left.minor, wish.due.currency)
        words = (
            f"Bill {bill.number} has {wish.due} outstanding; {outcome.cash} cash and {outcome.credit} credit "
            f"are {over} too much."
        )
    else:
        held = bill.outstanding - wish.due
        reserved = f", of which {held} is reserved by payments not yet completed" if held else ""
        words = f"Bill {bill.number} has {bill.outstanding} outstanding{reserved}; {outcome.cash} is too much."
    outcome.problems.append(("pay", words))


def grouped(outcomes: Sequence[Outcome], *, combine: bool) -> list[tuple[Supplier, list[Outcome]]]:
    """Who gets a payment for which bills: one a supplier, or one a bill. Bills that get nothing are left out."""
    asked = [outcome for outcome in outcomes if outcome.settles]
    if not combine:
        return [(outcome.bill.supplier, [outcome]) for outcome in asked]
    groups: dict[int, tuple[Supplier, list[Outcome]]] = {}
    for outcome in asked:
        groups.setdefault(outcome.bill.supplier_id, (outcome.bill.supplier, []))[1].append(outcome)
    return list(groups.values())


def orders_for(
    groups: Sequence[tuple[Supplier, Sequence[Outcome]]],
    *,
    currency: str,
    reference: str = "",
    fee: Money | None = None,
    extra: Money | None = None,
    first_cheque: str = "",
) -> list[Order]:
    """
    One order for each group. `fee` and `extra` cash, to stay on account, go with a single payment only.

    :param first_cheque: the first cheque's number; each further payment in cash takes the next.
    """
    orders: list[Order] = []
    written = 0
    for supplier, outcomes in groups:
        cash = sum((outcome.cash.minor for outcome in outcomes), extra.minor if extra else 0)
        number = ""
        if first_cheque and cash:
            number = nth_cheque(first_cheque, written)
            written += 1
        orders.append(
            Order(
                supplier=supplier,
                amount=Money(cash, currency),
                parts=[part for outcome in outcomes for part in outcome.order_parts()],
                fee=fee,
                cheque_number=number,
                reference=reference,
            )
        )
    return orders


def nth_cheque(first: str, index: int) -> str:
    """
    The number of the cheque `index` further on: 000123 and 2 give 000125.

    :raises ValueError: if the number does not end in digits, so that there is no next one.
    """
    if not index:
        return first.strip()
    found = re.fullmatch(r"(.*?)([0-9]+)", first.strip())
    if found is None:
        raise ValueError(f"'{first}' does not end in digits")
    return f"{found[1]}{int(found[2]) + index:0{len(found[2])}d}"
