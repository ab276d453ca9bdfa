"""
What taking something back would change, told before it is done (rule 14). Reads without locks, and writes nothing:
the action itself looks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import F, Sum

from billpay.bills.models import Bill, BillState
from billpay.companies.models import Company
from billpay.credit_notes.models import CreditNote, CreditNoteState
from billpay.documents.ageing import bucket_of
from billpay.ledger import actions as ledger
from billpay.ledger.models import JournalLine
from billpay.money.value import Money
from billpay.payments.actions import settling
from billpay.payments.actions.undoing import in_use
from billpay.payments.foreseen import Balance, Change, Foreseen, Reduction, Side, State
from billpay.payments.models import Allocation, Payment, PaymentStatus, Refund, RefundStatus, Source
from billpay.suppliers.models import Supplier


def day_for(company: Company, *, today: date, since: date) -> date:
    """The day to propose: today, or later if what is taken back is, or if the books are closed."""
    return ledger.first_open_day(company, max(today, since))


def of_void(payment: Payment, *, on: date) -> Foreseen:
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
        since=payment.paid_on,
        changes=[*sources, Change(payment, "On account", own, nothing, done, void)],
        supplier=payment.supplier,
        rows=rows,
        nets=_reversed(payment),
        obstacle=""
        if payment.may_be_voided
        else f"{payment.number} is {payment.get_status_display().lower()}; it cannot be voided.",
        in_use=in_use(payment),
    )


def of_undo(allocation: Allocation, *, on: date) -> Foreseen:
    """What taking one settled allocation back on that day would change."""
    payment = allocation.payment
    company = payment.company
    settled = settled_rows(payment)
    rows = [row for row in settled if row.pk == allocation.pk]
    changes = _changes_of_rows(company, rows, on=on)
    cash = [row for row in rows if row.source == Source.CASH]
    ends = not payment.amount_minor and not payment.fee_minor and len(settled) == 1
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
        since=payment.paid_on,
        changes=changes,
        supplier=payment.supplier,
        rows=rows,
        nets=nets,
        obstacle=obstacle,
        in_use=in_use(payment) if ends else "",
    )


def of_void_refund(refund: Refund, *, on: date) -> Foreseen:
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
        since=refund.received_on,
        changes=[*changes, Change(refund, "Refunded", received, nothing, state, void)],
        supplier=refund.supplier,
        rows=[],
        nets=_reversed(refund),
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
    since: date,
    changes: list[Change],
    supplier: Supplier,
    rows: Sequence[Allocation],
    nets: dict[int, int],
    obstacle: str,
    in_use: str = "",
) -> Foreseen:
    currency = changes[0].before.amount.currency if changes else company.base_currency
    owed = _owed(company, supplier, currency, changes)
    if owed.before != owed.after:
        changes = [*changes, owed]
    locked = company.locked_through
    return Foreseen(
        on=on,
        changes=changes,
        taken_back=[_reduction(company, row) for row in rows if row.source in {Source.DISCOUNT, Source.WRITE_OFF}],
        journal=_sides(company, nets),
        base_currency=company.base_currency,
        obstacle=obstacle or in_use,
        closed=_closed_words(company, on, since),
        earlier_period=since if locked and since <= locked else None,
    )


def _reduction(company: Company, row: Allocation) -> Reduction:
    base = company.base_currency
    return Reduction(row, Money(row.source_base_minor, base), Money(row.tax_base_minor, base))


def _closed_words(company: Company, on: date, since: date) -> str:
    if on < since:
        return f"{on:%-d %B %Y} is before {since:%-d %B %Y}, when it was made. Choose a later date."
    try:
        ledger.refuse_locked_day(company, on)
    except ledger.PeriodLocked as refusal:
        return str(refusal)
    return ""


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


def _owed(company: Company, supplier: Supplier, currency: str, changes: Iterable[Change]) -> Change:
    """What is owed to the supplier in all: bills less credit and money on account."""
    bills = company.bills.outstanding().filter(supplier=supplier, currency=currency)
    notes = company.credit_notes.filter(supplier=supplier, currency=currency, status=CreditNote.Status.OPEN)
    paid = company.payments.completed().filter(supplier=supplier, currency=currency)
    minor = base = 0
    for sign, rows, total, weight in (
        (1, bills, F("outstanding_minor"), F("total_base_minor") - F("settled_base_minor")),
        (-1, notes, F("remaining_minor"), F("total_base_minor") - F("used_base_minor")),
        (-1, paid, F("on_account_minor"), F("amount_base_minor") - F("allocated_base_minor")),
    ):
        sums = rows.order_by().aggregate(minor=Sum(total, default=0), base=Sum(weight, default=0))
        minor, base = minor + sign * sums["minor"], base + sign * sums["base"]
    before = Balance(Money(minor, currency), Money(base, company.base_currency))
    more = less = 0
    for change in changes:
        sign = {"Outstanding": 1, "Remaining credit": -1, "On account": -1}.get(change.what, 0)
        more += sign * (change.after.amount.minor - change.before.amount.minor)
        less += sign * (change.after.base.minor - change.before.base.minor)
    return Change(supplier, "Owed in all", before, before.plus(more, less))


def _reversed(source: Payment | Refund) -> dict[int, int]:
    """What reversing every entry not reversed yet posts, by account."""
    nets: dict[int, int] = {}
    for entry in ledger.entries_of(source).filter(reverses=None, reversed_by=None):
        for line in entry.lines.all():
            nets[line.account_id] = nets.get(line.account_id, 0) + line.credit_minor - line.debit_minor
    return nets


def _sides(company: Company, nets: dict[int, int]) -> list[Side]:
    wanted = {pk: net for pk, net in nets.items() if net}
    accounts = company.nominal_accounts.filter(pk__in=wanted).order_by("code")
    lines = JournalLine.objects.filter(account__in=wanted).order_by().values_list("account")
    balances = dict(lines.annotate(balance=Sum(F("debit_minor") - F("credit_minor"))))
    base = company.base_currency
    return [
        Side(account, Money(wanted[account.pk], base), Money(balances.get(account.pk, 0), base)) for account in accounts
    ]
