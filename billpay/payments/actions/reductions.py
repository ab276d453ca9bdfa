"""What makes a bill smaller without money: early-payment discounts (rule 18) and write-offs, with their limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from billpay.bills import actions as bills
from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.money.value import Money, convert
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import Allocation, Payment, Source


@dataclass(frozen=True, slots=True)
class Offer:
    """What pays a bill in full on a day: cash, and the discount that goes with it."""

    cash: Money
    discount: Money
    until: date | None


def offer(bill: Bill, *, on: date) -> Offer:
    """
    What a payment of that day must be to settle all that is left of the bill.

    The discount is on the whole bill, whatever was paid of it before: of 1,000.00 at 2 % with 500.00 paid the
    offer is 480.00 in time and 500.00 late, as Odoo has it; never 980.00.
    """
    available = bill.available
    left = bill.discount_on(on) - Money(_taken([bill.pk], Source.DISCOUNT).get(bill.pk, 0), bill.currency)
    discount = min(max(left, Money.zero(bill.currency)), available)
    return Offer(available - discount, discount, bill.discount_until)


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What may still come off a bill without money.

    :param discount: for paying in full, while in time; nothing when the bill has no such terms.
    :param until: the last day of payment that is in time.
    :param written_off: of the bill so far, in its currency.
    :param limit: how much of one bill may be written off, in the base currency.
    """

    bill: Bill
    discount: Money
    until: date | None
    written_off: Money
    limit: Money

    def discount_on(self, day: date) -> Money:
        """For a payment of that day: all of it, or nothing."""
        in_time = self.until is not None and day <= self.until
        return self.discount if in_time else Money.zero(self.discount.currency)

    def may_write_off(self, amount: Money) -> bool:
        """Whether so much more of the bill is within the limit."""
        whole = self.written_off + amount
        return bool(amount) and convert(whole, self.bill.rate, self.limit.currency) <= self.limit


def terms_of(
    company: Company, bills: Iterable[Bill], *, due: Mapping[int, Money], apart_from: Payment | None = None
) -> dict[int, Terms]:
    """
    The terms of many bills, in one query.

    :param due: what a payment may settle of each bill: no discount is greater.
    :param apart_from: a payment being changed; what it takes off counts as not taken.
    """
    rows = list(bills)
    taken: dict[tuple[int, str], int] = {}
    live = Allocation.objects.live().filter(bill__in=rows, source__in=(Source.DISCOUNT, Source.WRITE_OFF))
    if apart_from is not None:
        live = live.exclude(payment=apart_from)
    for pk, source, minor in live.order_by().values_list("bill", "source").annotate(sum=Sum("amount_minor")):
        taken[pk, source] = minor
    limit = Money(company.write_off_limit_minor, company.base_currency)
    return {bill.pk: _terms(bill, due[bill.pk], taken, limit) for bill in rows}


def _terms(bill: Bill, due: Money, taken: Mapping[tuple[int, str], int], limit: Money) -> Terms:
    left = bill.discount.minor - taken.get((bill.pk, Source.DISCOUNT), 0)
    discount = Money(max(0, min(left, due.minor)), bill.currency)
    written_off = Money(taken.get((bill.pk, Source.WRITE_OFF), 0), bill.currency)
    return Terms(bill, discount, bill.discount_until if discount else None, written_off, limit)


def check(company: Company, allocations: Sequence[Allocation], *, on: date) -> None:
    """
    Lock the bills of discounts and write-offs, and refuse what is beyond their terms or limits.

    :param on: the day the money moves, which decides whether a discount is in time.
    :raises PaymentError: naming the bill.
    """
    if not any(row.source in {Source.DISCOUNT, Source.WRITE_OFF} for row in allocations):
        return
    locked = bills.POOL.lock(row.bill_id for row in allocations)
    _check_discounts(allocations, locked, on)
    _check_write_offs(company, allocations, locked, on)


def _check_discounts(allocations: Sequence[Allocation], locked: dict[int, Bill], on: date) -> None:
    asked = _asked(allocations, Source.DISCOUNT)
    taken = _taken(asked, Source.DISCOUNT)
    everything = _asked(allocations)
    for pk, minor in asked.items():
        bill = locked[pk]
        wanted = Money(minor, bill.currency)
        offered = bill.discount_on(on) - Money(taken.get(pk, 0), bill.currency)
        if wanted > offered:
            raise PaymentError(_no_discount(bill, wanted, offered, on), bill_id=pk)
        if everything[pk] != bill.available_minor:
            raise PaymentError(
                f"The discount of {wanted} on bill {bill.number} is for paying it in full: {bill.available} is left, "
                f"this settles {Money(everything[pk], bill.currency)}.",
                bill_id=pk,
            )


def _no_discount(bill: Bill, wanted: Money, offered: Money, on: date) -> str:
    if bill.discount_until is None:
        return f"Bill {bill.number} has no early-payment discount; {wanted} cannot be taken off."
    if on > bill.discount_until:
        return (
            f"The discount on bill {bill.number} ran out on {bill.discount_until:%-d %B %Y}; "
            f"a payment of {on:%-d %B %Y} is too late for {wanted}."
        )
    return f"The discount on bill {bill.number} is {offered}; {wanted} is too much."


def _check_write_offs(company: Company, allocations: Sequence[Allocation], locked: dict[int, Bill], on: date) -> None:
    asked = _asked(allocations, Source.WRITE_OFF)
    taken = _taken(asked, Source.WRITE_OFF)
    limit = Money(company.write_off_limit_minor, company.base_currency)
    for pk, minor in asked.items():
        bill = locked[pk]
        if on < bill.issued_on:
            raise PaymentError(
                f"Bill {bill.number} is of {bill.issued_on:%-d %B %Y}; nothing of it is written off on {on:%-d %B %Y}.",
                bill_id=pk,
            )
        whole = Money(minor + taken.get(pk, 0), bill.currency)
        if convert(whole, bill.rate, company.base_currency) > limit:
            raise PaymentError(
                f"{whole} of bill {bill.number} would be written off; the limit is {limit} for each bill.", bill_id=pk
            )


def _asked(allocations: Sequence[Allocation], source: Source | None = None) -> dict[int, int]:
    sums: dict[int, int] = {}
    for row in allocations:
        if source is None or row.source == source:
            sums[row.bill_id] = sums.get(row.bill_id, 0) + row.amount_minor
    return sums


def _taken(bill_ids: Sequence[int] | dict[int, int], source: Source) -> dict[int, int]:
    """What live allocations, finished or not, have taken off bills already."""
    if not bill_ids:
        return {}
    rows = Allocation.objects.live().filter(bill__in=list(bill_ids), source=source)
    return dict(rows.order_by().values_list("bill").annotate(sum=Sum("amount_minor")))
