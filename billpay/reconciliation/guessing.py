"""Whom a bank line is about: the supplier it names, and how it spreads over what is outstanding, or over credit."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from billpay.banking.models import BankTransaction
from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.documents.numbers import normalise
from billpay.money.value import Money
from billpay.payments.allocating import Fund, Need, cover
from billpay.payments.credits import Credit
from billpay.reconciliation import matching
from billpay.reconciliation.marks import suppliers_by_bank
from billpay.reconciliation.offers import line_of
from billpay.suppliers.models import Supplier

MOST_SUPPLIERS = 5_000
BY_BANK, BY_NAME = "Supplier’s bank details found in the text", "Supplier name found in the text"


def named_bills(company: Company, transaction: BankTransaction) -> list[Bill]:
    """Payable bills whose numbers stand in the line's text."""
    numbers = {number for number in matching.numbers_in(transaction.text) if len(number) > 2}
    rows = company.bills.payable().filter(normalised_number__in=numbers, currency=transaction.currency)
    return list(rows.select_related("supplier").order_by("due_on", "id")[:20])


def supplier_of(company: Company, transaction: BankTransaction, named: Sequence[Bill]) -> tuple[Supplier | None, str]:
    """
    The supplier the line most likely pays, and why in words: by bank details, by a bill's number, by name, by amount.
    """
    if (by_bank := _by_bank(company, transaction)) is not None:
        return by_bank, BY_BANK
    if len({bill.supplier_id for bill in named}) == 1:
        return named[0].supplier, f"Bill {named[0].number} found in the text"
    if (by_name := _by_name(company, transaction)) is not None:
        return by_name, BY_NAME
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


def refunder_of(company: Company, transaction: BankTransaction) -> tuple[Supplier | None, str]:
    """
    The supplier who most likely sent the money back, and why in words: by bank details, by a credit note's number, by
    name, by amount.
    """
    if (by_bank := _by_bank(company, transaction)) is not None:
        return by_bank, BY_BANK
    usable = company.credit_notes.usable().filter(currency=transaction.currency).select_related("supplier")
    numbers = {number for number in matching.numbers_in(transaction.text) if len(number) > 2}
    named = list(usable.filter(normalised_number__in=numbers)[:20])
    if len({note.supplier_id for note in named}) == 1:
        return named[0].supplier, f"Credit note {named[0].number} found in the text"
    if (by_name := _by_name(company, transaction)) is not None:
        return by_name, BY_NAME
    equal = usable.filter(available_minor=transaction.unmatched.minor)[:2]
    if len(equal) == 1:
        return equal[0].supplier, f"Credit note {equal[0].number} has this amount left"
    return None, ""


def spread_back(transaction: BankTransaction, credits: Sequence[Credit]) -> dict[str, Money]:
    """How money in covers credit, by key: what the line names, else the one of equal amount, else the oldest."""
    left = transaction.unmatched
    numbers = matching.numbers_in(transaction.text)
    named = [credit for credit in credits if normalise(credit.row.number) in numbers]
    order = named or [credit for credit in credits if credit.free == left][:1] or credits
    needs = [Need(credit.key, credit.free.minor) for credit in order]
    shares = cover(needs, [Fund("line", left.minor)]).shares
    return {str(share.need): Money(share.minor, left.currency) for share in shares}


def _by_bank(company: Company, transaction: BankTransaction) -> Supplier | None:
    owners = set(suppliers_by_bank(company.pk, matching.bank_numbers_in(transaction.text)))
    return company.suppliers.get(pk=owners.pop()) if len(owners) == 1 else None


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
