"""Reading what may match: candidates for many bank transactions at once, in a number of queries that never grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, Prefetch, Q, Sum

from billpay.banking.models import BankAccount, BankTransaction, Direction
from billpay.documents.numbers import normalise
from billpay.money.value import Money
from billpay.payments.models import Allocation, Batch, Payment
from billpay.payments.models.payment import PaymentQuerySet
from billpay.reconciliation import matching
from billpay.reconciliation.matching import Candidate, Line, Mark, Offer
from billpay.suppliers.models import SupplierBankAccount

DAYS_BEFORE, DAYS_AFTER = 180, 30
"""How long before its booking a payment may have been made (cheques are slow), and how long after."""
TOGETHER_DAYS = 14
MOST_CANDIDATES = 4_000
MOST_TOGETHER_ROWS = 600
MOST_REVIEWED = 500


@dataclass(frozen=True, slots=True)
class Offers:
    """Offers by bank transaction, and the payments and batches that they speak of."""

    by_transaction: dict[int, Offer] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)

    def payments_of(self, candidate: Candidate) -> list[Payment]:
        return [self.payments[pk] for pk, _ in candidate.parts]


def line_of(transaction: BankTransaction) -> Line:
    """What is left of a bank transaction, for matching."""
    return Line(
        key=transaction.pk,
        minor=transaction.unmatched.minor,
        on=transaction.booked_on,
        text=transaction.text,
        payee=transaction.payee,
    )


def offers_for(account: BankAccount, transactions: Iterable[BankTransaction]) -> Offers:
    """Suggestions for these transactions of one account; none for money in."""
    lines = [line_of(row) for row in transactions if row.direction == Direction.OUT and row.unmatched_minor]
    if not lines:
        return Offers()
    rows = _candidate_payments(account, lines, by_text=True)
    candidates = candidates_of(account, rows)
    offers = matching.offer_all(lines, candidates)
    lonely = [line for line in lines if not any(one.exact for one in offers[line.key].suggestions)]
    if lonely:
        grouped, more = _together(account, lonely)
        rows += more
        offers.update(matching.offer_all(lonely, [*candidates, *grouped]))
    return Offers(offers, {row.pk: row for row in rows})


def certain_for(account: BankAccount) -> Offers:
    """The offers for the latest open lines that leave no doubt: one candidate, equal amount, its reference or bank."""
    waiting = account.transactions.to_reconcile().filter(direction=Direction.OUT)[:MOST_REVIEWED]
    lines = [line_of(row) for row in waiting]
    if not lines:
        return Offers()
    rows = _candidate_payments(account, lines, by_text=False)
    offers = matching.offer_all(lines, candidates_of(account, rows))
    certain = {key: made for key, made in offers.items() if made.certain}
    return Offers(certain, {row.pk: row for row in rows})


def explain(transaction: BankTransaction, payments: Sequence[Payment]) -> list[str]:
    """Why these payments may be this transaction, in words, to be kept with the match."""
    rows = list(_with_marks(Payment.objects.filter(pk__in=[payment.pk for payment in payments])))
    if not rows:
        return []
    made = _several(f"{len(rows)} payments", rows, _bank_marks(transaction.company_id, rows))
    made = _batch_candidate(rows, made) if _is_one_batch(rows) else made
    return [reason.words for reason in matching.weigh(line_of(transaction), made).reasons]


def candidates_of(account: BankAccount, rows: Sequence[Payment]) -> list[Candidate]:
    """Each payment, and each batch of which more than one payment is left, as candidates."""
    bank_marks = _bank_marks(account.company_id, rows)
    made = [_several(f"payment-{row.pk}", [row], bank_marks) for row in rows]
    batches: dict[int, list[Payment]] = defaultdict(list)
    for row in rows:
        if row.batch_id:
            batches[row.batch_id].append(row)
    made += [_batch_candidate(group, _several("", group, bank_marks)) for group in batches.values() if len(group) > 1]
    return made


def _candidate_payments(account: BankAccount, lines: Sequence[Line], *, by_text: bool) -> list[Payment]:
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
    rows = list(_with_marks(window.filter(wanted))[:MOST_CANDIDATES])
    return _whole_batches(account, rows) if by_text else rows


def _window(account: BankAccount, lines: Sequence[Line]) -> PaymentQuerySet:
    """Payments of the account that are still to be matched, made around the days of these lines."""
    days = [line.on for line in lines]
    return (
        Payment.objects.to_match()
        .filter(bank_account=account)
        .filter(paid_on__gte=min(days) - timedelta(DAYS_BEFORE), paid_on__lte=max(days) + timedelta(DAYS_AFTER))
    )


def _named_in(account: BankAccount, lines: Sequence[Line]) -> Q:
    """Payments whose numbers, bills or supplier's bank details stand in the text of these lines."""
    numbers = {number for line in lines for number in matching.numbers_in(line.text)}
    words = {word.upper() for line in lines for word in line.text.split()} | {n.upper() for n in numbers}
    banks = {number for line in lines for number in matching.bank_numbers_in(line.text)}
    padded = {f"PAY-{digits:0>5}" for number in numbers if (digits := number.removeprefix("pay")).isdigit()}
    batch_numbers = {f"BATCH-{digits:0>4}" for n in numbers if (digits := n.removeprefix("batch")).isdigit()}
    billed = Allocation.objects.live().filter(
        bill__company=account.company_id, bill__normalised_number__in=numbers, payment__bank_account=account
    )
    named = (
        Q(number__in=padded)
        | Q(cheque_number__in=numbers)
        | Q(reference__in=words)
        | Q(batch__number__in=batch_numbers)
        | Q(pk__in=list(billed.values_list("payment", flat=True)[:MOST_CANDIDATES]))
    )
    if banks:
        named |= Q(supplier__in=suppliers_by_bank(account.company_id, banks))
    return named


def suppliers_by_bank(company_id: int, numbers: Iterable[str]) -> list[int]:
    """Suppliers whose IBAN or account number is one of these."""
    wanted = list(numbers)
    rows = SupplierBankAccount.objects.filter(
        Q(iban__in=wanted) | Q(account_number__in=wanted), company=company_id, archived_at=None
    )
    return list(rows.values_list("supplier", flat=True))


def _whole_batches(account: BankAccount, rows: list[Payment]) -> list[Payment]:
    """The rest of every batch that one of the rows belongs to, so that the batch is offered whole."""
    batches = {row.batch_id for row in rows if row.batch_id}
    if not batches:
        return rows
    rest = Payment.objects.to_match().filter(bank_account=account, batch__in=batches)
    known = {row.pk for row in rows}
    return rows + [row for row in _with_marks(rest)[:MOST_CANDIDATES] if row.pk not in known]


def _together(account: BankAccount, lines: Sequence[Line]) -> tuple[list[Candidate], list[Payment]]:
    """Payments of one supplier that add up to one of the lines."""
    days = [line.on for line in lines]
    near = _window(account, lines).filter(
        paid_on__gte=min(days) - timedelta(TOGETHER_DAYS), paid_on__lte=max(days) + timedelta(TOGETHER_DAYS)
    )
    triples = list(near.values_list("pk", "supplier", "unmatched_minor")[:MOST_TOGETHER_ROWS])
    groups = [group for found in matching.together((line.minor for line in lines), triples).values() for group in found]
    rows = list(_with_marks(Payment.objects.filter(pk__in={pk for group in groups[:50] for pk in group})))
    by_pk = {row.pk: row for row in rows}
    marks = _bank_marks(account.company_id, rows)
    return [
        _several(f"payments-{'-'.join(map(str, group))}", [by_pk[pk] for pk in group], marks) for group in groups[:50]
    ], rows


def _with_marks(rows: PaymentQuerySet) -> PaymentQuerySet:
    """With all that a candidate is made of, and that its card shows."""
    live = Allocation.objects.live().select_related("bill").defer("bill__note")
    return rows.select_related("supplier", "batch", "bank_account").prefetch_related(
        Prefetch("allocations", queryset=live, to_attr="live_allocations")
    )


def _bank_marks(company_id: int, rows: Iterable[Payment]) -> dict[int, list[Mark]]:
    """Bank details by supplier, as marks."""
    marks: dict[int, list[Mark]] = defaultdict(list)
    suppliers = {row.supplier_id for row in rows}
    for found in SupplierBankAccount.objects.filter(company=company_id, supplier__in=suppliers, archived_at=None):
        if found.iban:
            marks[found.supplier_id].append(Mark("Supplier’s IBAN", found.iban))
        if found.account_number:
            marks[found.supplier_id].append(Mark("Supplier’s account number", found.account_number))
    return marks


def _several(key: str, rows: Sequence[Payment], bank_marks: dict[int, list[Mark]]) -> Candidate:
    fees = sum(row.fee_minor for row in rows)
    suppliers = {row.supplier_id for row in rows}
    return Candidate(
        key=key,
        parts=tuple((row.pk, row.unmatched.minor) for row in rows),
        on=max(row.paid_on for row in rows),
        marks=_each_once(mark for row in rows for mark in _marks(row)),
        bank_numbers=tuple(mark for supplier in suppliers for mark in bank_marks.get(supplier, ()))
        if len(suppliers) == 1
        else (),
        names=tuple({row.supplier.name for row in rows}) if len(suppliers) == 1 else (),
        fee_words=str(Money(fees, rows[0].currency)) if fees else "",
    )


def _batch_candidate(rows: Sequence[Payment], made: Candidate) -> Candidate:
    batch = rows[0].batch
    assert isinstance(batch, Batch)  # noqa: S101  Only rows of a batch come here.
    marks = [Mark(f"Batch number {batch.number}", batch.number)]
    if batch.reference:
        marks.append(Mark(f"Batch reference {batch.reference}", batch.reference))
    return Candidate(
        key=f"batch-{batch.pk}",
        parts=made.parts,
        on=batch.paid_on,
        marks=_each_once([*marks, *made.marks]),
        bank_numbers=made.bank_numbers,
        names=made.names,
        is_batch=True,
    )


def _is_one_batch(rows: Sequence[Payment]) -> bool:
    return len(rows) > 1 and len({row.batch_id for row in rows}) == 1 and rows[0].batch_id is not None


def _each_once(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Without marks that repeat the number of an earlier one, as when a payment's reference is its bill's number."""
    first: dict[str, Mark] = {}
    for mark in marks:
        first.setdefault(normalise(mark.value), mark)
    return tuple(first.values())


def _marks(row: Payment) -> Iterable[Mark]:
    if row.reference:
        yield Mark(f"Reference {row.reference}", row.reference)
    for allocation in row.live_allocations:  # type: ignore[attr-defined]  # Set by the prefetch above.
        yield Mark(f"Reference {allocation.bill.number}", allocation.bill.number)
    if row.cheque_number:
        yield Mark(f"Cheque number {row.cheque_number}", row.cheque_number)
    yield Mark(f"Payment number {row.number}", row.number)
