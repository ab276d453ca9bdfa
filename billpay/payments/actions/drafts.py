"""Drafts: payments that reserve and wait. They may be changed, completed, or deleted."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.models import User
from billpay.ledger import actions as ledger
from billpay.payments.actions import settling
from billpay.payments.actions.orders import Header, Order, PaymentError, check, cheque_number_of, leaves_account
from billpay.payments.actions.paying import allocations_of, record_made
from billpay.payments.models import MOVES, Allocation, Batch, Payment, PaymentStatus, Source


def lock(payment: Payment) -> Payment:
    """The payment as it is now, locked until the transaction ends."""
    return (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("company", "supplier", "bank_account")
        .get(pk=payment.pk)
    )


def move(payment: Payment, to: PaymentStatus) -> None:
    """:raises PaymentError: if there is no such move."""
    if (PaymentStatus(payment.status), to) not in MOVES:
        raise PaymentError(
            f"{payment.number} is {payment.get_status_display().lower()}; it cannot become {to.label.lower()}."
        )
    payment.status = to


@transaction.atomic
def complete(*, payment: Payment, by: User) -> Payment:
    """
    Record a draft as made on its payment date: reserved becomes settled, and it is posted.

    :raises PaymentError: it is no draft any more.
    :raises PeriodLocked: its date is in a locked period.
    """
    rows = _rows(payment)
    settling.lock(rows)
    payment = _locked_draft(payment, rows)
    settling.settle(company=payment.company, allocations=rows, on=payment.paid_on, by=by, from_reserved=True)
    move(payment, PaymentStatus.COMPLETED)
    settling.share_cash(payment.company, payment, rows)
    payment.completed_at, payment.completed_by = timezone.now(), by
    payment.version += 1
    payment.save()
    Allocation.objects.bulk_update(rows, ["settlement", "credit_use", "source_base_minor"])
    ledger.post(company=payment.company, entry=settling.entry_for(payment.company, payment, rows), by=by)
    record_made(payment.company, [(payment, rows)], by, verb="payment.completed")
    return payment


@transaction.atomic
def edit_draft(*, payment: Payment, header: Header, order: Order, version: int, by: User) -> Payment:
    """
    Change a draft: what it reserved is let go, what it now asks is reserved.

    :raises PaymentError: it is no draft, was changed meanwhile, or asks what cannot be.
    """
    company = payment.company
    old = _rows(payment)
    rows = allocations_of(payment, order)
    settling.lock([*old, *rows])
    payment = _locked_draft(payment, old)
    if payment.version != version:
        raise PaymentError(f"{payment.number} was changed by someone else since you opened it. Load it again.")
    settling.release(old)
    # Its own cheque number must not stand in its own way.
    Payment.objects.filter(pk=payment.pk).update(cheque_number="", method="other")
    check(company, header, [order])
    payment.allocations.all().delete()
    for row in rows:
        row.payment = payment
    settling.reserve(rows)
    for name in ("bank_account", "method", "payment_method", "currency", "rate", "paid_on"):
        setattr(payment, name, getattr(header, name))
    payment.supplier, payment.reference, payment.note = order.supplier, order.reference, order.note
    payment.cheque_number = cheque_number_of(header, order)
    _move_batch_total(payment, order.amount.minor - payment.amount_minor)
    payment.amount_minor, payment.fee_minor = order.amount.minor, order.fee.minor if order.fee else 0
    payment.bank_minor = leaves_account(company, header, order)
    payment.allocated_minor = sum(row.amount_minor for row in rows if row.source == Source.CASH)
    payment.version += 1
    payment.save()
    Allocation.objects.bulk_create(rows)
    record_made(company, [(payment, rows)], by, verb="payment.draft_edited")
    return payment


@transaction.atomic
def delete_draft(*, payment: Payment, by: User) -> None:
    """
    Delete a draft and let go of what it reserved (rule 25).

    :raises PaymentError: it is no draft; void it instead.
    """
    rows = _rows(payment)
    settling.lock(rows)
    payment = _locked_draft(payment, rows)
    settling.release(rows)
    audit.record_many(
        company=payment.company,
        by=by,
        events=[
            audit.Event(
                "payment.draft_deleted",
                payment,
                f"Draft {payment.number} to {payment.supplier} deleted: {payment.amount}",
            ),
            *(audit.Event("bill.released", row.bill, f"{row.amount} of bill {row.bill} is free again") for row in rows),
        ],
    )
    batch = payment.batch
    _move_batch_total(payment, -payment.amount_minor)
    payment.delete()
    if batch is not None and not batch.payments.exists():
        batch.delete()


def _move_batch_total(payment: Payment, by_minor: int) -> None:
    """A batch's total is the cash of its payments; it follows when a draft in it changes."""
    if payment.batch_id and by_minor:
        Batch.objects.filter(pk=payment.batch_id).update(total_minor=F("total_minor") + by_minor)


def _rows(payment: Payment) -> list[Allocation]:
    return list(
        payment.allocations.live().select_related("bill", "credit_note", "from_payment", "payment").order_by("pk")
    )


def _locked_draft(payment: Payment, rows: list[Allocation]) -> Payment:
    """
    Lock the payment after its bills, and make sure it is still the draft whose rows were read before the locks.

    :raises PaymentError: someone else was faster. Nothing has been written yet.
    """
    locked = lock(payment)
    if not locked.is_draft:
        raise PaymentError(f"{locked.number} is {locked.get_status_display().lower()}, no draft any more.")
    if [row.pk for row in _rows(locked)] != [row.pk for row in rows]:
        raise PaymentError(f"{locked.number} was changed by someone else just now. Load it again.")
    return locked
