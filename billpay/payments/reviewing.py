"""What the review of a run shows of each payment before it is made: what it does, and what to look at first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Sum

from billpay.banking.models import BankAccount
from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.documents.drawing import base_part
from billpay.ledger.models import JournalLine
from billpay.money.value import Money, convert
from billpay.payments.actions import Foresight, Header, Order, foresee
from billpay.payments.actions.orders import leaves_account
from billpay.payments.forms.going import Then
from billpay.payments.forms.run import RunForm
from billpay.payments.models import IN_FLIGHT, Payment, PaymentStatus, Source
from billpay.payments.planning import Outcome
from billpay.payments.timing import Goes
from billpay.suppliers import bank_details

DUPLICATE_DAYS = 7
TRANSFERS = {"bank_transfer", "ach", "wire"}


@dataclass(slots=True)
class After:
    """A bill as the payment leaves it, and when it was asked to be paid."""

    outcome: Outcome
    goes: Goes

    @property
    def bill(self) -> Bill:
        return self.outcome.bill

    @property
    def outstanding(self) -> Money:
        return self.bill.outstanding - self.outcome.settles

    @property
    def state(self) -> str:
        return "partially_paid" if self.outstanding else "paid"


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    A payment in foreign currency.

    :param leaves: what the account is short of, in its own currency, where that is another than is paid.
    :param gain: what is expected against the bills' rates, in the base currency; below zero it is a loss.
    """

    amount: Money
    fee: Money | None
    rate: Decimal
    account: BankAccount | None
    leaves: Money | None
    gain: Money

    @property
    def difference(self) -> Money:
        return abs(self.gain)


@dataclass(slots=True)
class Planned:
    """One payment of a run."""

    header: Header
    order: Order
    bills: list[After]
    twins: list[Payment]
    misses_details: bool
    details_warning: str
    foresight: Foresight
    exchange: Exchange | None

    @property
    def uses_credit(self) -> bool:
        return any(after.outcome.parts for after in self.bills)

    @property
    def takes_discount(self) -> bool:
        return any(after.outcome.discount for after in self.bills)

    @property
    def writes_off(self) -> bool:
        return any(after.outcome.write_off for after in self.bills)

    @property
    def stays_on_account(self) -> Money:
        cash = sum(after.outcome.cash.minor for after in self.bills)
        return Money(self.order.amount.minor - cash, self.order.amount.currency)


def planned(form: RunForm) -> list[Planned]:
    """
    The payments a valid form asks for, with what should be looked at first.

    That is lately made payments that look the same, who would have to approve, and, where money is transferred, bank
    details that are missing, new or changed lately.
    """
    subject = form.subject
    company, transfers = subject.company, form.cleaned_data["method"].kind in TRANSFERS
    pairs = [(dispatch.header, order) for dispatch in form.dispatches for order in dispatch.orders]
    lately = lately_paid(company, pairs, apart_from=subject.draft)
    paid_to = {order.supplier.pk for _, order in pairs if transfers and order.amount}
    changed = bank_details.warnings(company, paid_to, currency=subject.currency, today=form.today)
    foresights = foresee(company=company, orders=pairs, apart_from=subject.draft)
    return [
        Planned(
            header=header,
            order=order,
            bills=[After(outcome, form.goes(outcome.bill)) for outcome in paid.outcomes],
            twins=twins_of(header, order, lately),
            misses_details=bool(transfers and order.amount and order.supplier.pk in subject.without_details),
            details_warning=changed.get(order.supplier.pk, "") if order.amount else "",
            foresight=foresight,
            exchange=exchange_of(company, header, order),
        )
        for (header, order), paid, foresight in zip(pairs, form.paid, foresights, strict=True)
    ]


def button_words(then: Then, payments: Sequence[Foresight]) -> str:
    """What the button says will happen, without the amount: "Submit 3 payments, 1 for approval"."""
    count = len(payments)
    what = "payment" if count == 1 else f"{count} payments"
    if then == Then.RECORD:
        return f"Record {what}"
    if then == Then.DRAFT:
        return "Keep as draft" if count == 1 else f"Keep {count} drafts"
    waiting = sum(bool(one.approvers) for one in payments)
    if waiting == count:
        return f"Submit {what} for approval"
    return f"Submit {count} payments, {waiting} for approval" if waiting else f"Schedule {what}"


def lately_paid(
    company: Company, orders: Sequence[tuple[Header, Order]], *, apart_from: Payment | None = None
) -> list[Payment]:
    """Payments that stand or wait, made a week before or after these orders to the same suppliers."""
    if not orders:
        return []
    days = [header.paid_on for header, _ in orders]
    found = company.payments.filter(
        supplier__in={order.supplier.pk for _, order in orders},
        currency=orders[0][0].currency,
        status__in=(*IN_FLIGHT, PaymentStatus.COMPLETED),
        paid_on__range=(min(days) - timedelta(days=DUPLICATE_DAYS), max(days) + timedelta(days=DUPLICATE_DAYS)),
    ).order_by("-paid_on", "-id")
    return [payment for payment in found if apart_from is None or payment.pk != apart_from.pk]


def twins_of(header: Header, order: Order, lately: Iterable[Payment]) -> list[Payment]:
    """Those of the same supplier and amount, within a week."""
    return [
        payment
        for payment in lately
        if order.amount
        and (payment.supplier_id, payment.amount) == (order.supplier.pk, order.amount)
        and abs((payment.paid_on - header.paid_on).days) <= DUPLICATE_DAYS
    ]


def exchange_of(company: Company, header: Header, order: Order) -> Exchange | None:
    """What a payment in foreign currency is in the account's and the books' money; None for one in their own."""
    if header.currency == company.base_currency:
        return None
    account = header.bank_account
    leaves = None
    if account is not None and account.currency != header.currency and order.amount:
        leaves = Money(leaves_account(company, header, order), account.currency)
    return Exchange(order.amount, order.fee, header.rate, account, leaves, expected_gain(company, header, order))


def expected_gain(company: Company, header: Header, order: Order) -> Money:
    """
    What the exchange gains against the bills' own rates, in the base currency.

    What is drawn of each bill weighs as `settling` will have it, the last of it all that is left (rule 17).
    """
    base = company.base_currency
    left: dict[int, tuple[int, int]] = {}
    gain = 0
    for part in order.parts:
        bill = part.bill
        minor, base_minor = left.get(
            bill.pk, (bill.total_minor - bill.settled_minor, bill.total_base_minor - bill.settled_base_minor)
        )
        share = base_part(part.amount, rate=bill.rate, base_currency=base, left=minor, base_left=base_minor)
        left[bill.pk] = (minor - part.amount.minor, base_minor - share)
        if part.source not in {Source.DISCOUNT, Source.WRITE_OFF}:
            origin = part.credit_note or part.from_payment
            gain += share - convert(part.amount, origin.rate if origin else header.rate, base).minor
    return Money(gain, base)


def book_balance(account: BankAccount | None) -> Money | None:
    """What the books hold on the account, in the base currency: shown for accounts kept in it."""
    if account is None or account.currency != account.company.base_currency:
        return None
    sums = JournalLine.objects.filter(account_id=account.nominal_account_id).aggregate(
        debit=Sum("debit_minor"), credit=Sum("credit_minor")
    )
    return Money((sums["debit"] or 0) - (sums["credit"] or 0), account.currency)
