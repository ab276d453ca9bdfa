"""What a payment is asked to be, and the checks that need no lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Func, Value

from billpay.banking.models import BankAccount
from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.credit_notes.models import CreditNote
from billpay.money.value import Money, convert
from billpay.payments.models import Method, Payment, PaymentMethod, PaymentStatus, Source
from billpay.suppliers.models import Supplier


class PaymentError(Refused):
    """
    A payment would not do what was asked.

    `bill_id` and `supplier_id` say which of many it is about, where one is.
    """

    def __init__(
        self, message: str, *, field: str = "", bill_id: int | None = None, supplier_id: int | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.bill_id = bill_id
        self.supplier_id = supplier_id


@dataclass(frozen=True, slots=True)
class Part:
    """
    So much of a bill, and from what: this payment's cash, a credit note, money on account of an earlier payment,
    an early-payment discount, or a write-off for a `reason`.
    """

    bill: Bill
    amount: Money
    source: Source = Source.CASH
    credit_note: CreditNote | None = None
    from_payment: Payment | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One payment to one supplier: its cash, and the parts it settles. Cash beyond them stays on account."""

    supplier: Supplier
    amount: Money
    parts: Sequence[Part] = ()
    fee: Money | None = None
    cheque_number: str = ""
    reference: str = ""
    note: str = ""
    external_id: str = ""
    supplemental: dict[str, Any] = field(default_factory=dict)

    @property
    def outlay(self) -> Money:
        """Cash and fee: what the payment costs, in its own currency."""
        return self.amount + self.fee if self.fee else self.amount


@dataclass(frozen=True, slots=True)
class Header:
    """
    What payments made together have in common.

    `rate` is base units per unit of `currency`; `draft` keeps them, reserving, instead of recording them as made.
    `bank_account` may be missing only where there is no cash. `execute_on` is the day a draft is to go out.
    """

    bank_account: BankAccount | None
    paid_on: date
    currency: str
    method: Method = Method.BANK_TRANSFER
    payment_method: PaymentMethod | None = None
    rate: Decimal = Decimal(1)
    draft: bool = False
    execute_on: date | None = None

    @property
    def settles_on(self) -> date:
        """The day that decides about discounts: when the money is to move."""
        return self.execute_on or self.paid_on


def check(company: Company, header: Header, orders: Sequence[Order], *, own_cheque: str = "") -> None:
    """
    Refuse what is wrong whatever the state of the bills.

    :param own_cheque: the number that a draft being changed holds already.
    :raises PaymentError: in words, about the first thing that is wrong.
    """
    if not orders:
        raise PaymentError("Choose at least one bill to pay.")
    _check_header(company, header)
    cheques: set[str] = set()
    for order in orders:
        _check_order(company, header, order)
        if number := cheque_number_of(header, order):
            if bare(number) in cheques:
                raise PaymentError(f"Cheque {number} is used twice here.", field="cheque_number")
            cheques.add(bare(number))
    _refuse_used_cheques(header, cheques - {bare(own_cheque)})


def _check_header(company: Company, header: Header) -> None:
    if header.currency == company.base_currency and header.rate != 1:
        raise PaymentError(f"The rate of {header.currency}, the company's own currency, is 1.", field="rate")
    account = header.bank_account
    if account is None:
        return
    if account.company_id != company.pk:
        raise PaymentError("That bank account belongs to another company.", field="bank_account")
    if account.archived_at:
        raise PaymentError(f"{account.name} is archived.", field="bank_account")
    if account.currency not in {header.currency, company.base_currency}:
        raise PaymentError(
            f"{account.name} is kept in {account.currency}; it cannot pay {header.currency}.", field="bank_account"
        )


def _check_order(company: Company, header: Header, order: Order) -> None:
    supplier = order.supplier
    if supplier.company_id != company.pk:
        raise PaymentError("That supplier belongs to another company.")
    fee = order.fee or Money.zero(header.currency)
    if order.amount.currency != header.currency or fee.currency != header.currency:
        raise PaymentError(f"The payment is in {header.currency}; amounts and fee must be too.", field="amount")
    if order.amount.minor < 0 or fee.minor < 0:
        raise PaymentError("An amount is below zero.", supplier_id=supplier.pk)
    if not order.parts and not order.amount:
        raise PaymentError(f"Nothing is to be paid to {supplier}. Enter an amount.", supplier_id=supplier.pk)
    if (order.amount or fee) and header.bank_account is None:
        raise PaymentError("Choose the bank account the money leaves from.", field="bank_account")
    if header.method == Method.CHEQUE and order.amount and not order.cheque_number.strip():
        raise PaymentError(f"The cheque to {supplier} needs its number.", field="cheque_number")
    for part in order.parts:
        _check_part(header, order, part)
    cash = sum(part.amount.minor for part in order.parts if part.source == Source.CASH)
    if cash > order.amount.minor:
        raise PaymentError(
            f"The bills of {supplier} take {Money(cash, header.currency)} in cash, "
            f"but the payment is only {order.amount}.",
            field="amount",
            supplier_id=supplier.pk,
        )


def _check_part(header: Header, order: Order, part: Part) -> None:
    bill = part.bill
    if part.amount.currency != header.currency or bill.currency != header.currency:
        raise PaymentError(
            f"Bill {bill.number} is in {bill.currency}; this payment is in {header.currency}.", bill_id=bill.pk
        )
    if part.amount.minor <= 0:
        raise PaymentError(f"Enter an amount above zero for bill {bill.number}.", bill_id=bill.pk)
    if bill.supplier_id != order.supplier.pk:
        raise PaymentError(
            f"Bill {bill.number} is from {bill.supplier}, not from {order.supplier}. A payment goes to one supplier.",
            bill_id=bill.pk,
        )
    if (part.source == Source.CREDIT_NOTE) != (part.credit_note is not None) or (part.source == Source.ON_ACCOUNT) != (
        part.from_payment is not None
    ):
        raise PaymentError(f"Say where the money for bill {bill.number} comes from.", bill_id=bill.pk)
    if part.source == Source.WRITE_OFF and not part.reason.strip():
        raise PaymentError(f"Say why {part.amount} of bill {bill.number} is written off.", bill_id=bill.pk)
    if part.credit_note is not None:
        _check_credit(header, order, part, part.credit_note)
    if part.from_payment is not None:
        _check_on_account(header, order, part, part.from_payment)


def _check_credit(header: Header, order: Order, part: Part, note: CreditNote) -> None:
    if note.supplier_id != order.supplier.pk:
        raise PaymentError(
            f"Credit note {note.number} is from {note.supplier}; it cannot settle bill {part.bill.number} "
            f"of {order.supplier}.",
            bill_id=part.bill.pk,
        )
    if note.currency != header.currency:
        raise PaymentError(
            f"Credit note {note.number} is in {note.currency}; bill {part.bill.number} is in {header.currency}.",
            bill_id=part.bill.pk,
        )


def _check_on_account(header: Header, order: Order, part: Part, earlier: Payment) -> None:
    if earlier.supplier_id != order.supplier.pk or earlier.currency != header.currency:
        raise PaymentError(
            f"The money on account of {earlier.number} is not {order.supplier}'s in {header.currency}.",
            bill_id=part.bill.pk,
        )
    if earlier.status != PaymentStatus.COMPLETED:
        raise PaymentError(f"{earlier.number} is not completed; it has no money on account.", bill_id=part.bill.pk)


def _refuse_used_cheques(header: Header, cheques: set[str]) -> None:
    if not cheques or header.bank_account is None:
        return
    written = Payment.objects.filter(bank_account=header.bank_account, cheque_number__gt="")
    used = written.alias(bare=Func("cheque_number", Value("0"), function="LTRIM")).filter(bare__in=cheques).first()
    if used:
        raise PaymentError(
            f"Cheque {used.cheque_number} of {header.bank_account.name} was used for {used.number}. "
            "A cheque number is used once.",
            field="cheque_number",
        )


def bare(number: str) -> str:
    """A cheque's number without the zeros that paper prints before it: 000123 is the cheque that 123 is."""
    return number.lstrip("0")


def cheque_number_of(header: Header, order: Order) -> str:
    """The number a cheque uses up; nothing where no cheque is written, so that no number is lost to a transfer."""
    return order.cheque_number.strip() if header.method == Method.CHEQUE and order.amount else ""


def leaves_account(company: Company, header: Header, order: Order) -> int:
    """What the bank line will be: amount and fee, in minor units of the account's own currency (rule 15)."""
    parts = (order.amount, order.fee or Money.zero(header.currency))
    account = header.bank_account
    if account is None or account.currency == header.currency:
        return sum(part.minor for part in parts)
    # Each converted by itself, as the books post them; converted together they could differ by a penny.
    return sum(convert(part, header.rate, company.base_currency).minor for part in parts)
