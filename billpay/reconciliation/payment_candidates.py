"""Payments that money out may be: read for many bank lines at once, in a number of queries that never grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Count, Prefetch, Q, Sum

from billpay.banking.models import BankAccount
from billpay.money.value import Money
from billpay.payments.models import Allocation, Batch, Payment
from billpay.payments.models.payment import PaymentQuerySet
from billpay.reconciliation import marks, matching
from billpay.reconciliation.matching import Candidate, Line, Mark


def near(account: BankAccount, lines: Sequence[Line], *, by_text: bool) -> list[Payment]:
    """Payments with the amount of a line, alone or as a batch; `by_text` also those that the lines' texts name."""
    amounts = {line.minor for line in lines}
    window = _window(account, lines)
    batches = list(
        window.exclude(batch=None)
        .order_by()
        .values("batch")
        .annotate(left=Sum("unmatched_minor"), count=Count("pk"))
        .filter(left__in=amounts, count__gt=1)
        .values_list("batch", flat=True)
    )
    wanted = Q(unmatched_minor__in=amounts) | Q(batch__in=batches)
    if by_text:
        wanted |= _named_in(account, lines)
    rows = list(_with_marks(window.filter(wanted))[: marks.MOST_CANDIDATES])
    return _whole_batches(account, rows) if by_text else rows


def candidates_of(account: BankAccount, rows: Sequence[Payment]) -> list[Candidate]:
    """Each payment, and each batch of which more than one payment is left, as candidates."""
    details = marks.bank_marks(account.company_id, (row.supplier_id for row in rows))
    made = [_several(f"payment-{row.pk}", [row], details) for row in rows]
    batches: dict[int, list[Payment]] = defaultdict(list)
    for row in rows:
        if row.batch_id:
            batches[row.batch_id].append(row)
    made += [_as_batch(group, _several("", group, details)) for group in batches.values() if len(group) > 1]
    return made


def together(account: BankAccount, lines: Sequence[Line]) -> tuple[list[Candidate], list[Payment]]:
    """Payments of one supplier that add up to one of the lines."""
    first, last = marks.days_around(lines, marks.TOGETHER_DAYS, marks.TOGETHER_DAYS)
    close = _window(account, lines).filter(paid_on__gte=first, paid_on__lte=last)
    triples = list(close.values_list("pk", "supplier", "unmatched_minor")[: marks.MOST_TOGETHER_ROWS])
    found = matching.together((line.minor for line in lines), triples).values()
    groups = [group for each in found for group in each][: marks.MOST_GROUPS]
    rows = list(_with_marks(Payment.objects.filter(pk__in={pk for group in groups for pk in group})))
    by_pk = {row.pk: row for row in rows}
    details = marks.bank_marks(account.company_id, (row.supplier_id for row in rows))
    return [
        _several(f"payments-{'-'.join(map(str, group))}", [by_pk[pk] for pk in group], details) for group in groups
    ], rows


def chosen(company_id: int, payments: Iterable[Payment]) -> Candidate | None:
    """What a person chose, as one candidate."""
    rows = list(_with_marks(Payment.objects.filter(pk__in=[payment.pk for payment in payments])))
    if not rows:
        return None
    details = marks.bank_marks(company_id, (row.supplier_id for row in rows))
    made = _several(f"{len(rows)} payments", rows, details)
    return _as_batch(rows, made) if _is_one_batch(rows) else made


def _window(account: BankAccount, lines: Sequence[Line]) -> PaymentQuerySet:
    """Payments of the account that are still to be matched, made around the days of these lines."""
    first, last = marks.days_around(lines)
    return Payment.objects.to_match().filter(bank_account=account, paid_on__gte=first, paid_on__lte=last)


def _named_in(account: BankAccount, lines: Sequence[Line]) -> Q:
    """Payments whose numbers, bills or supplier's bank details stand in the text of these lines."""
    traces = marks.traces_of(lines)
    billed = Allocation.objects.live().filter(
        bill__company=account.company_id, bill__normalised_number__in=traces.numbers, payment__bank_account=account
    )
    named = (
        Q(number__in=traces.ours("PAY", 5))
        | Q(cheque_number__in=traces.numbers | traces.words)
        | Q(reference__in=traces.words)
        | Q(batch__number__in=traces.ours("BATCH", 4))
        | Q(pk__in=list(billed.values_list("payment", flat=True)[: marks.MOST_CANDIDATES]))
    )
    if traces.banks:
        named |= Q(supplier__in=marks.suppliers_by_bank(account.company_id, traces.banks))
    return named


def _whole_batches(account: BankAccount, rows: list[Payment]) -> list[Payment]:
    """The rest of every batch that one of the rows belongs to, so that the batch is offered whole."""
    batches = {row.batch_id for row in rows if row.batch_id}
    if not batches:
        return rows
    rest = Payment.objects.to_match().filter(bank_account=account, batch__in=batches)
    known = {row.pk for row in rows}
    return rows + [row for row in _with_marks(rest)[: marks.MOST_CANDIDATES] if row.pk not in known]


def _with_marks(rows: PaymentQuerySet) -> PaymentQuerySet:
    """With all that a candidate is made of, and that its card shows."""
    live = Allocation.objects.live().select_related("bill").defer("bill__note")
    return rows.select_related("supplier", "batch", "bank_account").prefetch_related(
        Prefetch("allocations", queryset=live, to_attr="live_allocations")
    )


def _several(key: str, rows: Sequence[Payment], details: dict[int, list[Mark]]) -> Candidate:
    fees = sum(row.fee_minor for row in rows)
    suppliers = {row.supplier_id for row in rows}
    one = len(suppliers) == 1
    return Candidate(
        key=key,
        parts=tuple((row.pk, row.unmatched.minor) for row in rows),
        on=max(row.paid_on for row in rows),
        marks=marks.each_once(mark for row in rows for mark in _marks(row)),
        bank_numbers=tuple(details.get(suppliers.pop(), ())) if one else (),
        names=(rows[0].supplier.name,) if one else (),
        fee_words=str(Money(fees, rows[0].currency)) if fees else "",
    )


def _as_batch(rows: Sequence[Payment], made: Candidate) -> Candidate:
    batch = rows[0].batch
    assert isinstance(batch, Batch)  # noqa: S101  Only rows of a batch come here.
    own = [Mark(f"Batch number {batch.number}", batch.number)]
    if batch.reference:
        own.append(Mark(f"Batch reference {batch.reference}", batch.reference))
    return Candidate(
        key=f"batch-{batch.pk}",
        parts=made.parts,
        on=batch.paid_on,
        marks=marks.each_once([*own, *made.marks]),
        bank_numbers=made.bank_numbers,
        names=made.names,
        is_batch=True,
    )


def _is_one_batch(rows: Sequence[Payment]) -> bool:
    return len(rows) > 1 and len({row.batch_id for row in rows}) == 1 and rows[0].batch_id is not None


def _marks(row: Payment) -> Iterable[Mark]:
    if row.reference:
        yield Mark(f"Reference {row.reference}", row.reference)
    for allocation in row.live_allocations:  # type: ignore[attr-defined]  # Set by the prefetch above.
        yield Mark(f"Reference {allocation.bill.number}", allocation.bill.number)
    if row.cheque_number:
        yield Mark(f"Cheque number {row.cheque_number}", row.cheque_number)
    yield Mark(f"Payment number {row.number}", row.number)
