"""Refunds that money in may be: read for many bank lines at once, in a number of queries that never grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Prefetch, Q

from billpay.banking.models import BankAccount
from billpay.payments.models import Refund, RefundPart
from billpay.payments.models.refund import RefundQuerySet
from billpay.reconciliation import marks, matching
from billpay.reconciliation.matching import Candidate, Line, Mark


def near(account: BankAccount, lines: Sequence[Line], *, by_text: bool) -> list[Refund]:
    """Refunds with the amount of a line; `by_text` also those that the lines' texts name."""
    wanted = Q(unmatched_minor__in={line.minor for line in lines})
    if by_text:
        wanted |= _named_in(account, lines)
    return list(_with_marks(_window(account, lines).filter(wanted))[: marks.MOST_CANDIDATES])


def candidates_of(account: BankAccount, rows: Sequence[Refund]) -> list[Candidate]:
    """Each refund as a candidate."""
    details = marks.bank_marks(account.company_id, (row.supplier_id for row in rows))
    return [_several(f"refund-{row.pk}", [row], details) for row in rows]


def together(account: BankAccount, lines: Sequence[Line]) -> tuple[list[Candidate], list[Refund]]:
    """Refunds of one supplier that add up to one of the lines."""
    first, last = marks.days_around(lines, marks.TOGETHER_DAYS, marks.TOGETHER_DAYS)
    close = _window(account, lines).filter(received_on__gte=first, received_on__lte=last)
    triples = list(close.values_list("pk", "supplier", "unmatched_minor")[: marks.MOST_TOGETHER_ROWS])
    found = matching.together((line.minor for line in lines), triples).values()
    groups = [group for each in found for group in each][: marks.MOST_GROUPS]
    rows = list(_with_marks(Refund.objects.filter(pk__in={pk for group in groups for pk in group})))
    by_pk = {row.pk: row for row in rows}
    details = marks.bank_marks(account.company_id, (row.supplier_id for row in rows))
    return [
        _several(f"refunds-{'-'.join(map(str, group))}", [by_pk[pk] for pk in group], details) for group in groups
    ], rows


def chosen(company_id: int, refunds: Iterable[Refund]) -> Candidate | None:
    """What a person chose, as one candidate."""
    rows = list(_with_marks(Refund.objects.filter(pk__in=[refund.pk for refund in refunds])))
    if not rows:
        return None
    return _several(f"{len(rows)} refunds", rows, marks.bank_marks(company_id, (row.supplier_id for row in rows)))


def _window(account: BankAccount, lines: Sequence[Line]) -> RefundQuerySet:
    """Refunds into the account that are still to be matched, received around the days of these lines."""
    first, last = marks.days_around(lines)
    return Refund.objects.to_match().filter(bank_account=account, received_on__gte=first, received_on__lte=last)


def _named_in(account: BankAccount, lines: Sequence[Line]) -> Q:
    """Refunds whose numbers, credit notes, payments or supplier's bank details stand in the text of these lines."""
    traces = marks.traces_of(lines)
    parts = RefundPart.objects.filter(refund__bank_account=account).filter(
        Q(credit_note__company=account.company_id, credit_note__normalised_number__in=traces.numbers)
        | Q(from_payment__company=account.company_id, from_payment__number__in=traces.ours("PAY", 5))
    )
    named = (
        Q(number__in=traces.ours("REF", 5))
        | Q(reference__in=traces.words)
        | Q(pk__in=list(parts.values_list("refund", flat=True)[: marks.MOST_CANDIDATES]))
    )
    if traces.banks:
        named |= Q(supplier__in=marks.suppliers_by_bank(account.company_id, traces.banks))
    return named


def _with_marks(rows: RefundQuerySet) -> RefundQuerySet:
    """With all that a candidate is made of, and that its card shows."""
    parts = RefundPart.objects.select_related("credit_note", "from_payment").defer("credit_note__note")
    return rows.select_related("supplier", "bank_account").prefetch_related(Prefetch("parts", queryset=parts))


def _several(key: str, rows: Sequence[Refund], details: dict[int, list[Mark]]) -> Candidate:
    suppliers = {row.supplier_id for row in rows}
    one = len(suppliers) == 1
    return Candidate(
        key=key,
        parts=tuple((row.pk, row.unmatched.minor) for row in rows),
        on=max(row.received_on for row in rows),
        marks=marks.each_once(mark for row in rows for mark in _marks(row)),
        bank_numbers=tuple(details.get(suppliers.pop(), ())) if one else (),
        names=(rows[0].supplier.name,) if one else (),
        is_refund=True,
    )


def _marks(row: Refund) -> Iterable[Mark]:
    if row.reference:
        yield Mark(f"Reference {row.reference}", row.reference)
    for part in row.parts.all():
        if part.credit_note is not None:
            yield Mark(f"Credit note {part.credit_note.number}", part.credit_note.number)
        if part.from_payment is not None:
            yield Mark(f"Payment number {part.from_payment.number}", part.from_payment.number)
    yield Mark(f"Refund number {row.number}", row.number)
