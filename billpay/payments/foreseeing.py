"""
What taking something back would change, told before it is done (rule 14). Reads without locks, and writes nothing:
the action itself looks again. `last` is the last day that may be chosen, where that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from billpay.bills.models import Bill, BillState
from billpay.companies.models import Company
from billpay.credit_notes.models import CreditNote, CreditNoteState
from billpay.documents import foreseeing
from billpay.documents.ageing import bucket_of
from billpay.documents.foreseen import Balance, Change, State
from billpay.money.value import Money
from billpay.payments.actions import settling
from billpay.payments.actions.undoing import in_use
from billpay.payments.foreseen import PaidForeseen, Reduction
from billpay.payments.models import Allocation, Payment, PaymentStatus, Refund, RefundStatus, Source
from billpay.suppliers.models import Supplier


def of_void(payment: Payment, *, on: date, last: date | None = None) -> PaidForeseen:
    """What voiding a completed payment on that day would change."""
    company = payment.company
    rows = settled_rows(payment)
    own = _on_account(payment)
    nothing = Balance(Money.zero(payment.currency), Money.zero(company.base_currency))
    done, void = _payment_state(payment), State(PaymentStatus.VOID.value, str(PaymentStatus.VOID.label))
    sources = _changes_of_rows(company, rows, on=on)
    return _foreseen(
        company,
        on=on,
        last=last,
        since=payment.paid_on,
        changes=[*sources, Change(payment, "On account", own, nothing, done, void)],
        supplier=payment.supplier,
        rows=rows,
        nets=foreseeing.reversed_nets(payment),
        obstacle=""
        if payment.may_be_voided
        else f"{payment.number} is {payment.get_status_display().lower()}; it cannot be voided.",
        in_use=in_use(payment),
    )


def of_undo(allocation: Allocation, *, on: date, last: date | None = None) -> PaidForeseen:
    """What taking one settled allocation back on that day would change."""
    payment = allocation.payment
    company = payment.company
    settled = settled_rows(payment)
    rows = [row for row in settled if row.pk == allocation.pk]
    changes = _changes_of_rows(company, rows, on=on)
    cash = [row for row in rows if row.source == Source.CASH]
    ends = not payment.has_cash and len(settled) == 1
    if cash or ends:
        own, state = _on_account(payment), _payment_state(payment)
        after = own.plus(sum(row.amount_minor for row in cash), sum(row.source_base_minor for row in cash))
        void = State(PaymentStatus.VOID.value, str(PaymentStatus.VOID.label))
        changes.append(Change(payment, "On account", own, after, state, void if ends else state))
    nets: dict[int, int] = {}
    for row in rows:
        for posting in settling.beyond_cash(company, row, sign=-1):
            nets[posting.account_id] = nets.get(posting.account_id, 0) + posting.net
    obstacle = "" if rows else "This allocation is undone already, or does not settle anything yet."
    if rows and payment.status != PaymentStatus.COMPLETED:
        obstacle = f"{payment.number} is {payment.get_status_display().lower()}."
    return _foreseen(
        company,
        on=on,
        last=last,
        since=payment.paid_on,
        changes=changes,
        supplier=payment.supplier,
        rows=rows,
        nets=nets,
        obstacle=obstacle,
        in_use=in_use(payment) if ends else "",
        ends=ends,
    )


def of_void_refund(refund: Refund, *, on: date, last: date | None = None) -> PaidForeseen:
    """What voiding a refund on that day would change."""
    company = refund.company
    parts = list(refund.parts.select_related("credit_note", "from_payment").order_by("pk"))
    back: dict[CreditNote | Payment, tuple[int, int]] = {}
    for part in parts:
        source = part.credit_note or part.from_payment
        if source is not None:
            back[source] = _plus(back.get(source), part.amount_minor, part.base_minor)
    changes = [_credit(company, source, more) for source, more in back.items()]
    received = Balance(refund.amount, Money(refund.amount_base_minor, company.base_currency))
    nothing = Balance(Money.zero(refund.currency), Money.zero(company.base_currency))
    state = State(refund.status, refund.get_status_display())
    void = State(RefundStatus.VOID.value, str(RefundStatus.VOID.label))
    return _foreseen(
        company,
        on=on,
        last=last,
        since=refund.received_on,
        changes=[*changes, Change(refund, "Refunded", received, nothing, state, void)],
        supplier=refund.supplier,
        rows=[],
        nets=foreseeing.reversed_nets(refund),
        obstacle="" if refund.may_be_voided else f"{refund.number} is void already.",
    )


def settled_rows(payment: Payment) -> list[Allocation]:
    """What the payment settles, with all that taking it back looks at."""
    rows = payment.allocations.live().exclude(settlement=None)
    related = ("bill", "credit_note", "from_payment", "settlement", "credit_use", "payment")
    return list(rows.select_related(*related).order_by("pk"))


def _foreseen(
    company: Company,
    *,
    on: date,
    last: date | None,
    since: date,
    changes: list[Change],
    supplier: Supplier,
    rows: Sequence[Allocation],
    nets: dict[int, int],
    obstacle: str,
    in_use: str = "",
    ends: bool = False,
) -> PaidForeseen:
    return PaidForeseen(
        on=on,
        changes=foreseeing.with_owed(company, supplier, changes),
        taken_back=[_reduction(company, row) for row in rows if row.source in {Source.DISCOUNT, Source.WRITE_OFF}],
        journal=foreseeing.sides(company, nets),
        base_currency=company.base_currency,
        obstacle=obstacle or in_use,
        closed=foreseeing.closed_words(company, on, since=since, last=last),
        earlier_period=foreseeing.earlier_period(company, since),
        ends=ends,
    )


def _reduction(company: Company, row: Allocation) -> Reduction:
    base = company.base_currency
    return Reduction(row, Money(row.source_base_minor, base), Money(row.tax_base_minor, base))


def _changes_of_rows(company: Company, rows: Iterable[Allocation], *, on: date) -> list[Change]:
    """Bills, credit notes and earlier payments that allocations give back to: each once, bills first."""
    bills: dict[Bill, tuple[int, int]] = {}
    credit: dict[CreditNote | Payment, tuple[int, int]] = {}
    for row in rows:
        weighed = row.settlement.base_minor if row.settlement else 0
        bills[row.bill] = _plus(bills.get(row.bill), row.amount_minor, weighed)
        source = row.credit_note or row.from_payment
        if source is not None:
            credit[source] = _plus(credit.get(source), row.amount_minor, row.source_base_minor)
    return [
        *(_bill(company, bill, more, on=on) for bill, more in bills.items()),
        *(_credit(company, source, more) for source, more in credit.items()),
    ]


def _plus(sums: tuple[int, int] | None, minor: int, base: int) -> tuple[int, int]:
    return ((sums or (0, 0))[0] + minor, (sums or (0, 0))[1] + base)


def _bill(company: Company, bill: Bill, more: tuple[int, int], *, on: date) -> Change:
    left = Money(bill.total_base_minor - bill.settled_base_minor, company.base_currency)
    before = Balance(bill.outstanding, left)
    settled = bill.settled_minor - more[0]
    state = BillState.PARTIALLY_PAID if settled > 0 else BillState.OPEN
    bucket = bucket_of(bill.due_on, on=on)
    return Change(
        target=bill,
        what="Outstanding",
        before=before,
        after=before.plus(*more),
        state_before=State(bill.state, bill.get_state_display(), bucket if before.amount else None),
        state_after=State(state.value, str(state.label), bucket),
    )


def _credit(company: Company, source: CreditNote | Payment, more: tuple[int, int]) -> Change:
    if isinstance(source, Payment):
        before, same = _on_account(source), _payment_state(source)
        return Change(source, "On account", before, before.plus(*more), same, same)
    before = Balance(source.remaining, Money(source.total_base_minor - source.used_base_minor, company.base_currency))
    state = CreditNoteState.PARTLY_USED if source.used_minor > more[0] else CreditNoteState.OPEN
    return Change(
        target=source,
        what="Remaining credit",
        before=before,
        after=before.plus(*more),
        state_before=State(source.state, source.get_state_display()),
        state_after=State(state.value, str(state.label)),
    )


def _on_account(payment: Payment) -> Balance:
    done = payment.status == PaymentStatus.COMPLETED
    base = payment.amount_base_minor - payment.allocated_base_minor if done else 0
    return Balance(payment.on_account, Money(base, payment.company.base_currency))


def _payment_state(payment: Payment) -> State:
    return State(payment.status, payment.get_status_display())
