"""What a payment run is about, read from the database, and the quick buttons of its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.http import QueryDict

from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.money.forms import MoneyField
from billpay.money.value import Money, split
from billpay.payments.actions import terms_of
from billpay.payments.credits import credits_of
from billpay.payments.forms.run import RunForm
from billpay.payments.forms.subject import Subject
from billpay.payments.models import Allocation, Payment
from billpay.payments.planning import AUTO, Ask, Outcome, Wish, plan
from billpay.payments.runs import Run
from billpay.suppliers import bank_details
from billpay.suppliers.models import SupplierBankAccount


def subject_of(company: Company, run: Run, *, today: date) -> Subject:
    """
    The run's bills, what is due on each, what may come off them, and the free credit of their suppliers.

    What a payment being changed holds counts as free.
    """
    bills = list(
        company.bills.filter(pk__in=run.bills).select_related("supplier").order_by("supplier__name", "due_on", "id")
    )
    draft = None
    if run.draft:
        draft = company.payments.select_related("supplier", "bank_account").filter(pk=run.draft).first()
    own: dict[int, int] = {}
    if draft is not None and draft.is_in_flight:
        for row in draft.allocations.live():
            own[row.bill_id] = own.get(row.bill_id, 0) + row.amount_minor
    suppliers = {bill.supplier_id for bill in bills}
    known = list(SupplierBankAccount.objects.live().filter(supplier__in=suppliers))
    due = {bill.pk: Money(bill.available.minor + own.get(bill.pk, 0), run.currency) for bill in bills}
    return Subject(
        company=company,
        currency=run.currency,
        today=today,
        bills=bills,
        due=due,
        credits=credits_of(company, suppliers=suppliers, currency=run.currency, draft=draft),
        terms=terms_of(company, bills, due=due, apart_from=draft),
        without_details=suppliers - {account.supplier_id for account in known},
        unchecked={
            account.supplier_id
            for account in known
            if account.currency == run.currency and bank_details.waits(company, account)
        },
        held={bill.pk: held_because(bill) for bill in bills if bill.is_held(today=today)},
        reserved_by=reserved_by(bills, apart_from=draft),
        draft=draft,
    )


def held_because(bill: Bill) -> str:
    """That a bill is on hold, until when and why."""
    until = f" until {bill.held_until:%-d %B %Y}" if bill.held_until else ""
    return f"Bill {bill.number} is on hold{until}: {bill.hold_reason.rstrip('.')}."


def reserved_by(bills: Iterable[Bill], *, apart_from: Payment | None = None) -> dict[int, list[Payment]]:
    """Bill id → the unfinished payments that hold a part of it, in one query."""
    some = [bill.pk for bill in bills if bill.reserved_minor]
    if not some:
        return {}
    rows = Allocation.objects.live().filter(bill__in=some, settlement=None).select_related("payment")
    found: dict[int, dict[int, Payment]] = {}
    for row in rows.order_by("payment_id"):
        if apart_from is None or row.payment_id != apart_from.pk:
            found.setdefault(row.bill_id, {})[row.payment_id] = row.payment
    return {pk: list(payments.values()) for pk, payments in found.items()}


def press(data: QueryDict, action: str, subject: Subject) -> QueryDict:
    """
    What the boxes hold after a quick button: `full-ID`, `half-ID`, `clear-ID`, `credit-ID`, `discount-ID`, or one
    for all rows (`full`, `clear`, `use_credit`, `no_credit`).
    """
    what, _, which = action.partition("-")
    bills = [bill for bill in subject.bills if not which or which == str(bill.pk)]
    data = data.copy()
    for bill in bills:
        _press_credit(data, what, bill, bool(subject.credits.get(bill.supplier_id)))
        if what in {"half", "clear"} and data.get(f"discount-{bill.pk}"):
            data[f"discount-{bill.pk}"] = Ask.IF_IT_FITS.value
    if what == "half":
        _set_cash(data, subject, {bill.pk: split(subject.due[bill.pk], [1, 1])[0] for bill in bills})
    elif what == "clear":
        _set_cash(data, subject, {bill.pk: Money.zero(subject.currency) for bill in bills})
    elif what in {"full", "credit", "use_credit", "no_credit", "discount"}:
        _set_cash(data, subject, _rests(data, subject, [bill for bill in bills if bill.pk not in subject.held]))
    return data


def _press_credit(data: QueryDict, what: str, bill: Bill, has_credit: bool) -> None:
    if what not in {"full", "credit", "discount"}:
        data[f"credit_amount-{bill.pk}"] = ""
    if what == "use_credit" and has_credit:
        data[f"credit-{bill.pk}"] = AUTO
    elif what in {"half", "clear", "no_credit"}:
        data[f"credit-{bill.pk}"] = ""


def _rests(data: QueryDict, subject: Subject, bills: Iterable[Bill]) -> dict[int, Money]:
    """The cash that each bill needs beside the credit chosen for it, and the discount if that is asked for."""
    asked = {bill.pk for bill in bills}
    wishes = [
        _without_cash(outcome) if outcome.bill.pk in asked else outcome.wish for outcome in _outcomes(data, subject)
    ]
    return {outcome.bill.pk: outcome.asks for outcome in plan(wishes, subject.credits) if outcome.bill.pk in asked}


def set_anew(data: QueryDict, subject: Subject) -> tuple[QueryDict, set[int]]:
    """
    What the boxes hold when the day has changed, and the ids of the bills whose cash changed with it.

    Cash that pays a bill in full, with its discount or without, still does so: less in time, more when it is late.
    What was typed to pay a part stays as it is, and so does a discount that was declined.
    """
    data = data.copy()
    changed = {}
    for outcome in _outcomes(data, subject):
        if not outcome.wish.discount or outcome.terms is None or not outcome.terms.discount:
            continue
        if outcome.cash in {outcome.in_full, outcome.in_full_early} and outcome.asks != outcome.cash:
            changed[outcome.bill.pk] = outcome.asks
        data[f"discount-{outcome.bill.pk}"] = Ask.IF_IT_FITS.value
    _set_cash(data, subject, changed)
    return data, set(changed)


def _outcomes(data: QueryDict, subject: Subject) -> list[Outcome]:
    typed = RunForm(data, subject=subject)
    typed.full_clean()
    return typed.outcomes


def _without_cash(outcome: Outcome) -> Wish:
    return replace(outcome.wish, cash=Money.zero(outcome.wish.due.currency), write_off=False)


def _set_cash(data: QueryDict, subject: Subject, amounts: dict[int, Money]) -> None:
    box = MoneyField(currency=subject.currency)
    for pk, amount in amounts.items():
        data[f"pay-{pk}"] = box.prepare_value(amount)
