"""
Trying a payment again that ended without money moving: the same cash for the same bills, less what has lapsed since.

A discount that ran out, or credit that is used up, is left out, and that much stays outstanding: cash is never raised
by itself. Where the cash itself cannot go as it was, no draft is made; people pay what is left anew.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from billpay.bills import actions as bills
from billpay.bills.models import Bill
from billpay.companies.models import User
from billpay.companies.refusals import Refused
from billpay.credit_notes import actions as credit_notes
from billpay.money.value import Money
from billpay.payments.actions import settling
from billpay.payments.actions.moving import lock, record
from billpay.payments.actions.orders import Header, Order, Part, PaymentError
from billpay.payments.actions.paying import pay
from billpay.payments.actions.reductions import Terms, terms_of
from billpay.payments.models import CLOSED_BEFORE, Allocation, Method, Payment, Source

_FIRST_CASH = (Source.CASH, Source.CREDIT_NOTE, Source.ON_ACCOUNT, Source.WRITE_OFF, Source.DISCOUNT)
"""The order in which parts find room on their bill. A discount is last: it is for what pays the bill in full."""


@dataclass(frozen=True, slots=True)
class Retrial:
    """
    What trying a payment again comes to on a day.

    :param parts: what the new draft settles, each as it was.
    :param left_out: what has lapsed and why, in words; the new draft is made without it.
    :param refusals: why no draft is made, in words; then nothing of the others counts.
    :param bills: the bills of the payment as they are now.
    :param key: tells what is left out here from what would be left out otherwise; empty where it is nothing.
    """

    parts: list[Part]
    left_out: list[str]
    refusals: list[str]
    bills: list[Bill]
    key: str


def tried_again_as(payment: Payment) -> Payment | None:
    """The try of the same payment, a retry of it or of any other try, that has not ended without money moving."""
    tries = [_first_try(payment)]
    while tries:
        tries = list(Payment.objects.filter(retry_of__in=tries).order_by("-pk"))
        if going := next((one for one in tries if one.status not in CLOSED_BEFORE and one != payment), None):
            return going
    return None


def _first_try(payment: Payment) -> Payment:
    while payment.retry_of is not None:
        payment = payment.retry_of
    return payment


def retrial_of(payment: Payment, *, today: date) -> Retrial:
    """What trying it again today would come to, as things stand. A fixed number of queries."""
    if payment.status not in CLOSED_BEFORE:
        state = payment.get_status_display().lower()
        return Retrial([], [], [f"{payment.number} is {state}; it can't be tried again."], [], "")
    if again := tried_again_as(payment):
        return Retrial([], [], [f"{payment.number} was tried again as {again.number} already."], [], "")
    return _retrial(payment, _rows(payment), on=max(payment.paid_on, today))


def _rows(payment: Payment) -> list[Allocation]:
    rows = payment.allocations.filter(settlement=None).order_by("pk")
    return list(rows.select_related("bill__supplier", "credit_note", "from_payment"))


def _retrial(payment: Payment, rows: Sequence[Allocation], *, on: date) -> Retrial:
    by_id = {row.bill_id: row.bill for row in rows}
    terms = terms_of(payment.company, by_id.values(), due={bill.pk: bill.available for bill in by_id.values()})
    room = _Room(terms, on)
    refusals, left_out, lapsed = [], [], set()
    account = payment.bank_account
    if account is not None and account.archived_at is not None:
        refusals.append(f"{account.name} is archived; nothing is paid from it any more.")
    for row in sorted(rows, key=lambda row: (_FIRST_CASH.index(Source(row.source)), row.pk)):
        try:
            room.take(row)
        except Refused as refusal:
            lapsed.add(row.pk)
            if row.source == Source.CASH:
                refusals.append(str(refusal))
            else:
                left_out.append(f"{refusal} {_what(row)} is left out.")
    parts = [
        Part(row.bill, row.amount, Source(row.source), row.credit_note, row.from_payment, row.reason)
        for row in rows
        if row.pk not in lapsed
    ]
    if not parts and not payment.amount and not refusals:
        refusals = [*left_out, f"Nothing is left of {payment.number}."]
    if refusals:
        return Retrial([], [], refusals, list(by_id.values()), "")
    return Retrial(parts, left_out, [], list(by_id.values()), _key(lapsed))


def _key(lapsed: set[int]) -> str:
    return hashlib.sha256(repr(sorted(lapsed)).encode()).hexdigest()[:16] if lapsed else ""


def _what(row: Allocation) -> str:
    source = {
        Source.CREDIT_NOTE: f"from credit note {row.credit_note}",
        Source.ON_ACCOUNT: f"from money on account of {row.from_payment}",
        Source.DISCOUNT: "of discount",
        Source.WRITE_OFF: "to write off",
    }[Source(row.source)]
    return f"{row.amount} {source} for bill {row.bill.number}"


class _Room:
    """What bills, credit and terms still have room for, while one part after the other takes its own."""

    def __init__(self, terms: dict[int, Terms], on: date) -> None:
        self.terms, self.on = terms, on
        self.taken: Counter[tuple[str, int]] = Counter()

    def take(self, row: Allocation) -> None:
        """:raises Refused: it has no room any more, in words of what refuses it."""
        settling.refuse_early([row], on=self.on)
        sums = {("bill", row.bill_id): row.amount_minor}
        if row.credit_note_id is not None:
            sums["credit_note", row.credit_note_id] = row.amount_minor
        if row.from_payment_id is not None:
            sums["on_account", row.from_payment_id] = row.amount_minor
        if row.source == Source.WRITE_OFF:
            sums["write_off", row.bill_id] = row.amount_minor
        after = self.taken + Counter(sums)
        bills.POOL.refuse(row.bill, after["bill", row.bill_id])
        if row.credit_note is not None:
            credit_notes.POOL.refuse(row.credit_note, after["credit_note", row.credit_note.pk])
        if row.from_payment is not None:
            settling.ON_ACCOUNT.refuse(row.from_payment, after["on_account", row.from_payment.pk])
        if row.source == Source.WRITE_OFF:
            self._refuse_write_off(row, Money(after["write_off", row.bill_id], row.bill.currency))
        if row.source == Source.DISCOUNT:
            self._refuse_discount(row, Money(after["bill", row.bill_id], row.bill.currency))
        self.taken = after

    def _refuse_write_off(self, row: Allocation, whole: Money) -> None:
        terms = self.terms[row.bill_id]
        if not terms.may_write_off(whole):
            raise PaymentError(f"No more than {terms.limit} of a bill may be written off now.")

    def _refuse_discount(self, row: Allocation, whole: Money) -> None:
        bill, offered = row.bill, self.terms[row.bill_id].discount_on(self.on)
        if bill.discount_until is not None and self.on > bill.discount_until:
            raise PaymentError(f"The discount on bill {bill.number} ran out on {bill.discount_until:%-d %B %Y}.")
        if row.amount > offered:
            raise PaymentError(f"The discount on bill {bill.number} is {offered} now.")
        if whole != bill.available:
            raise PaymentError(
                f"The discount on bill {bill.number} is for paying it in full: "
                f"{bill.available} is left, this would settle {whole}."
            )


@transaction.atomic
def try_again(
    *, payment: Payment, today: date, by: User, cheque_number: str = "", foreseen: str | None = None
) -> Payment:
    """
    Make a new draft of what failed, was rejected or cancelled, without what has lapsed since.

    :param cheque_number: of the new cheque, where one is written: a number is never used twice.
    :param foreseen: the key of the `Retrial` that the person looked at, where known.
    :raises PaymentError: the payment did not end so, its cash cannot go as it was, or something else would be left out
        than was foreseen.
    """
    # Before the bills, unlike elsewhere: what has ended holds nothing, so nobody who holds its bills waits for it.
    first = lock(_first_try(payment))
    payment = first if first.pk == payment.pk else lock(payment)
    settling.lock(_rows(payment))
    retrial = retrial_of(payment, today=today)
    if retrial.refusals:
        raise PaymentError(" ".join(retrial.refusals))
    if foreseen is not None and foreseen != retrial.key:
        raise PaymentError(f"Not the same of {payment.number} can be paid again as when you looked. Look at it again.")
    header = Header(
        bank_account=payment.bank_account,
        paid_on=max(payment.paid_on, today),
        currency=payment.currency,
        method=Method(payment.method),
        payment_method=payment.payment_method,
        rate=payment.rate,
        draft=True,
    )
    order = Order(
        supplier=payment.supplier,
        amount=payment.amount,
        parts=retrial.parts,
        fee=payment.fee,
        cheque_number=cheque_number,
        reference=payment.reference,
        note=payment.note,
    )
    new = pay(company=payment.company, header=header, order=order, by=by)
    new.retry_of = payment
    new.save(update_fields=["retry_of"])
    words = " ".join([f"tries {payment.number} again.", *retrial.left_out])
    record(new, "tried_again", words, by=by, retry_of=payment.number, left_out=retrial.left_out)
    return new
