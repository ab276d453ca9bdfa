"""Drafts: payments that reserve and wait. They may be changed or deleted; a change takes approvals back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from billpay.companies import audit
from billpay.companies.models import User
from billpay.money.value import convert
from billpay.payments.actions import reductions, settling
from billpay.payments.actions.moving import live_rows, lock, lock_with_rows, move, record
from billpay.payments.actions.orders import Header, Order, PaymentError, check, cheque_number_of, leaves_account
from billpay.payments.actions.paying import allocations_of, record_made
from billpay.payments.models import Allocation, Batch, Payment, PaymentStatus

EDITABLE = {PaymentStatus.DRAFT, PaymentStatus.AWAITING_APPROVAL, PaymentStatus.APPROVED, PaymentStatus.SCHEDULED}
"""Until it is on its way a payment may be changed."""


@transaction.atomic
def edit_draft(*, payment: Payment, header: Header, order: Order, version: int, by: User) -> Payment:
    """
    Change a payment that has not gone out: what it reserved is let go, what it now asks is reserved.

    It is a draft afterwards, whatever it was: approvals held for what it was (rule 13).

    :raises PaymentError: it has gone out or ended, was changed meanwhile, or asks what cannot be.
    """
    company = payment.company
    old = live_rows(payment)
    rows = allocations_of(payment, order)
    settling.lock([*old, *rows])
    payment = lock(payment)
    if payment.status not in EDITABLE:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}; it cannot be changed.")
    if payment.version != version or [row.pk for row in live_rows(payment)] != [row.pk for row in old]:
        raise PaymentError(f"{payment.number} was changed by someone else since you opened it. Load it again.")
    _refuse_leaving_batch(payment, header)
    settling.release(old, on=payment.paid_on, by=by)
    if not payment.is_draft:
        move(payment, PaymentStatus.DRAFT, by=by, reason="Changed; approvals held for what it was")
    # Its own cheque number must not stand in its own way.
    Payment.objects.filter(pk=payment.pk).update(cheque_number="", method="other", status=PaymentStatus.DRAFT)
    check(company, header, [order])
    payment.allocations.all().delete()
    for row in rows:
        row.payment = payment
    reductions.check(company, rows, on=header.settles_on)
    settling.refuse_early(rows, on=header.settles_on)
    settling.reserve(rows, on=header.paid_on, by=by)
    _move_batch_total(payment, order.amount.minor - payment.amount_minor)
    _rewrite(payment, header, order, by)
    Allocation.objects.bulk_create(rows)
    record_made(company, [(payment, rows)], by, verb="payment.draft_edited")
    return payment


def _refuse_leaving_batch(payment: Payment, header: Header) -> None:
    """:raises PaymentError: all payments of a batch leave one account in one currency (rule 10)."""
    batch = payment.batch
    if batch is None or (header.bank_account, header.currency) == (batch.bank_account, batch.currency):
        return
    raise PaymentError(
        f"{payment.number} is part of {batch.number}, which leaves {batch.bank_account}. To pay otherwise, delete this "
        "draft and make a payment of its own.",
        field="bank_account",
    )


def _rewrite(payment: Payment, header: Header, order: Order, by: User) -> None:
    """Store what the order says on the payment's own row; its counters are the database's."""
    company = payment.company
    fields = ["bank_account", "method", "payment_method", "currency", "rate", "paid_on", "execute_on"]
    for name in fields:
        setattr(payment, name, getattr(header, name))
    payment.supplier, payment.reference, payment.note = order.supplier, order.reference, order.note
    payment.cheque_number = cheque_number_of(header, order)
    payment.amount_minor, payment.fee_minor = order.amount.minor, order.fee.minor if order.fee else 0
    payment.bank_minor = leaves_account(company, header, order)
    payment.amount_base_minor = convert(payment.amount, payment.rate, company.base_currency).minor
    payment.payee_account, payment.digest, payment.approvers_needed = None, "", 0
    payment.stopped_at, payment.stopped_because = None, ""
    payment.edited_by, payment.submitted_by = by, None
    payment.version += 1
    fields += ["supplier", "reference", "note", "cheque_number", "amount_minor", "fee_minor", "bank_minor"]
    fields += ["amount_base_minor", "payee_account", "digest", "approvers_needed", "stopped_at", "stopped_because"]
    payment.save(update_fields=[*fields, "edited_by", "submitted_by", "version", "status"])


@transaction.atomic
def back_to_draft(*, payment: Payment, reason: str, by: User) -> Payment:
    """
    Take a payment back from approval or from the schedule, to be changed or submitted anew.

    :raises PaymentError: it has gone out or ended.
    """
    payment = lock(payment)
    if payment.status not in EDITABLE or payment.is_draft:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}; it cannot be taken back.")
    move(payment, PaymentStatus.DRAFT, by=by, reason=reason.strip() or "Taken back")
    payment.digest, payment.approvers_needed, payment.payee_account = "", 0, None
    payment.stopped_at, payment.stopped_because, payment.submitted_by = None, "", None
    payment.version += 1
    fields = ["status", "digest", "approvers_needed", "payee_account", "stopped_at", "stopped_because"]
    payment.save(update_fields=[*fields, "submitted_by", "version"])
    record(payment, "taken_back", f"taken back to draft: {reason.strip() or 'no reason given'}", by=by)
    return payment


@audit.gathered()
def delete_draft(*, payment: Payment, by: User) -> None:
    """
    Delete a draft and let go of what it reserved (rule 25).

    :raises PaymentError: it is no draft; cancel or void it instead.
    """
    payment, rows = lock_with_rows(payment)
    if not payment.is_draft:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}, no draft any more.")
    settling.release(rows, on=payment.paid_on, by=by)
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
