"""What each record posted to which account, against what it is: payables, bank, reductions, exchange."""

from __future__ import annotations

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, When

from billpay.ledger.models import AccountRole, JournalLine
from billpay.payments.models import Allocation, Payment, PaymentStatus, Refund, RefundPart, RefundStatus, Source
from billpay.proof.comparing import agree
from billpay.proof.invariant import Finding, Invariant, Scope, together
from billpay.proof.invariants.books import BILLS, CREDIT, CREDIT_NOTES, DEBIT, PAYMENTS, REFUNDS, in_base, lines_of

REDUCTIONS = (Source.DISCOUNT, Source.WRITE_OFF)


def _payables_of_documents(scope: Scope) -> Finding:
    looks = []
    for record, net in ((BILLS, CREDIT), (CREDIT_NOTES, DEBIT)):
        posted = lines_of(scope, AccountRole.PAYABLES, source=record.kind)
        stands = record.of(scope).filter(record.stands)
        looks.append(
            agree(
                record.model,
                [in_base(scope, posted, of="entry__source_id", minor=net)],
                [in_base(scope, stands, of="pk", minor=record.weight)],
            )
        )
    return together(*looks)


def _settled(scope: Scope) -> QuerySet[Allocation]:
    rows = Allocation.objects.live().filter(payment__company=scope.of, payment__status=PaymentStatus.COMPLETED)
    return rows.exclude(settlement=None)


def _payables_of_payments(scope: Scope) -> Finding:
    """The cash, and what allocations add to it: discounts, write-offs, and what the exchange gained or lost."""
    posted = lines_of(scope, AccountRole.PAYABLES, source="payment")
    beyond = Case(
        When(source__in=REDUCTIONS, then=F("source_base_minor")),
        default=F("settlement__base_minor") - F("source_base_minor"),
        output_field=BigIntegerField(),
    )
    made = Payment.objects.filter(company=scope.of, status=PaymentStatus.COMPLETED)
    return agree(
        Payment,
        [in_base(scope, posted, of="entry__source_id", minor=DEBIT)],
        [
            in_base(scope, made, of="pk", minor="amount_base_minor"),
            in_base(scope, _settled(scope), of="payment_id", minor=beyond),
        ],
    )


def _payables_of_refunds(scope: Scope) -> Finding:
    posted = lines_of(scope, AccountRole.PAYABLES, source="refund")
    parts = RefundPart.objects.filter(refund__company=scope.of, refund__status=RefundStatus.COMPLETED)
    return agree(
        Refund,
        [in_base(scope, posted, of="entry__source_id", minor=CREDIT)],
        [in_base(scope, parts, of="refund_id", minor="base_minor")],
    )


def _at_the_bank(scope: Scope) -> Finding:
    """What left or reached the bank's own account in the books; the fee went to charges."""
    moved = Q(account__bank_account__isnull=False) | Q(account__role=AccountRole.CHARGES)
    looks = []
    for record, net in ((PAYMENTS, CREDIT), (REFUNDS, DEBIT)):
        posted = JournalLine.objects.filter(moved, entry__company=scope.of, entry__source_kind=record.kind)
        stands = record.of(scope).filter(record.stands)
        looks.append(
            agree(
                record.model,
                [in_base(scope, posted, of="entry__source_id", minor=net)],
                [in_base(scope, stands, of="pk", minor="amount_base_minor")],
            )
        )
    return together(*looks)


def _reductions(scope: Scope) -> Finding:
    looks = []
    for source, roles in (
        (Source.DISCOUNT, (AccountRole.DISCOUNTS, AccountRole.TAX)),
        (Source.WRITE_OFF, (AccountRole.WRITE_OFFS,)),
    ):
        posted = lines_of(scope, roles, source="payment")
        taken = _settled(scope).filter(source=source)
        looks.append(
            agree(
                Payment,
                [in_base(scope, posted, of="entry__source_id", minor=CREDIT)],
                [in_base(scope, taken, of="payment_id", minor="source_base_minor")],
            )
        )
    return together(*looks)


def _exchange(scope: Scope) -> Finding:
    posted = lines_of(scope, AccountRole.EXCHANGE, source="payment")
    gained = F("settlement__base_minor") - F("source_base_minor")
    rows = _settled(scope).exclude(source__in=REDUCTIONS)
    return agree(
        Payment,
        [in_base(scope, posted, of="entry__source_id", minor=CREDIT)],
        [in_base(scope, rows, of="payment_id", minor=gained)],
    )


INVARIANTS = (
    Invariant(
        "books.payables_of_documents",
        "23, 24",
        "Payables posted for each bill and credit note = what it weighs",
        _payables_of_documents,
    ),
    Invariant(
        "books.payables_of_payments",
        "17, 23, 24",
        "Payables posted for each payment = its cash and what its allocations add",
        _payables_of_payments,
    ),
    Invariant(
        "books.payables_of_refunds", "23, 24", "Payables posted for each refund = its parts", _payables_of_refunds
    ),
    Invariant("books.at_the_bank", "15, 23", "Cash posted to bank accounts, fees to charges", _at_the_bank),
    Invariant("books.reductions", "18, 23", "Discounts and write-offs posted = those taken", _reductions),
    Invariant("books.exchange", "17, 23", "Exchange differences posted = those that allocations realised", _exchange),
)
