"""What a payment run is about, read from the database, and the quick buttons of its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum
from django.http import QueryDict

from billpay.banking.models import BankAccount
from billpay.bills.models import Bill
from billpay.companies.models import Company
from billpay.ledger.models import JournalLine
from billpay.money.forms import MoneyField
from billpay.money.value import Money, split
from billpay.payments.actions import Order
from billpay.payments.forms.run import RunForm
from billpay.payments.forms.subject import Subject
from billpay.payments.models import Payment, PaymentStatus
from billpay.payments.planning import AUTO, Outcome, Wish, credits_of, plan
from billpay.payments.runs import Run
from billpay.suppliers import bank_details
from billpay.suppliers.models import SupplierBankAccount

DUPLICATE_DAYS = 7


def subject_of(company: Company, run: Run) -> Subject:
    """The run's bills, what is due on each, and the free credit of their suppliers; a draft's own counts as free."""
    bills = list(
        company.bills.filter(pk__in=run.bills).select_related("supplier").order_by("supplier__name", "due_on", "id")
    )
    draft = None
    if run.draft:
        draft = company.payments.select_related("supplier", "bank_account").filter(pk=run.draft).first()
    held: dict[int, int] = {}
    if draft is not None and draft.is_draft:
        for row in draft.allocations.live():
            held[row.bill_id] = held.get(row.bill_id, 0) + row.amount_minor
    suppliers = {bill.supplier_id for bill in bills}
    known = SupplierBankAccount.objects.filter(supplier__in=suppliers, archived_at=None)
    return Subject(
        company=company,
        currency=run.currency,
        bills=bills,
        due={bill.pk: Money(bill.available.minor + held.get(bill.pk, 0), run.currency) for bill in bills},
        credits=credits_of(company, suppliers=suppliers, currency=run.currency, draft=draft),
        without_details=suppliers - set(known.values_list("supplier_id", flat=True)),
        draft=draft,
    )


def press(data: QueryDict, action: str, subject: Subject) -> QueryDict:
    """
    What the boxes hold after a quick button: `full-ID`, `half-ID`, `clear-ID`, `credit-ID`, or one for all rows
    (`full`, `clear`, `use_credit`, `no_credit`).
    """
    what, _, which = action.partition("-")
    bills = [bill for bill in subject.bills if not which or which == str(bill.pk)]
    data = data.copy()
    if what == "use_credit":
        for bill in bills:
            if subject.credits.get(bill.supplier_id):
                data[f"credit-{bill.pk}"] = AUTO
    for bill in bills:
        if what not in {"full", "credit"}:
            data[f"credit_amount-{bill.pk}"] = ""
        if what in {"half", "clear", "no_credit"}:
            data[f"credit-{bill.pk}"] = ""
    if what == "half":
        _set_cash(data, subject, {bill.pk: split(subject.due[bill.pk], [1, 1])[0] for bill in bills})
    elif what == "clear":
        _set_cash(data, subject, {bill.pk: Money.zero(subject.currency) for bill in bills})
    elif what in {"full", "credit", "use_credit", "no_credit"}:
        _set_cash(data, subject, _rests(data, subject, bills))
    return data


def _rests(data: QueryDict, subject: Subject, bills: Iterable[Bill]) -> dict[int, Money]:
    """The cash that each bill needs beside the credit chosen for it."""
    typed = RunForm(data, subject=subject)
    typed.full_clean()
    asked = {bill.pk for bill in bills}
    wishes = [
        Wish(
            outcome.bill,
            outcome.wish.due,
            Money.zero(subject.currency),
            outcome.wish.credit,
            outcome.wish.credit_amount,
        )
        if outcome.bill.pk in asked
        else outcome.wish
        for outcome in typed.outcomes
    ]
    return {
        outcome.bill.pk: max(outcome.left, Money.zero(subject.currency))
        for outcome in plan(wishes, subject.credits)
        if outcome.bill.pk in asked
    }


def _set_cash(data: QueryDict, subject: Subject, amounts: dict[int, Money]) -> None:
    box = MoneyField(currency=subject.currency)
    for pk, amount in amounts.items():
        data[f"pay-{pk}"] = box.prepare_value(amount)


def book_balance(account: BankAccount | None) -> Money | None:
    """What the books hold on the account, in the base currency: shown for accounts kept in it."""
    if account is None or account.currency != account.company.base_currency:
        return None
    sums = JournalLine.objects.filter(account_id=account.nominal_account_id).aggregate(
        debit=Sum("debit_minor"), credit=Sum("credit_minor")
    )
    return Money((sums["debit"] or 0) - (sums["credit"] or 0), account.currency)


@dataclass(slots=True)
class After:
    """A bill as the payment leaves it."""

    outcome: Outcome
    draft: bool = False

    @property
    def bill(self) -> Bill:
        return self.outcome.bill

    @property
    def outstanding(self) -> Money:
        return self.bill.outstanding - self.outcome.settles

    @property
    def state(self) -> str:
        return "partially_paid" if self.outstanding else "paid"


@dataclass(slots=True)
class Planned:
    """One payment of a run, for the review page."""

    order: Order
    bills: list[After]
    twins: list[Payment]
    misses_details: bool
    details_warning: str = ""

    @property
    def uses_credit(self) -> bool:
        return any(after.outcome.parts for after in self.bills)

    @property
    def stays_on_account(self) -> Money:
        cash = sum(after.outcome.cash.minor for after in self.bills)
        return Money(self.order.amount.minor - cash, self.order.amount.currency)


def planned(form: RunForm, *, today: date) -> list[Planned]:
    """
    The payments a valid form asks for, with what should be looked at first.

    That is lately made payments that look the same and, where money is transferred, bank details that are missing
    or changed lately.
    """
    by_bill = {outcome.bill.pk: outcome for outcome in form.outcomes}
    lately = _lately_paid(form)
    transfers = form.cleaned_data["method"].kind in {"bank_transfer", "ach", "wire"}
    transferred_to = {order.supplier.pk for order in form.orders if transfers and order.amount}
    changed = bank_details.warnings(form.subject.company, transferred_to, currency=form.subject.currency, today=today)
    return [
        Planned(
            order,
            [After(by_bill[pk]) for pk in dict.fromkeys(part.bill.pk for part in order.parts)],
            [p for p in lately if p.supplier_id == order.supplier.pk and p.amount == order.amount and order.amount],
            bool(transfers and order.amount and order.supplier.pk in form.subject.without_details),
            changed.get(order.supplier.pk, "") if order.amount else "",
        )
        for order in form.orders
    ]


def lately_paid(company: Company, *, suppliers: Iterable[int], around: date, currency: str) -> list[Payment]:
    """Payments that stand or wait, made a week before or after the day."""
    return list(
        company.payments.filter(
            supplier__in=set(suppliers),
            currency=currency,
            status__in=(PaymentStatus.DRAFT, PaymentStatus.COMPLETED),
            paid_on__range=(around - timedelta(days=DUPLICATE_DAYS), around + timedelta(days=DUPLICATE_DAYS)),
        ).order_by("-paid_on", "-id")
    )


def _lately_paid(form: RunForm) -> list[Payment]:
    subject = form.subject
    found = lately_paid(
        subject.company,
        suppliers=(order.supplier.pk for order in form.orders),
        around=form.paid_on,
        currency=subject.currency,
    )
    return [payment for payment in found if subject.draft is None or payment.pk != subject.draft.pk]
