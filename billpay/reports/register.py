"""The payment register: what was paid and what came back in a period, and whether the bank has shown it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum, Value

from billpay.companies.models import Company
from billpay.money.value import Money
from billpay.payments.models import IN_FLIGHT, Allocation, Payment, Refund, RefundPart
from billpay.payments.models.payment import CLOSED_BEFORE

STATUSES = {
    "": "Made: completed or void",
    "completed": "Completed",
    "void": "Void",
    "waiting": "Not made yet",
    "ended": "Failed, rejected or cancelled",
    "all": "Every status",
}
BANK = {
    "": "Matched or not",
    "matched": "Matched",
    "partly_matched": "Partly matched",
    "unmatched": "Not matched",
}
_OF_STATUS: dict[str, Q] = {
    "": Q(status__in=("completed", "void")),
    "completed": Q(status="completed"),
    "void": Q(status="void"),
    "waiting": Q(status__in=IN_FLIGHT),
    "ended": Q(status__in=CLOSED_BEFORE),
    "all": Q(),
}
_SHOWN = Q(status="completed", bank_minor__gt=0)
_OF_BANK: dict[str, Q] = {
    "": Q(),
    "matched": _SHOWN & Q(unmatched_minor=0),
    "partly_matched": _SHOWN & Q(unmatched_minor__gt=0, matched_minor__gt=0),
    "unmatched": _SHOWN & Q(matched_minor=0),
}
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the register is narrowed to; both days are included."""

    since: date
    until: date
    kind: str = ""
    account: int | None = None
    supplier: int | None = None
    method: str = ""
    status: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment, or a refund with its amounts below zero."""

    row: Payment | Refund
    base_currency: str

    @property
    def is_refund(self) -> bool:
        return isinstance(self.row, Refund)

    @property
    def on(self) -> date:
        return self.row.received_on if isinstance(self.row, Refund) else self.row.paid_on

    @property
    def method(self) -> str:
        if isinstance(self.row, Refund):
            return "Refund"
        return str(self.row.payment_method or self.row.get_method_display()) if self.row.bank_account else "Credit only"

    @property
    def amount(self) -> Money:
        return -self.row.amount if self.is_refund else self.row.amount

    @property
    def base(self) -> Money | None:
        """The amount in the company's own currency, as it was booked; None before it was."""
        if isinstance(self.row, Refund):
            return Money(-self.row.amount_base_minor, self.base_currency)
        return Money(self.row.amount_base_minor, self.base_currency) if self.row.completed_at else None

    @property
    def settles(self) -> list[str]:
        """
        The numbers of the bills it pays; of a refund, of the credit notes or payments it is of.

        What was taken back from a payment is left out, unless all of it was: a void one still says what it was for.
        """
        if isinstance(self.row, Refund):
            sources = (part.credit_note or part.from_payment for part in self.row.parts.all())
            return list(dict.fromkeys(source.number for source in sources if source))
        rows = [row for row in self.row.allocations.all() if row.undone_at is None or self.row.status == "void"]
        return list(dict.fromkeys(row.bill.number for row in rows))

    @property
    def fee(self) -> Money | None:
        return self.row.fee if isinstance(self.row, Payment) and self.row.fee_minor else None

    @property
    def bank(self) -> Money | None:
        """What left the account, in the account's currency."""
        if self.row.bank_account is None:
            return None
        return -self.row.bank_total if self.is_refund else self.row.bank_total

    @property
    def bank_state(self) -> str:
        if self.row.status != "completed" or not self.row.bank_minor:
            return ""
        if not self.row.matched_minor:
            return "unmatched"
        return "partly_matched" if self.row.unmatched else "matched"


@dataclass(frozen=True, slots=True)
class Share:
    """What one account paid in one way: in the account's currency, and how much of it the bank has shown."""

    account: str
    method: str
    count: int
    bank: Money
    matched: Money

    @property
    def unmatched(self) -> Money:
        return self.bank - self.matched


@dataclass(frozen=True, slots=True)
class Total:
    """
    What was completed in one currency. `net` is what payments and fees cost, less what came back.

    :param base: payments less refunds in the company's own currency, as they were booked; fees are not in it.
    """

    payments: Money
    fees: Money
    refunds: Money
    base: Money

    @property
    def net(self) -> Money:
        return self.payments + self.fees - self.refunds


class Register:
    """Payments and refunds of a company that are asked for, oldest first."""

    def __init__(self, company: Company, asked: Asked) -> None:
        self.company, self.asked = company, asked
        chosen = {"bank_account": asked.account, "supplier": asked.supplier}
        where = _OF_STATUS[asked.status] & _OF_BANK[asked.bank] & Q(**{name: pk for name, pk in chosen.items() if pk})
        period = (asked.since, asked.until)
        self.payments = company.payments.filter(where, paid_on__range=period)
        self.refunds = company.refunds.filter(where, received_on__range=period)
        if asked.method:
            self.payments, self.refunds = self.payments.filter(method=asked.method), self.refunds.none()
        if asked.kind == "payment":
            self.refunds = self.refunds.none()
        if asked.kind == "refund":
            self.payments = self.payments.none()

    def keys(self) -> QuerySet[Any]:
        """(day, what, id) of each entry, in order: what a page is cut from."""

        def key(rows: Any, day: str, what: str) -> Any:
            return rows.order_by().annotate(day=F(day), what=Value(what)).values_list("day", "what", "pk")

        refunds = key(self.refunds, "received_on", "refund")
        both: QuerySet[Any] = key(self.payments, "paid_on", "payment").union(refunds, all=True)
        return both.order_by("day", "what", "pk")

    def entries(self, keys: Iterable[tuple[date, str, int]]) -> list[Entry]:
        """What the keys stand for, in their order, with what each settles: four queries."""
        wanted = list(keys)
        bills = Prefetch("allocations", Allocation.objects.select_related("bill"))
        parts = Prefetch("parts", RefundPart.objects.select_related("credit_note", "from_payment"))
        kinds: dict[str, QuerySet[Any]] = {
            "payment": self.company.payments.select_related("payment_method").prefetch_related(bills),
            "refund": self.company.refunds.prefetch_related(parts),
        }
        loaded: dict[str, dict[int, Any]] = {}
        for what, rows in kinds.items():
            ids = [pk for _, kind, pk in wanted if kind == what]
            loaded[what] = rows.select_related("supplier", "bank_account").in_bulk(ids) if ids else {}
        return [Entry(loaded[what][pk], self.company.base_currency) for _, what, pk in wanted]

    def everything(self) -> Iterator[Entry]:
        """Every entry, read in pieces."""
        for piece in itertools.batched(self.keys().iterator(chunk_size=AT_ONCE), AT_ONCE):
            yield from self.entries(piece)

    def shares(self) -> list[Share]:
        """What is completed of it, by account and method; refunds are below zero."""
        completed = self.payments.completed().filter(bank_account__isnull=False)
        by_method = completed.order_by().values_list(
            "bank_account__name", "bank_account__currency", "payment_method__name", "method"
        )
        back = self.refunds.completed().order_by().values_list("bank_account__name", "bank_account__currency")
        sums = {"count": Count("pk"), "bank": Sum("bank_minor"), "shown": Sum("matched_minor")}
        labels = dict(Payment._meta.get_field("method").flatchoices)
        shares = [
            Share(account, name or str(labels[method]), count, Money(bank, currency), Money(shown, currency))
            for account, currency, name, method, count, bank, shown in by_method.annotate(**sums)
        ]
        shares += [
            Share(account, "Refund", count, Money(-bank, currency), Money(-shown, currency))
            for account, currency, count, bank, shown in back.annotate(**sums)
        ]
        return sorted(shares, key=lambda one: (one.account, one.method == "Refund", one.method))

    def totals(self) -> list[Total]:
        """What is completed of it, by currency, the company's own first."""
        paid = self.payments.completed().order_by().values_list("currency")
        back = self.refunds.completed().order_by().values_list("currency")
        sums = (Sum("amount_minor"), Sum("amount_base_minor"))
        payments = {code: found for code, *found in paid.annotate(*sums, Sum("fee_minor"))}
        refunds = {code: found for code, *found in back.annotate(*sums)}
        base = self.company.base_currency
        totals = []
        for code in sorted(payments.keys() | refunds.keys(), key=lambda code: (code != base, code)):
            minor, weight, fees = payments.get(code, (0, 0, 0))
            returned, returned_weight = refunds.get(code, (0, 0))
            totals.append(
                Total(
                    Money(minor, code), Money(fees, code), Money(returned, code), Money(weight - returned_weight, base)
                )
            )
        return totals
