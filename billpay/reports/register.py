"""The payment register: what was paid and what came back in a period, and whether the bank has shown it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum, Value

from billpay.companies.models import Company
from billpay.money.value import Money
from billpay.payments.models import IN_FLIGHT, Payment, Refund
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
    method: str = ""
    status: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment, or a refund with its amounts below zero."""

    row: Payment | Refund

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
    """What was completed in one currency. `net` is what payments and fees cost, less what came back."""

    payments: Money
    fees: Money
    refunds: Money

    @property
    def net(self) -> Money:
        return self.payments + self.fees - self.refunds


class Register:
    """Payments and refunds of a company that are asked for, oldest first."""

    def __init__(self, company: Company, asked: Asked) -> None:
        self.company, self.asked = company, asked
        account = {"bank_account": asked.account} if asked.account else {}
        where = _OF_STATUS[asked.status] & _OF_BANK[asked.bank] & Q(**account)
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
        """What the keys stand for, in their order: two queries."""
        wanted = list(keys)
        loaded: dict[str, dict[int, Any]] = {}
        for what, rows, related in (
            ("payment", self.company.payments, ("supplier", "bank_account", "payment_method")),
            ("refund", self.company.refunds, ("supplier", "bank_account")),
        ):
            ids = [pk for _, kind, pk in wanted if kind == what]
            loaded[what] = rows.select_related(*related).in_bulk(ids) if ids else {}
        return [Entry(loaded[what][pk]) for _, what, pk in wanted]

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
        payments = {code: (minor, fee) for code, minor, fee in paid.annotate(Sum("amount_minor"), Sum("fee_minor"))}
        refunds = dict(back.annotate(Sum("amount_minor")))
        codes = sorted(payments.keys() | refunds.keys(), key=lambda code: (code != self.company.base_currency, code))
        return [
            Total(
                Money(payments.get(code, (0, 0))[0], code),
                Money(payments.get(code, (0, 0))[1], code),
                Money(refunds.get(code, 0), code),
            )
            for code in codes
        ]
