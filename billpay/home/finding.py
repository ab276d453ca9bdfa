"""
Search: what a person remembers of a thing, a number, a name, an amount, a reference, the end of an IBAN.

A group is one query and shows its first few; the lists, which page and filter, are for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet
from iso4217 import Currency

from billpay.banking.models import BankTransaction
from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.credit_notes.models import CreditNote
from billpay.documents.numbers import normalise
from billpay.money.locales import active_marks
from billpay.money.value import InvalidAmount, parse
from billpay.payments.models import Payment
from billpay.suppliers.models import Supplier

SHOWN = 6
LONGEST = 100
SHORTEST_TAIL = 4
_USUAL = 2
_UNUSUAL: dict[int, list[str]] = {}
for _currency in Currency:
    if _currency.exponent not in {None, _USUAL}:
        _UNUSUAL.setdefault(_currency.exponent, []).append(_currency.code)


@dataclass(frozen=True, slots=True)
class Group[Row]:
    """The first few rows found, and whether there are more."""

    rows: list[Row]
    more: bool

    @classmethod
    def of(cls, found: QuerySet[Row]) -> Group[Row]:  # type: ignore[type-var]
        rows = list(found[: SHOWN + 1])
        return cls(rows[:SHOWN], len(rows) > SHOWN)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, by kind."""

    bills: Group[Bill]
    suppliers: Group[Supplier]
    payments: Group[Payment]
    credit_notes: Group[CreditNote]
    bank_lines: Group[BankTransaction]

    @property
    def count(self) -> int:
        groups = (self.bills, self.suppliers, self.payments, self.credit_notes, self.bank_lines)
        return sum(len(group.rows) for group in groups)


def asked(text: str) -> str:
    """What was typed, without what no name or number holds."""
    return " ".join(text.replace("\x00", "").split())[:LONGEST]


def find(company: Company, text: str) -> Found:
    """
    Look through everything of the company's.

    :param text: not empty; see `asked`.
    """
    amount = _amount(text, company.base_currency)
    by_name = Q(supplier__in=company.suppliers.filter(name__icontains=text))
    number = normalise(text)
    numbered = Q(number__icontains=text) | Q(reference__icontains=text)
    if number:
        numbered |= Q(normalised_number=number)
    bills = company.bills.filter(
        numbered | by_name | _exact("total_minor", amount) | _exact("outstanding_minor", amount)
    )
    notes = company.credit_notes.filter(
        numbered | by_name | _exact("total_minor", amount) | _exact("remaining_minor", amount)
    )
    return Found(
        bills=Group.of(bills.select_related("supplier").defer("note").order_by("-issued_on", "-id")),
        suppliers=Group.of(_suppliers(company, text)),
        payments=Group.of(_payments(company, text, by_name, amount)),
        credit_notes=Group.of(notes.select_related("supplier").defer("note").order_by("-issued_on", "-id")),
        bank_lines=Group.of(_bank_lines(company, text, amount)),
    )


def _suppliers(company: Company, text: str) -> QuerySet[Supplier]:
    match = Q(name__icontains=text) | Q(email__icontains=text) | Q(tax_number__icontains=text)
    match |= Q(contact_name__icontains=text)
    tail = "".join(text.split()).replace("-", "").upper()
    if len(tail) >= SHORTEST_TAIL and tail.isalnum():
        accounts = company.supplier_bank_accounts.filter(archived_at=None)
        match |= Q(pk__in=accounts.filter(Q(iban__endswith=tail) | Q(account_number__endswith=tail)).values("supplier"))
    return company.suppliers.filter(match).order_by("name", "id")


def _payments(company: Company, text: str, by_name: Q, amount: Decimal | None) -> QuerySet[Payment]:
    match = Q(number__icontains=text) | Q(reference__icontains=text) | Q(cheque_number=text) | by_name
    match |= Q(batch__in=company.batches.filter(Q(number__icontains=text) | Q(reference__icontains=text)))
    match |= _exact("amount_minor", amount) | _exact("bank_minor", amount)
    return company.payments.filter(match).select_related("supplier").defer("note").order_by("-paid_on", "-id")


def _bank_lines(company: Company, text: str, amount: Decimal | None) -> QuerySet[BankTransaction]:
    match = Q(payee__icontains=text) | Q(reference__icontains=text) | Q(description__icontains=text)
    match |= _exact("amount_minor", amount)
    return company.bank_transactions.filter(match).select_related("bank_account").order_by("-booked_on", "-id")


def _amount(text: str, base_currency: str) -> Decimal | None:
    """The amount that was typed, in major units; None if it is none."""
    decimal_mark, group_mark = active_marks()
    try:
        return abs(parse(text, base_currency, decimal_mark=decimal_mark, group_mark=group_mark).decimal())
    except InvalidAmount:
        return None


def _exact(field: str, amount: Decimal | None) -> Q:
    """`field` is this amount, with as many decimals as each currency has; nothing matches no amount, or 0."""
    if not amount:
        return Q(pk__in=())
    match = Q(pk__in=())
    for places, codes in _UNUSUAL.items():
        if (minor := amount.scaleb(places)) == minor.to_integral_value():
            match |= Q(**{field: int(minor)}, currency__in=codes)
    if (minor := amount.scaleb(_USUAL)) == minor.to_integral_value():
        match |= Q(**{field: int(minor)}) & ~Q(currency__in=[code for codes in _UNUSUAL.values() for code in codes])
    return match
