"""Valid things to test with. A test states only the values that it asserts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from billpay.banking.models import BankAccount, BankTransaction, Direction, Statement
from billpay.bills import actions as bill_actions
from billpay.bills.models import Bill
from billpay.companies.models import ApprovalSubject, Company, Membership, Role, User
from billpay.credit_notes import actions as credit_note_actions
from billpay.credit_notes.models import CreditNote
from billpay.documents.drafting import Content, LineContent
from billpay.ledger.models import NominalAccount
from billpay.ledger.setup import create_usual_books
from billpay.money.value import Money
from billpay.payments import actions as payment_actions
from billpay.payments.actions import Header, Order, Part, Returned
from billpay.payments.models import Batch, Payment, Refund
from billpay.reconciliation import actions as reconciliation_actions
from billpay.reconciliation.models import Match
from billpay.suppliers import actions as supplier_actions
from billpay.suppliers.actions import BankDetails
from billpay.suppliers.models import Supplier

TODAY = date(2026, 3, 16)
"""A Monday; tests that need a clock freeze it here."""


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(None)


class CompanyFactory(DjangoModelFactory[Company]):
    """A company with the usual books, payment methods, and no bank account."""

    class Meta:
        model = Company
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"company-{n}")
    name = factory.Sequence(lambda n: f"Company {n}")
    base_currency = "GBP"

    @factory.post_generation
    def books(self, create: bool, _extracted: Any, **_: Any) -> None:
        create_usual_books(company=self)  # type: ignore[arg-type]
        payment_actions.create_usual_methods(company=self)  # type: ignore[arg-type]


def member(company: Company, role: Role | str = Role.OWNER, **fields: Any) -> User:
    """A new user with a role in the company."""
    user = UserFactory(**fields)
    Membership.objects.create(company=company, user=user, role=role)
    return user


class SupplierFactory(DjangoModelFactory[Supplier]):
    class Meta:
        model = Supplier

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Supplier {n}")
    currency = factory.SelfAttribute("company.base_currency")


class BankAccountFactory(DjangoModelFactory[BankAccount]):
    class Meta:
        model = BankAccount

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Account {n}")
    currency = factory.SelfAttribute("company.base_currency")
    nominal_account = factory.LazyAttributeSequence(
        lambda account, n: NominalAccount.objects.create(
            company=account.company, code=f"12{n:04d}", name=account.name, type="asset"
        )
    )


class StatementFactory(DjangoModelFactory[Statement]):
    class Meta:
        model = Statement

    bank_account = factory.SubFactory(BankAccountFactory)
    company = factory.SelfAttribute("bank_account.company")
    file_name = "statement.csv"
    file_digest = factory.Sequence(lambda n: f"{n:064d}")
    format = "csv"


class BankTransactionFactory(DjangoModelFactory[BankTransaction]):
    class Meta:
        model = BankTransaction

    statement = factory.SubFactory(StatementFactory)
    bank_account = factory.SelfAttribute("statement.bank_account")
    company = factory.SelfAttribute("statement.company")
    booked_on = TODAY
    direction = Direction.OUT
    amount_minor = 100_00
    currency = factory.SelfAttribute("bank_account.currency")
    payee = "SOMEONE LTD"
    fingerprint = factory.Sequence(lambda n: f"{n:064d}")
    ordinal = 1


def line(company: Company, minor: int, **fields: Any) -> LineContent:
    """A line without tax on the first expense account."""
    account = fields.pop("account", None) or company.nominal_accounts.get(code="7500")
    return LineContent(
        description=fields.pop("description", "Paper"),
        quantity=fields.pop("quantity", Decimal(1)),
        unit_amount_minor=minor,
        account=account,
        **fields,
    )


_numbers = iter(range(1, 10**9))


def content(supplier: Supplier, total_minor: int = 100_00, **fields: Any) -> Content:
    """A document of one line without tax."""
    defaults: dict[str, Any] = {
        "number": f"INV-{next(_numbers)}",
        "issued_on": TODAY - timedelta(days=10),
        "currency": supplier.currency,
        "lines": (line(supplier.company, total_minor),),
    }
    return Content(supplier=supplier, **{**defaults, **fields})


def make_bill(
    *,
    supplier: Supplier | None = None,
    total_minor: int = 100_00,
    open: bool = True,  # noqa: A002  The trait's name.
    due_on: date | None = None,
    by: User | None = None,
    discount: bill_actions.Discount | None = None,
    **fields: Any,
) -> Bill:
    """A bill made by the same actions as people use: open, or a draft."""
    supplier = supplier or SupplierFactory()
    by = by or member(supplier.company)
    entered = content(supplier, total_minor, **fields)
    due = due_on or max(TODAY + timedelta(days=20), entered.issued_on)
    bill = bill_actions.enter(company=supplier.company, content=entered, due_on=due, by=by, discount=discount)
    return bill_actions.approve(bill=bill, by=by) if open else bill


def make_credit_note(
    *,
    supplier: Supplier | None = None,
    total_minor: int = 50_00,
    open: bool = True,  # noqa: A002  The trait's name.
    by: User | None = None,
    **fields: Any,
) -> CreditNote:
    """A credit note made by the same actions as people use: open, or a draft."""
    supplier = supplier or SupplierFactory()
    by = by or member(supplier.company)
    note = credit_note_actions.enter(company=supplier.company, content=content(supplier, total_minor, **fields), by=by)
    return credit_note_actions.approve(note=note, by=by) if open else note


def header(account: BankAccount, **fields: Any) -> Header:
    return Header(**{"bank_account": account, "paid_on": TODAY, "currency": account.currency, **fields})


def make_payment(
    *, account: BankAccount, bill: Bill, minor: int | None = None, by: User | None = None, **fields: Any
) -> Payment:
    """A completed payment of one bill, in full unless `minor` says how much."""
    amount = Money(bill.available.minor if minor is None else minor, bill.currency)
    header_fields = {name: fields.pop(name) for name in ("paid_on", "draft", "method", "rate") if name in fields}
    return payment_actions.pay(
        company=bill.company,
        header=header(account, currency=bill.currency, **header_fields),
        order=Order(supplier=bill.supplier, amount=amount, parts=[Part(bill, amount)], **fields),
        by=by or member(bill.company),
    )


def make_draft(*, account: BankAccount, bill: Bill, minor: int | None = None, by: User, **fields: Any) -> Payment:
    """A draft that pays one bill, in full unless `minor` says how much; `execute_on` gives it a day."""
    execute_on = fields.pop("execute_on", None)
    amount = Money(bill.available.minor if minor is None else minor, bill.currency)
    drafted = header(account, currency=bill.currency, draft=True, execute_on=execute_on)
    order = Order(supplier=bill.supplier, amount=amount, parts=[Part(bill, amount)], **fields)
    return payment_actions.pay(company=bill.company, header=drafted, order=order, by=by)


def needs_approval(
    company: Company,
    *,
    above_minor: int = 0,
    approvers: int = 1,
    subject: ApprovalSubject = ApprovalSubject.PAYMENT,
) -> None:
    """Payments, or bills, over the amount, in base minor units, are approved by so many people."""
    company.approval_limits.create(subject=subject, above_minor=above_minor, approvers=approvers)


def give_bank_details(supplier: Supplier, *, by: User, checked_by: User | None = None, number: str = "12345678") -> Any:
    """Bank details of the supplier, entered by one person and, if given, checked by another."""
    details = BankDetails(holder=supplier.name, currency=supplier.currency, sort_code="200000", account_number=number)
    seen = [row.pk for row in supplier.bank_accounts.live()]
    row = supplier_actions.set_bank_details(supplier=supplier, details=details, seen=seen, by=by)
    if checked_by is None:
        return row
    return supplier_actions.check_bank_details(account=row, by=checked_by, how="Called the number on the contract")


def make_batch(*, account: BankAccount, bills: list[Bill], by: User | None = None, **fields: Any) -> Batch:
    """A completed batch that pays each bill in full, one payment a bill."""
    orders = [
        Order(supplier=bill.supplier, amount=bill.available, parts=[Part(bill, bill.available)]) for bill in bills
    ]
    return payment_actions.pay_batch(
        company=account.company, header=header(account, **fields), orders=orders, by=by or member(account.company)
    )


def make_refund(
    *,
    account: BankAccount,
    supplier: Supplier | None = None,
    credit_note: CreditNote | None = None,
    minor: int | None = None,
    by: User | None = None,
    **fields: Any,
) -> Refund:
    """Money back of a credit note (a new one unless given), in full unless `minor` says how much."""
    if credit_note is None:
        supplier = supplier or SupplierFactory(company=account.company, currency=account.currency)
        credit_note = make_credit_note(supplier=supplier, total_minor=minor or 50_00)
    amount = Money(credit_note.available.minor if minor is None else minor, credit_note.currency)
    return payment_actions.refund(
        company=account.company,
        supplier=credit_note.supplier,
        bank_account=account,
        received_on=fields.pop("received_on", TODAY),
        parts=[Returned(amount, credit_note=credit_note)],
        by=by or member(account.company),
        **fields,
    )


def make_match(transaction: BankTransaction, minor: int | None = None, *, by: User | None = None) -> Match:
    """All of a bank line, or as much as `minor` says, matched with a new payment; money in with a new refund."""
    account = transaction.bank_account
    minor = transaction.unmatched.minor if minor is None else minor
    paid: Payment | Refund
    if transaction.direction == Direction.IN:
        paid = make_refund(account=account, minor=minor)
    else:
        supplier = SupplierFactory(company=account.company, currency=account.currency)
        paid = make_payment(account=account, bill=make_bill(supplier=supplier, total_minor=minor))
    [row] = reconciliation_actions.match(
        transaction=transaction, pairs=[(paid, paid.unmatched)], by=by or member(account.company)
    )
    transaction.refresh_from_db()
    return row
