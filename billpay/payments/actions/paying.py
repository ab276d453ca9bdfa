"""Recording payments: one, several bills of one supplier, or a batch over suppliers; all or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from billpay.companies import audit, numbers
from billpay.companies.models import Company, User
from billpay.ledger import actions as ledger
from billpay.money.value import Money
from billpay.payments.actions import reductions, settling
from billpay.payments.actions.moving import first_steps
from billpay.payments.actions.orders import Header, Order, PaymentError, check, cheque_number_of, leaves_account
from billpay.payments.models import Allocation, Batch, Payment, PaymentStatus, Source


def pay(*, company: Company, header: Header, order: Order, by: User) -> Payment:
    """
    Record one payment to one supplier, with all it settles, or keep it as a draft that reserves.

    :raises PaymentError: in words: a bill is not open or has less outstanding, credit is another supplier's or
        too small, the account cannot pay this currency, the cheque number is missing or used, …
    :raises PeriodLocked: the payment date is in a locked period.
    """
    return _in_words(lambda: _store(company, header, [order], by, batch=None))[0]


def pay_batch(
    *,
    company: Company,
    header: Header,
    orders: Sequence[Order],
    by: User,
    reference: str = "",
    note: str = "",
    external_id: str = "",
) -> Batch:
    """
    Record payments to several suppliers as one batch: stored all or none (rule 10).

    :raises PaymentError: naming the supplier or bill that makes it impossible; nothing is stored then.
    """

    def store() -> Batch:
        if header.bank_account is None:
            raise PaymentError("Choose the bank account the money leaves from.", field="bank_account")
        batch = Batch(
            company=company,
            external_id=external_id,
            bank_account=header.bank_account,
            paid_on=header.paid_on,
            currency=header.currency,
            rate=header.rate,
            reference=reference,
            note=note,
            total_minor=sum(order.amount.minor for order in orders),
            created_by=by,
        )
        _store(company, header, orders, by, batch=batch)
        what = "kept as drafts" if header.draft else "recorded"
        audit.record(
            company=company,
            verb="batch.drafted" if header.draft else "batch.recorded",
            target=batch,
            by=by,
            summary=f"Batch {batch.number} of {len(orders)} payments {what}: {batch.total}",
            total_minor=batch.total_minor,
        )
        return batch

    return _in_words(store)


def _in_words[T](store: Callable[[], T]) -> T:
    """Run it in one transaction; what only a constraint could see becomes words too."""
    try:
        with transaction.atomic():
            return store()
    except IntegrityError as error:
        text = str(error)
        if "cheque" in text:
            raise PaymentError("That cheque number has just been used.", field="cheque_number") from error
        if "external_id" in text:
            raise PaymentError("A payment with that external id exists already.") from error
        raise


def _store(
    company: Company, header: Header, orders: Sequence[Order], by: User, *, batch: Batch | None
) -> list[Payment]:
    """Lock and settle, then write payments, allocations, postings and audit lines in bulk."""
    check(company, header, orders)
    _refuse_known_external_ids(company, orders)
    payments = [_payment(company, header, order, by) for order in orders]
    pairs = [(payment, allocations_of(payment, order)) for payment, order in zip(payments, orders, strict=True)]
    everything = [row for _, rows in pairs for row in rows]
    reductions.check(company, everything, on=header.settles_on)
    settling.refuse_early(everything, on=header.settles_on)
    if header.draft:
        settling.reserve(everything, on=header.paid_on, by=by)
    else:
        settling.settle(company=company, allocations=everything, on=header.paid_on, by=by)
    for payment, rows in pairs:
        settling.share_cash(company, payment, [] if header.draft else rows)
    _number(company, payments, batch)
    Payment.objects.bulk_create(payments)
    Allocation.objects.bulk_create(everything)
    first_steps(payments, by=by)
    if not header.draft:
        settling.use_cash(pairs, on=header.paid_on, by=by)
        ledger.post_many(
            company=company, entries=[settling.entry_for(company, payment, rows) for payment, rows in pairs], by=by
        )
    record_made(company, pairs, by)
    return payments


def _refuse_known_external_ids(company: Company, orders: Sequence[Order]) -> None:
    asked = [order.external_id for order in orders if order.external_id]
    if asked and (known := company.payments.filter(external_id__in=asked).first()):
        raise PaymentError(f"{known.number} carries the external id {known.external_id} already.")


def _payment(company: Company, header: Header, order: Order, by: User) -> Payment:
    done = not header.draft
    return Payment(
        company=company,
        external_id=order.external_id,
        supplier=order.supplier,
        bank_account=header.bank_account,
        method=header.method,
        payment_method=header.payment_method,
        cheque_number=cheque_number_of(header, order),
        currency=header.currency,
        rate=header.rate,
        amount_minor=order.amount.minor,
        fee_minor=order.fee.minor if order.fee else 0,
        bank_minor=leaves_account(company, header, order),
        paid_on=header.paid_on,
        execute_on=header.execute_on,
        reference=order.reference,
        note=order.note,
        supplemental=order.supplemental,
        status=PaymentStatus.COMPLETED if done else PaymentStatus.DRAFT,
        created_by=by,
        completed_at=timezone.now() if done else None,
        completed_by=by if done else None,
    )


def allocations_of(payment: Payment, order: Order) -> list[Allocation]:
    """The allocations an order asks for, not stored yet."""
    return [
        Allocation(
            payment=payment,
            bill=part.bill,
            source=part.source,
            credit_note=part.credit_note,
            from_payment=part.from_payment,
            amount_minor=part.amount.minor,
            reason=part.reason.strip()[:200],
        )
        for part in order.parts
    ]


def _number(company: Company, payments: Sequence[Payment], batch: Batch | None) -> None:
    """
    Number payments and batch from the company's counters, and store the batch.

    Last of the locks: others of the company wait here only for the moment of writing.
    """
    first = numbers.take(company, payment=len(payments), **({} if batch is None else {"batch": 1}))
    for number, payment in enumerate(payments, start=first["payment"]):
        payment.number = f"PAY-{number:05d}"
    if batch is not None:
        batch.number = f"BATCH-{first['batch']:04d}"
        batch.save(force_insert=True)
        for payment in payments:
            payment.batch = batch


def record_made(
    company: Company, pairs: Sequence[tuple[Payment, Sequence[Allocation]]], by: User | None, *, verb: str = ""
) -> None:
    """Audit lines of payments just made or kept: one for each payment, one for each bill and credit note."""
    events = []
    for payment, rows in pairs:
        events.append(_made(payment, verb))
        for row in rows:
            amount = Money(row.amount_minor, payment.currency)
            events.append(_touched(payment, row, amount))
    audit.record_many(company=company, by=by, events=[event for event in events if event])


def _made(payment: Payment, verb: str) -> audit.Event:
    what = "kept as a draft" if payment.is_draft else "recorded"
    return audit.Event(
        verb or ("payment.drafted" if payment.is_draft else "payment.recorded"),
        payment,
        f"Payment {payment.number} to {payment.supplier} {what}: {payment.amount}",
        {"amount_minor": payment.amount_minor, "fee_minor": payment.fee_minor, "currency": payment.currency},
    )


def _touched(payment: Payment, row: Allocation, amount: Money) -> audit.Event:
    done = "reserved for" if payment.is_draft else "settled by"
    source = {
        Source.CASH: "",
        Source.CREDIT_NOTE: f" with credit note {row.credit_note}",
        Source.ON_ACCOUNT: f" with money on account of {row.from_payment}",
        Source.DISCOUNT: " as early-payment discount",
        Source.WRITE_OFF: f" written off: {row.reason}",
    }[Source(row.source)]
    return audit.Event(
        "bill.reserved" if payment.is_draft else "bill.settled",
        row.bill,
        f"{amount} of bill {row.bill.number} {done} {payment.number}{source}",
        {"amount_minor": row.amount_minor, "payment": payment.number, "source": row.source},
    )
