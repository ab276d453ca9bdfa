"""The payables control account against the bills, credit and money on account it stands for (rule 24)."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet, Sum

from billpay.bills.models import Bill, Settlement
from billpay.credit_notes.models import CreditNote, CreditUse
from billpay.documents.models import Document
from billpay.ledger.models import AccountRole, JournalLine
from billpay.money.value import Money
from billpay.payments.models import CashUse, Payment
from billpay.proof.comparing import Rows, by_kind
from billpay.proof.invariant import Figure, Finding, Invariant, Scope


def control_account(scope: Scope) -> Finding:
    """
    Both sides in the base currency, as of a day, by what was known on a day.

    Every action dates the rows it writes and its journal entry alike, so the sides agree at the end of every day:
    a bill counts from its date, a settlement from the day the money moved, a void from its own day.
    Known is what had been written by then; what was being written at midnight itself may be there on one side only.
    """
    bills, credit, on_account = _bills(scope), _credit(scope), _on_account(scope)
    control = _sum(_lines(scope), F("credit_minor") - F("debit_minor"))
    return Finding((Figure(control, bills - credit - on_account, scope.of.base_currency, of=_words(scope)),))


def _words(scope: Scope) -> str:
    currency = scope.of.base_currency
    bills, credit, on_account = (
        f"{Money(minor, currency).decimal():,f}" for minor in (_bills(scope), _credit(scope), _on_account(scope))
    )
    return f"bills {bills} − credit {credit} − on account {on_account}"


def _lines(scope: Scope) -> QuerySet[JournalLine]:
    rows = JournalLine.objects.filter(entry__company=scope.of, account__role=AccountRole.PAYABLES)
    return rows.filter(scope.dated("entry__on"), scope.known("entry__created_at"))


def _bills(scope: Scope) -> int:
    settled = by_kind({"settled": "base_minor", "unsettled": "-base_minor"})
    rows = Settlement.objects.filter(bill__company=scope.of, kind__in=("settled", "unsettled"))
    return _documents(scope, Bill) - _moved(scope, rows, settled)


def _credit(scope: Scope) -> int:
    used = by_kind({"used": "base_minor", "given_back": "-base_minor"})
    rows = CreditUse.objects.filter(credit_note__company=scope.of, kind__in=("used", "given_back"))
    return _documents(scope, CreditNote) - _moved(scope, rows, used)


def _on_account(scope: Scope) -> int:
    used = by_kind({"used": "base_minor", "given_back": "-base_minor"})
    rows = CashUse.objects.filter(payment__company=scope.of, kind__in=("used", "given_back"))
    made = Payment.objects.filter(company=scope.of, completed_at__isnull=False)
    paid = made.filter(scope.dated("paid_on"), scope.known("completed_at"))
    void = made.filter(_void(scope))
    return _sum(paid, "amount_base_minor") - _sum(void, "amount_base_minor") - _moved(scope, rows, used)


def _documents(scope: Scope, model: type[Document]) -> int:
    """What approved ones weigh from their own date on, less those that are void, from their void date on."""
    approved = model._default_manager.filter(company=scope.of, approved_at__isnull=False)
    counted = approved.filter(scope.dated("issued_on"), scope.known("approved_at"))
    return _sum(counted, "total_base_minor") - _sum(approved.filter(_void(scope)), "total_base_minor")


def _void(scope: Scope) -> Q:
    return Q(voided_at__isnull=False) & scope.dated("voided_on") & scope.known("voided_at")


def _moved(scope: Scope, rows: Rows, signed: object) -> int:
    return _sum(rows.filter(scope.dated("on"), scope.known("created_at")), signed)


def _sum(rows: Rows, minor: object) -> int:
    return int(rows.order_by().aggregate(sum=Sum(minor))["sum"] or 0)


INVARIANTS = (
    Invariant(
        "books.control_account",
        "24",
        "Payables control account = outstanding bills − remaining credit − money on account",
        control_account,
    ),
)
