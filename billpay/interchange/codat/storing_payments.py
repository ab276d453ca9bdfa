"""Storing bill payments: single, of several bills, batches, with credit and money on account."""

from __future__ import annotations

from dataclasses import dataclass, field

from billpay.banking.models import BankAccount
from billpay.bills.models import Bill
from billpay.companies.models import Company, User
from billpay.credit_notes.models import CreditNote
from billpay.interchange.codat import masters, shapes
from billpay.interchange.codat.payments import BILL, CREDIT_NOTE, ON_ACCOUNT
from billpay.interchange.codat.resolving import ImportRefused, Resolver, find
from billpay.interchange.codat.storing import Outcome, rate_of
from billpay.money.value import Money, exponent
from billpay.payments import actions
from billpay.payments.actions import Header, Order, Part
from billpay.payments.allocating import Fund, Need, add_up, cover
from billpay.payments.models import Method, Payment, Source
from billpay.suppliers.models import Supplier

_CASH = (BILL, "")


@dataclass(slots=True)
class _Wishes:
    """What the lines ask of one supplier, in minor units: parts to settle, and cash to keep on account."""

    supplier: Supplier
    parts: list[Part] = field(default_factory=list)
    cash_minor: int = 0


def payment(shape: shapes.Payment, company: Company, resolver: Resolver, by: User) -> Outcome:
    """Store one payment as completed, or a batch where the document names no supplier."""
    if known := find(company.payments.all(), shape.id):
        return _same(known.amount, shape)
    if batch := find(company.batches.all(), shape.id):
        return _same(batch.total, shape)
    things = _Things(shape, company)
    currency = things.currency()
    header = _header(shape, currency, things, company, resolver, by)
    if shape.supplier is None:
        wishes = _wishes_by_supplier(shape, things, currency)
        orders = [
            Order(
                supplier=wish.supplier,
                amount=Money(wish.cash_minor, currency),
                parts=wish.parts,
                reference=shape.reference,
            )
            for wish in wishes
        ]
        actions.pay_batch(
            company=company,
            header=header,
            orders=orders,
            by=by,
            reference=shape.reference,
            note=shape.note,
            external_id=shape.id,
        )
        return "new"
    supplier = resolver.supplier(shape.supplier, shape.label)
    order = Order(
        supplier=supplier,
        amount=Money(shape.total.minor, currency),
        parts=_parts(shape.lines, things, currency),
        reference=shape.reference,
        note=shape.note,
        external_id=shape.id,
        supplemental=shape.supplemental,
    )
    actions.pay(company=company, header=header, order=order, by=by)
    return "new"


def _same(amount: Money, shape: shapes.Payment) -> Outcome:
    if amount.minor != shape.total.minor:
        raise ImportRefused(f"{shape.label}: it is here already over {amount}; the file says {shape.total}.")
    return "known"


class _Things:
    """The bills, credit notes and earlier payments that a document links, each loaded once."""

    def __init__(self, shape: shapes.Payment, company: Company) -> None:
        self.shape = shape
        self.company = company
        self.bills: dict[str, Bill] = {}
        self.credit_notes: dict[str, CreditNote] = {}
        self.payments: dict[str, Payment] = {}
        for link in (link for line in shape.lines for link in line.links):
            if link.type == BILL and link.id not in self.bills:
                self.bills[link.id] = self._found(find(company.bills.select_related("supplier"), link.id), "bill", link)
            elif link.type == CREDIT_NOTE and link.id not in self.credit_notes:
                notes = company.credit_notes.select_related("supplier")
                self.credit_notes[link.id] = self._found(find(notes, link.id), "credit note", link)
            elif link.type == ON_ACCOUNT and link.amount.minor > 0:
                earlier = find(company.payments.all(), link.id)
                self.payments[link.id] = self._found(earlier, "payment", link)

    def _found[T](self, row: T | None, noun: str, link: shapes.Link) -> T:
        if row is None:
            raise ImportRefused(f"{self.shape.label}: {noun} {link.id} is neither in the file nor in {self.company}.")
        return row

    def currency(self) -> str:
        """What the document says, else the currency its bills agree on."""
        if self.shape.currency:
            return self.shape.currency
        found = {bill.currency for bill in self.bills.values()} or {self.shape.total.currency}
        if len(found) > 1:
            listed = ", ".join(sorted(found))
            raise ImportRefused(f"{self.shape.label}: it names no currency and its bills are in {listed}.")
        currency = found.pop()
        if exponent(currency) != exponent(self.shape.total.currency):
            raise ImportRefused(f"{self.shape.label}: its bills are in {currency}; say so in “currency”.")
        return currency


def _header(
    shape: shapes.Payment, currency: str, things: _Things, company: Company, resolver: Resolver, by: User
) -> Header:
    method = resolver.method(shape.method, shape.label)
    # A cheque without its number is recorded as what the document proves: some other way of paying.
    kind = Method(method.kind) if method and method.kind != Method.CHEQUE else None
    rate = shape.rate
    if rate is None and things.bills:
        rate = next(iter(things.bills.values())).rate
    return Header(
        bank_account=_bank_account(shape, currency, company, resolver, by),
        paid_on=shape.paid_on,
        currency=currency,
        rate=rate_of(rate, currency, company, shape.label, resolver.warnings),
        method=kind or (Method.OTHER if method else Method.BANK_TRANSFER),
        payment_method=method,
    )


def _bank_account(
    shape: shapes.Payment, currency: str, company: Company, resolver: Resolver, by: User
) -> BankAccount | None:
    if shape.account is None:
        if shape.total or shape.supplier is None:
            raise ImportRefused(f"{shape.label}: accountRef is missing; nothing says which account paid.")
        return None
    found = find(company.bank_accounts.select_related("nominal_account"), shape.account.id)
    if found is not None:
        return found
    nominal = find(company.nominal_accounts.all(), shape.account.id)
    if nominal is None:
        if not shape.total and shape.supplier is not None:
            return None
        raise ImportRefused(f"{shape.label}: account {shape.account.id} is neither in the file nor in {company}.")
    existing = company.bank_accounts.filter(nominal_account=nominal).first()
    if existing is not None:
        return existing
    resolver.warnings.append(f"{shape.label}: {nominal} is no bank account yet; opened as one in {currency}.")
    return masters.bank_account_for(nominal, currency, company, resolver, by)


def _parts(lines: tuple[shapes.PaymentLine, ...], things: _Things, currency: str) -> list[Part]:
    """
    Which money settles which bill: each line's own credit first, then credit of other lines, then cash.

    A line whose amount is negative brings credit that other lines use up.
    """
    parts: list[Part] = []
    needs_left: list[Need] = []
    funds_left: list[Fund] = []
    for line in lines:
        needs = [Need(key, minor) for key, minor in add_up(_links(line, BILL)).items()]
        funds = [Fund((CREDIT_NOTE, key), minor) for key, minor in _links(line, CREDIT_NOTE)]
        funds += [Fund((ON_ACCOUNT, link.id), link.amount.minor) for link in line.links if _draws_on_account(link)]
        done = cover(needs, funds)
        parts += [_part(things, str(share.need), share.fund, share.minor, currency) for share in done.shares]
        needs_left += _rest(needs, [(share.need, share.minor) for share in done.shares], Need)
        funds_left += _rest(funds, [(share.fund, share.minor) for share in done.shares], Fund)
    funds_left.append(Fund(_CASH, sum(line.amount.minor for line in lines)))
    parts += [
        _part(things, str(share.need), share.fund, share.minor, currency)
        for share in cover(needs_left, funds_left).shares
    ]
    return parts


def _rest[T: (Need, Fund)](items: list[T], taken: list[tuple[object, int]], kind: type[T]) -> list[T]:
    left = {item.key: item.minor for item in items}
    for key, minor in taken:
        left[key] -= minor
    return [kind(key, minor) for key, minor in left.items() if minor]


def _links(line: shapes.PaymentLine, kind: str) -> list[tuple[str, int]]:
    return [(link.id, abs(link.amount.minor)) for link in line.links if link.type == kind and link.amount.minor]


def _draws_on_account(link: shapes.Link) -> bool:
    return link.type == ON_ACCOUNT and link.amount.minor > 0


def _part(things: _Things, bill_id: str, fund: object, minor: int, currency: str) -> Part:
    assert isinstance(fund, tuple)  # noqa: S101  Funds here are keyed by kind and id.
    kind, identifier = fund
    bill, amount = things.bills[bill_id], Money(minor, currency)
    if kind == CREDIT_NOTE:
        return Part(bill, amount, Source.CREDIT_NOTE, credit_note=things.credit_notes[identifier])
    if kind == ON_ACCOUNT:
        return Part(bill, amount, Source.ON_ACCOUNT, from_payment=things.payments[identifier])
    return Part(bill, amount)


def _wishes_by_supplier(shape: shapes.Payment, things: _Things, currency: str) -> list[_Wishes]:
    """A batch's lines, one payment a supplier, in the order in which suppliers first occur."""
    lines: dict[int, list[shapes.Link]] = {}
    suppliers: dict[int, Supplier] = {}
    for line in shape.lines:
        owners = {things.bills[link.id].supplier_id for link in line.links if link.type == BILL}
        for link in line.links:
            supplier = _owner(shape, things, link, owners)
            suppliers[supplier.pk] = supplier
            lines.setdefault(supplier.pk, []).append(link)
    wishes = []
    for pk, links in lines.items():
        cash = -sum(link.amount.minor for link in links)
        supplier = suppliers[pk]
        if cash < 0:
            amount = Money(cash, currency)
            raise ImportRefused(f"{shape.label}: {supplier} would be paid {amount}, which is below zero.")
        whole = shapes.PaymentLine(Money(cash, currency), tuple(links))
        wishes.append(_Wishes(supplier, _parts((whole,), things, currency), cash))
    return wishes


def _owner(shape: shapes.Payment, things: _Things, link: shapes.Link, owners: set[int]) -> Supplier:
    if link.type == BILL:
        return things.bills[link.id].supplier
    if link.type == CREDIT_NOTE:
        return things.credit_notes[link.id].supplier
    if link.id in things.payments:
        return things.payments[link.id].supplier
    if len(owners) == 1:
        return next(bill.supplier for bill in things.bills.values() if bill.supplier_id in owners)
    raise ImportRefused(f"{shape.label}: {link.amount} is put on account, but nothing says of which supplier.")
