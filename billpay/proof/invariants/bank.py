"""Statements, and what ties their lines to payments and refunds."""

from __future__ import annotations

from django.db.models import BigIntegerField, Case, Exists, F, Model, OuterRef, Q, QuerySet, Value, When

from billpay.banking.models import BankTransaction, Direction, Statement
from billpay.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from billpay.proof.comparing import agree, none, side
from billpay.proof.invariant import Finding, Invariant, Scope, together
from billpay.reconciliation.models import Match

SIGNED = Case(
    When(direction=Direction.OUT, then=-F("amount_minor")), default=F("amount_minor"), output_field=BigIntegerField()
)


def _live(scope: Scope) -> QuerySet[Match]:
    return Match.objects.live().filter(company=scope.of)


def _matched(scope: Scope, model: type[Model], owner: str) -> Finding:
    """Matches are in the currency of the bank account."""
    rows = model._default_manager.filter(company=scope.of)
    matches = _live(scope).filter(**{f"{owner}__isnull": False})
    currency = "transaction__bank_account__currency"
    held = rows.exclude(bank_account=None)
    counted = [side(held, of="pk", minor="matched_minor", currency="bank_account__currency")]
    nowhere = rows.filter(bank_account=None).exclude(matched_minor=0)
    counted.append(side(nowhere, of="pk", minor="matched_minor", currency=Value("")))
    return agree(model, counted, [side(matches, of=f"{owner}_id", minor="amount_minor", currency=currency)])


def _within(scope: Scope) -> Finding:
    return together(
        none(
            BankTransaction.objects.filter(company=scope.of),
            Q(matched_minor__gt=F("amount_minor")) | Q(matched_minor__lt=0) | Q(amount_minor__lte=0),
            Q(excluded_at__isnull=False) & ~Q(matched_minor=0),
        ),
        *(
            none(model._default_manager.filter(company=scope.of), Q(matched_minor__gt=F("bank_minor")), below)
            for model, below in ((Payment, Q(matched_minor__lt=0)), (Refund, Q(matched_minor__lt=0)))
        ),
    )


def _fit(scope: Scope) -> Finding:
    """Out for payments, in for refunds, on one account, and only of what was carried out."""
    out, back = Q(payment__isnull=False), Q(refund__isnull=False)
    account = F("transaction__bank_account")
    return none(
        _live(scope),
        out & ~Q(transaction__direction=Direction.OUT, payment__status=PaymentStatus.COMPLETED),
        back & ~Q(transaction__direction=Direction.IN, refund__status=RefundStatus.COMPLETED),
        out & ~Q(payment__bank_account=account),
        back & ~Q(refund__bank_account=account),
        Q(transaction__excluded_at__isnull=False),
        noun="live matches",
    )


def _statements(scope: Scope) -> Finding:
    """Where lines were known already, they are another statement's; then the file alone could tell."""
    whole = Statement.objects.filter(
        company=scope.of, known_count=0, opening_minor__isnull=False, closing_minor__isnull=False
    )
    base = {"of": "pk", "currency": "bank_account__currency"}
    lines = BankTransaction.objects.filter(statement__in=whole)
    return agree(
        Statement,
        [side(whole, minor="closing_minor", **base)],
        [
            side(whole, minor=F("opening_minor") + F("off_by_minor"), **base),
            side(lines, of="statement_id", minor=SIGNED, currency="statement__bank_account__currency"),
        ],
    )


def _lines(scope: Scope) -> Finding:
    lines = BankTransaction.objects.filter(company=scope.of)
    twin = BankTransaction.objects.filter(
        bank_account=OuterRef("bank_account"), fingerprint=OuterRef("fingerprint"), ordinal=OuterRef("ordinal")
    ).exclude(pk=OuterRef("pk"))
    same = Q(bank_account=F("statement__bank_account"), currency=F("bank_account__currency"))
    return none(lines, ~same, Q(Exists(twin)), noun="bank transactions, each imported once")


INVARIANTS = (
    Invariant(
        "bank.matched_lines",
        "21",
        "Matched of bank transactions = live matches",
        lambda scope: _matched(scope, BankTransaction, "transaction"),
    ),
    Invariant(
        "bank.matched_payments",
        "21",
        "Matched of payments = live matches",
        lambda scope: _matched(scope, Payment, "payment"),
    ),
    Invariant(
        "bank.matched_refunds",
        "21",
        "Matched of refunds = live matches",
        lambda scope: _matched(scope, Refund, "refund"),
    ),
    Invariant("bank.within", "21", "Neither side is matched for more than it has", _within),
    Invariant("bank.matches_fit", "12, 21", "Money out is matched with payments, money in with refunds", _fit),
    Invariant("bank.statements", "20", "Closing balances = opening + lines, or off by what was told", _statements),
    Invariant("bank.lines", "20", "No line of a statement was imported twice", _lines),
)
