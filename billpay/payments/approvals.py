"""What a person has to know of a payment before they approve it, read for a whole list in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Prefetch

from billpay.bills.models import Bill
from billpay.companies.models import Company, User
from billpay.money.value import Money
from billpay.payments.actions import Weight, blocked, made_by, weigh_all
from billpay.payments.actions.approving import ELECTRONIC
from billpay.payments.arrows import why_not
from billpay.payments.models import Allocation, Approval, Payment, PaymentStatus
from billpay.payments.models.payment import PaymentQuerySet
from billpay.suppliers import bank_details


@dataclass(slots=True)
class BillPaid:
    """A bill of the payment, and what of it is settled by what: cash, credit, a discount."""

    rows: list[Allocation]

    @property
    def bill(self) -> Bill:
        return self.rows[0].bill

    @property
    def amount(self) -> Money:
        return Money(sum(row.amount_minor for row in self.rows), self.rows[0].payment.currency)

    @property
    def without_cash(self) -> list[Allocation]:
        return [row for row in self.rows if row.source != "cash"]


@dataclass(slots=True)
class Waiting:
    """A payment that waits for approval, as `reader` sees it."""

    payment: Payment
    bills: list[BillPaid]
    given: list[Approval]
    """Approvals that count for the payment as it is."""
    weight: Weight
    warning: str
    """What is to be looked at about the account it is paid to."""
    on_hold: list[BillPaid]
    not_you: str
    """Why the reader may not approve it; empty if they may."""

    @property
    def base(self) -> Money | None:
        """Its cash in the company's currency, where it is in another."""
        base = self.payment.company.base_currency
        return None if self.payment.currency == base else Money(self.payment.amount_base_minor, base)

    @property
    def on_account(self) -> Money:
        """Cash beyond the bills."""
        return self.payment.beyond_bills(row for paid in self.bills for row in paid.rows)

    @property
    def misses_details(self) -> bool:
        """Whether money is to be sent, and nobody knows where to."""
        return is_sent(self.payment) and self.payment.payee_account_id is None

    @property
    def missing(self) -> int:
        """How many have still to approve."""
        return max(self.payment.approvers_needed - len(self.given), 0)


def to_approve(company: Company) -> PaymentQuerySet:
    """Payments that wait for approval, the most urgent first, with all that `read` needs."""
    return with_all(company.payments.filter(status=PaymentStatus.AWAITING_APPROVAL)).order_by(
        F("execute_on").asc(nulls_last=True), "paid_on", "pk"
    )


def with_all(payments: PaymentQuerySet) -> PaymentQuerySet:
    """Payments with what `read` follows, in a fixed number of queries."""
    live = Allocation.objects.live().select_related("bill", "credit_note", "from_payment").order_by("id")
    return payments.select_related(
        "company", "supplier", "bank_account", "payment_method", "payee_account", "batch",
        "created_by", "edited_by", "submitted_by",
    ).prefetch_related(
        Prefetch("allocations", queryset=live, to_attr="live_rows"),
        Prefetch("approvals", queryset=Approval.objects.select_related("by")),
    )  # fmt: skip


def read(company: Company, payments: Sequence[Payment], *, reader: User, today: date) -> list[Waiting]:
    """
    What `reader` has to know of each.

    :param payments: loaded by `with_all`. Three queries for all their weights and makers, three for each currency.
    """
    weights = weigh_all(company, payments)
    warnings = payee_warnings(company, payments, today=today)
    made = made_by(company, payments, reader)
    waiting = []
    for payment in payments:
        rows: dict[int, list[Allocation]] = {}
        for row in payment.live_rows:  # type: ignore[attr-defined]
            rows.setdefault(row.bill_id, []).append(row)
        bills = [BillPaid(parts) for parts in rows.values()]
        given = [approval for approval in payment.approvals.all() if approval.digest == payment.digest]
        waiting.append(
            Waiting(
                payment=payment,
                bills=bills,
                given=given,
                weight=weights[payment.pk],
                warning=warnings.get(payment.pk, ""),
                on_hold=[paid for paid in bills if paid.bill.is_held(today=today)],
                not_you=why_not(
                    payment,
                    reader,
                    has_made=payment.pk in made,
                    approved_by={approval.by_id for approval in given},
                ),
            )
        )
    return waiting


def is_sent(payment: Payment) -> bool:
    """Whether money goes to the bank details on file."""
    return payment.method in ELECTRONIC and bool(payment.amount_minor)


def payee_warnings(company: Company, payments: Iterable[Payment], *, today: date) -> dict[int, str]:
    """Payment id → what is to be looked at about the account that it goes to, or why it cannot go there."""
    payments = list(payments)
    stops = blocked(payments)
    by_currency: dict[str, set[int]] = {}
    for payment in payments:
        if is_sent(payment) and payment.is_in_flight:
            by_currency.setdefault(payment.currency, set()).add(payment.supplier_id)
    said = {
        (supplier, currency): words
        for currency, suppliers in by_currency.items()
        for supplier, words in bank_details.warnings(company, suppliers, currency=currency, today=today).items()
    }
    found = {}
    for payment in payments:
        words = said.get((payment.supplier_id, payment.currency), "")
        to = payment.payee_account
        replaced = bool(payment.digest) and (to is None or to.archived_at is not None)
        stop = stops.get(payment.pk, "")
        if words := (stop or words) if replaced else (words or stop):
            found[payment.pk] = words
    return found
