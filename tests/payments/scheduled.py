"""Payments on the schedule, made by the actions that people use."""

from __future__ import annotations

from datetime import date
from typing import Any

from billpay.banking.models import BankAccount
from billpay.bills.models import Bill
from billpay.companies.models import ApprovalLimit, ApprovalSubject, Company, User
from billpay.money.value import Money
from billpay.payments import actions
from billpay.payments.actions import Order, Part
from billpay.payments.models import Payment
from tests.factories import TODAY, header, make_bill, member


def draft(
    *,
    account: BankAccount,
    by: User,
    bill: Bill | None = None,
    on: date | None = TODAY,
    parts: list[Part] | None = None,
    **fields: Any,
) -> Payment:
    """A draft that pays a bill in full in cash, or these `parts`, and asks for a day."""
    if bill is None:
        bill = parts[0].bill if parts else make_bill(supplier=fields.pop("supplier"), by=by, **fields.pop("of", {}))
    parts = parts or [Part(bill, bill.available)]
    cash = sum(part.amount.minor for part in parts if part.source == "cash")
    order = Order(supplier=bill.supplier, amount=Money(cash, bill.currency), parts=parts)
    top = header(account, draft=True, execute_on=on, currency=bill.currency, **fields)
    return actions.pay(company=account.company, header=top, order=order, by=by)


def scheduled(*, account: BankAccount, by: User, on: date = TODAY, **fields: Any) -> Payment:
    """A payment on the schedule for `on`, or for the day its account shifts that to."""
    payment = actions.submit(payment=draft(account=account, by=by, on=on, **fields), by=by)
    assert payment.status == "scheduled", payment.status
    return payment


def approved(*, account: BankAccount, by: User, **fields: Any) -> Payment:
    """A payment that is approved, and on no day."""
    payment = actions.submit(payment=draft(account=account, by=by, on=None, **fields), by=by)
    assert payment.status == "approved", payment.status
    return payment


def awaiting(*, account: BankAccount, by: User, **fields: Any) -> Payment:
    """A payment that waits for one person's approval; the company asks for it from now on."""
    one_approves(account.company)
    payment = actions.submit(payment=draft(account=account, by=by, **fields), by=by)
    assert payment.status == "awaiting_approval", payment.status
    return payment


def one_approves(company: Company, above_minor: int = 0) -> None:
    ApprovalLimit.objects.get_or_create(
        company=company, subject=ApprovalSubject.PAYMENT, above_minor=above_minor, defaults={"approvers": 1}
    )


def someone_else(company: Company) -> User:
    return member(company)
