"""Whose bills a bank line pays: the supplier it names, and how it spreads over what is outstanding."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from billpay.banking.models import BankTransaction
from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.money.value import Money
from billpay.payments.allocating import Fund, Need, cover
from billpay.reconciliation import matching
from billpay.reconciliation.offers import line_of, suppliers_by_bank
from billpay.suppliers.models import Supplier

MOST_SUPPLIERS = 5_000


def named_bills(company: Company, transaction: BankTransaction) -> list[Bill]:
    """Payable bills whose numbers stand in the line's text."""
    numbers = {number for number in matching.numbers_in(transaction.text) if len(number) > 2}
    rows = company.bills.payable().filter(normalised_number__in=numbers, currency=transaction.currency)
    return list(rows.select_related("supplier").order_by("due_on", "id")[:20])


def supplier_of(company: Company, transaction: BankTransaction, named: Sequence[Bill]) -> tuple[Supplier | None, str]:
    """
    The supplier the line most likely pays, and why in words: by bank details, by a bill's number, by name, by amount.
    """
    owners = suppliers_by_bank(company.pk, matching.bank_numbers_in(transaction.text))
    if len(set(owners)) == 1:
        return company.suppliers.get(pk=owners[0]), "Supplier’s bank details found in the text"
    if len({bill.supplier_id for bill in named}) == 1:
        return named[0].supplier, f"Bill {named[0].number} found in the text"
    if (by_name := _by_name(company, transaction)) is not None:
        return by_name, "Supplier name found in the text"
    equal = (
        company.bills.payable()
        .filter(available_minor=transaction.unmatched.minor, currency=transaction.currency)
        .select_related("supplier")[:2]
    )
    if len(equal) == 1:
        return equal[0].supplier, f"Bill {equal[0].number} is outstanding with this amount"
    return None, ""


def spread(left: Money, bills: Sequence[Bill], first: Sequence[Bill] = ()) -> dict[int, Money]:
    """
    How a line's money covers bills, by bill id: those it names, else the one of equal amount, else the oldest.

    :param first: bills that the line names.
    """
    equal = [bill for bill in bills if bill.available == left]
    order = list(first) or equal[:1] or bills
    needs = [Need(bill.pk, bill.available.minor) for bill in order if bill.currency == left.currency]
    shares = cover(needs, [Fund("line", left.minor)]).shares
    return {int(str(share.need)): Money(share.minor, left.currency) for share in shares}


def _by_name(company: Company, transaction: BankTransaction) -> Supplier | None:
    line = line_of(transaction)
    text = matching.plain_name(line.text)
    names = company.suppliers.active().values_list("pk", "name")[:MOST_SUPPLIERS]
    found = [
        (fuzz.partial_ratio(matching.plain_name(name), text), len(name), pk)
        for pk, name in names
        if matching.name_found(name, line)
    ]
    return company.suppliers.get(pk=max(found)[2]) if found else None
