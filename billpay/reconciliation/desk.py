"""What the reconciliation pages show: an account's figures, and its bank lines with what may match them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Prefetch, Q, Sum

from billpay.banking.models import BankAccount, BankTransaction, Direction, Statement
from billpay.documents.numbers import normalise
from billpay.ledger.models import JournalLine
from billpay.money.value import Money, add_up
from billpay.payments.models import Allocation, Batch, Payment, Refund, RefundPart
from billpay.reconciliation.matching import Suggestion
from billpay.reconciliation.models import Match, Paid
from billpay.reconciliation.offers import Offers, certain_for, offers_for


@dataclass(frozen=True, slots=True)
class Card:
    """One suggestion as drawn: a payment, a batch, or several payments of one supplier; or refunds."""

    key: str
    paid: list[Paid]
    total: Money
    reasons: list[str]
    exact: bool = False
    batch: Batch | None = None

    @property
    def first(self) -> Paid:
        return self.paid[0]

    @property
    def is_refund(self) -> bool:
        return isinstance(self.first, Refund)

    @property
    def on(self) -> date:
        """The day it was paid or received."""
        return self.first.received_on if isinstance(self.first, Refund) else self.first.paid_on

    @property
    def about(self) -> list[str]:
        """Numbers of the bills paid, or of the credit notes and payments that the money comes back from."""
        return [number for paid in self.paid for number in _about(paid)]

    @property
    def fee(self) -> Money | None:
        fees = [paid.fee_minor for paid in self.paid if isinstance(paid, Payment)]
        return Money(sum(fees), self.first.currency) or None


@dataclass(slots=True)
class Row:
    """A bank line with what may match it. `choices` are the leaders: one, or several that weigh the same."""

    transaction: BankTransaction
    choices: list[Card] = field(default_factory=list)
    others: list[Card] = field(default_factory=list)
    certain: bool = False

    @property
    def best(self) -> Card | None:
        return self.choices[0] if len(self.choices) == 1 else None

    @property
    def is_out(self) -> bool:
        return self.transaction.direction == Direction.OUT


@dataclass(frozen=True, slots=True)
class Figures:
    """
    Where an account stands. Amounts in the account's currency, but `books` in the company's base currency.

    Counts are of bank lines; excluded ones are not among `lines`.
    """

    statement: Statement | None
    statement_balance: Money | None
    books: Money
    difference: Money | None
    lines: int
    to_review: int
    matched: int
    excluded: int
    unseen: Money
    unseen_count: int
    unseen_back: Money
    unseen_back_count: int

    @property
    def done(self) -> int:
        return self.lines - self.to_review


def figures_of(account: BankAccount) -> Figures:
    """The figures of an account's header, in five queries whatever its size."""
    counted = account.transactions.aggregate(
        all=Count("pk"),
        excluded=Count("pk", filter=Q(excluded_at__isnull=False)),
        to_review=Count("pk", filter=Q(excluded_at=None, unmatched_minor__gt=0)),
        matched=Count("pk", filter=Q(matched_minor__gt=0)),
    )
    statement = account.statements.exclude(closing_minor=None).order_by("-ends_on", "-id").first()
    sums = JournalLine.objects.filter(account=account.nominal_account_id).aggregate(
        debit=Sum("debit_minor"), credit=Sum("credit_minor")
    )
    unseen, back = (
        rows.filter(bank_account=account).aggregate(n=Count("pk"), s=Sum("unmatched_minor", default=0))
        for rows in (Payment.objects.to_match(), Refund.objects.to_match())
    )
    base = account.company.base_currency
    books = Money((sums["debit"] or 0) - (sums["credit"] or 0), base)
    balance = Money(statement.closing_minor, account.currency) if statement else None  # type: ignore[arg-type]
    return Figures(
        statement=statement,
        statement_balance=balance,
        books=books,
        difference=balance - books if balance is not None and account.currency == base else None,
        lines=counted["all"] - counted["excluded"],
        to_review=counted["to_review"],
        matched=counted["matched"],
        excluded=counted["excluded"],
        unseen=Money(unseen["s"], account.currency),
        unseen_count=unseen["n"],
        unseen_back=Money(back["s"], account.currency),
        unseen_back_count=back["n"],
    )


def rows_of(account: BankAccount, transactions: Sequence[BankTransaction]) -> list[Row]:
    """Bank lines with their suggestions, for a page or for one line."""
    offers = offers_for(account, transactions)
    return [_row(transaction, offers) for transaction in transactions]


def certain_rows(account: BankAccount) -> list[Row]:
    """The lines that leave no doubt, each with its one suggestion, the latest first."""
    offers = certain_for(account)
    lines = account.transactions.filter(pk__in=offers.by_transaction)
    return [_row(line, offers) for line in lines]


def mark_certain(rows: Iterable[Row], certain: Iterable[int]) -> None:
    """Tell the rows which of them leave no doubt, among all open lines of the account."""
    sure = set(certain)
    for row in rows:
        row.certain = row.transaction.pk in sure


def with_matches(transactions: Sequence[BankTransaction]) -> dict[int, list[Match]]:
    """The live matches of these lines, oldest first."""
    found: dict[int, list[Match]] = {row.pk: [] for row in transactions}
    live = Match.objects.live().select_related(
        "transaction", "payment__supplier", "payment__bank_account", "refund__supplier", "created_by"
    )
    for match in live.filter(transaction__in=found).order_by("pk"):
        found[match.transaction_id].append(match)
    return found


def search_payments(
    account: BankAccount,
    *,
    words: str = "",
    amount: Money | None = None,
    first: date | None = None,
    last: date | None = None,
) -> list[Payment]:
    """Payments of the account that are still to be matched: at most fifty, the latest first."""
    rows = Payment.objects.to_match().filter(bank_account=account)
    for word in words.split()[:5]:
        rows = rows.filter(
            Q(supplier__name__icontains=word)
            | Q(number__icontains=word)
            | Q(reference__icontains=word)
            | Q(cheque_number=word)
            | Q(batch__number__iexact=word)
            | Q(pk__in=_paying_bill(account, word))
        )
    if amount is not None:
        rows = rows.filter(Q(unmatched_minor=amount.minor) | Q(bank_minor=amount.minor))
    if first:
        rows = rows.filter(paid_on__gte=first)
    if last:
        rows = rows.filter(paid_on__lte=last)
    return list(rows.select_related("supplier", "batch", "bank_account").order_by("-paid_on", "-id")[:50])


def search_refunds(
    account: BankAccount,
    *,
    words: str = "",
    amount: Money | None = None,
    first: date | None = None,
    last: date | None = None,
) -> list[Refund]:
    """Refunds into the account that are still to be matched: at most fifty, the latest first."""
    rows = Refund.objects.to_match().filter(bank_account=account)
    for word in words.split()[:5]:
        parts = RefundPart.objects.filter(refund__bank_account=account).filter(
            Q(credit_note__normalised_number=normalise(word)) | Q(from_payment__number__iexact=word)
        )
        rows = rows.filter(
            Q(supplier__name__icontains=word)
            | Q(number__icontains=word)
            | Q(reference__icontains=word)
            | Q(pk__in=parts.values("refund"))
        )
    if amount is not None:
        rows = rows.filter(Q(unmatched_minor=amount.minor) | Q(bank_minor=amount.minor))
    if first:
        rows = rows.filter(received_on__gte=first)
    if last:
        rows = rows.filter(received_on__lte=last)
    return list(rows.select_related("supplier", "bank_account").order_by("-received_on", "-id")[:50])


def open_batches(account: BankAccount, paid: Iterable[Paid]) -> list[tuple[Batch, int, Money]]:
    """The batches of these payments that have more than one payment left to match: how many, and their sum."""
    ids = {row.batch_id for row in paid if isinstance(row, Payment) and row.batch_id}
    if not ids:
        return []
    left = Payment.objects.to_match().filter(bank_account=account).select_related("supplier", "bank_account")
    batches = Batch.objects.filter(pk__in=ids).prefetch_related(Prefetch("payments", left, to_attr="left"))
    return [
        (batch, len(batch.left), add_up((payment.unmatched for payment in batch.left), account.currency))
        for batch in batches
        if len(batch.left) > 1
    ]


def _paying_bill(account: BankAccount, number: str) -> list[int]:
    rows = Allocation.objects.live().filter(
        bill__company=account.company_id, bill__normalised_number=normalise(number), payment__bank_account=account
    )
    return list(rows.values_list("payment", flat=True)[:200])


def _row(transaction: BankTransaction, offers: Offers) -> Row:
    offer = offers.by_transaction.get(transaction.pk)
    if offer is None or not offer.suggestions:
        return Row(transaction)
    leaders = offer.leaders
    cards = [_card(one, offers, transaction.currency) for one in offer.suggestions[:12]]
    return Row(transaction, cards[: len(leaders)], cards[len(leaders) :], offer.certain)


def _card(suggestion: Suggestion, offers: Offers, currency: str) -> Card:
    candidate = suggestion.candidate
    paid = offers.paid_of(candidate)
    return Card(
        key=str(candidate.key),
        paid=paid,
        total=Money(candidate.minor, currency),
        reasons=[reason.words for reason in suggestion.reasons],
        exact=suggestion.exact,
        batch=paid[0].batch if candidate.is_batch and isinstance(paid[0], Payment) else None,
    )


def _about(paid: Paid) -> list[str]:
    if isinstance(paid, Refund):
        return [str(part.credit_note or part.from_payment) for part in paid.parts.all()]
    return [row.bill.number for row in paid.live_allocations]  # type: ignore[attr-defined]  # Set by a prefetch.
