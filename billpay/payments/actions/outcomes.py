"""What became of a payment: on its way, completed, failed, cancelled."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from billpay.companies.models import User
from billpay.ledger import actions as ledger
from billpay.money.value import convert
from billpay.payments.actions import settling
from billpay.payments.actions.approving import blocked, digest_of
from billpay.payments.actions.moving import end, lock_with_rows, move, record
from billpay.payments.actions.orders import PaymentError
from billpay.payments.actions.paying import record_made
from billpay.payments.models import Allocation, Payment, PaymentStatus, Source


@transaction.atomic
def start(*, payment: Payment, by: User | None) -> Payment:
    """
    Hand an approved or scheduled payment to the bank: it is processing until its outcome is known.

    :raises PaymentError: it is not approved, is stopped, is not what was approved, a bill is on hold, or the
        supplier's bank details are new or changed.
    """
    payment, rows = lock_with_rows(payment)
    hand_over(payment, rows, by=by)
    record(payment, "processing", f"handed to the bank: {payment.amount}", by=by)
    return payment


def hand_over(payment: Payment, rows: list[Allocation], *, by: User | None, on: date | None = None) -> None:
    """
    Take a payment, locked with all it touches, to processing. Who calls records it.

    :param on: the day it goes out, if that is not the day it was planned for.
    :raises PaymentError: see `refuse_unready`.
    """
    refuse_unready(payment, rows)
    move(payment, PaymentStatus.PROCESSING, by=by)
    payment.paid_on = on or payment.paid_on
    payment.save(update_fields=["status", "paid_on"])


def refuse_unready(payment: Payment, rows: list[Allocation]) -> None:
    """
    The checks before a payment goes out, on the locked payment.

    :raises PaymentError: in words, about the first that fails.
    """
    if payment.stopped_at is not None:
        raise PaymentError(f"{payment.number} is stopped: {payment.stopped_because}")
    if payment.bank_account is not None and payment.bank_account.archived_at is not None:
        raise PaymentError(f"{payment.bank_account.name} is archived; nothing is paid from it any more.")
    if payment.digest != digest_of(payment, rows):
        raise PaymentError(f"{payment.number} is not what was approved. Take it back and submit it again.")
    if payment.approvals.filter(digest=payment.digest).count() < payment.approvers_needed:
        raise PaymentError(f"{payment.number} lacks approvals for what it is now.")
    if why := blocked([payment]).get(payment.pk):
        raise PaymentError(why)
    settling.refuse_held(rows)


@transaction.atomic
def complete(*, payment: Payment, by: User, on: date | None = None, rate: Decimal | None = None) -> Payment:
    """
    Record a draft or a payment on its way as made: reserved becomes settled, and it is posted.

    :param on: the day the money moved; the payment date as planned if not given. Discounts whose day has passed
        then are lost: that much stays outstanding.
    :param rate: base units per unit of the payment's currency as the bank had it, if it differs from what was planned.
    :raises PaymentError: it is not where it can be completed from.
    :raises PeriodLocked: its date is in a locked period.
    """
    payment, rows = lock_with_rows(payment)
    if payment.status not in {PaymentStatus.DRAFT, PaymentStatus.PROCESSING}:
        raise PaymentError(
            f"{payment.number} is {payment.get_status_display().lower()}; it cannot be recorded as completed."
        )
    payment.paid_on = on or payment.paid_on
    ledger.refuse_locked_day(payment.company, payment.paid_on)
    _take_rate(payment, rate)
    if late := late_discounts(rows, on=payment.paid_on):
        settling.release(late, on=payment.paid_on, by=by)
        settling.mark_undone(late, on=payment.paid_on, by=by)
        rows = [row for row in rows if row not in late]
    settle_up(payment, rows, by=by)
    return payment


def settle_up(payment: Payment, rows: list[Allocation], *, by: User | None) -> None:
    """
    Complete a payment, locked with all it touches, on its `paid_on`: settle, post and record it.

    :raises PaymentError: credit it uses is of a later day.
    :raises PeriodLocked: that day is in a locked period.
    """
    company = payment.company
    settling.refuse_early(rows, on=payment.paid_on)
    settling.settle(company=company, allocations=rows, on=payment.paid_on, by=by, from_reserved=True)
    settling.share_cash(company, payment, rows)
    move(payment, PaymentStatus.COMPLETED, by=by)
    payment.completed_at, payment.completed_by = timezone.now(), by
    payment.version += 1
    fields = ["status", "paid_on", "rate", "bank_minor", "amount_base_minor", "completed_at", "completed_by"]
    payment.save(update_fields=[*fields, "version"])
    settling.use_cash([(payment, rows)], on=payment.paid_on, by=by)
    Allocation.objects.bulk_update(rows, ["settlement", "credit_use", "source_base_minor", "tax_base_minor"])
    ledger.post(company=company, entry=settling.entry_for(company, payment, rows), by=by)
    record_made(company, [(payment, rows)], by, verb="payment.completed")


def _take_rate(payment: Payment, rate: Decimal | None) -> None:
    if rate is None or rate == payment.rate:
        return
    company = payment.company
    if payment.currency == company.base_currency:
        raise PaymentError(f"The rate of {payment.currency}, the company's own currency, is 1.", field="rate")
    payment.rate = rate
    account = payment.bank_account
    if account is not None and account.currency != payment.currency:
        payment.bank_minor = sum(convert(part, rate, account.currency).minor for part in (payment.amount, payment.fee))


def late_discounts(rows: list[Allocation], *, on: date) -> list[Allocation]:
    """The discounts among them that a payment of that day is too late for."""
    return [row for row in rows if row.source == Source.DISCOUNT and not row.bill.discount_on(on)]


@transaction.atomic
def fail(*, payment: Payment, reason: str, by: User) -> Payment:
    """
    Record that the bank did not make a payment on its way: what it reserved is free again.

    :raises PaymentError: it is not processing, or no reason is given.
    """
    if not reason.strip():
        raise PaymentError("Say why it failed, in the bank's words.", field="reason")
    payment, rows = lock_with_rows(payment)
    payment.failure_reason = reason.strip()[:200]
    end(payment, rows, PaymentStatus.FAILED, reason=reason, by=by)
    return payment


@transaction.atomic
def cancel(*, payment: Payment, reason: str, by: User) -> Payment:
    """
    Call a payment off before it is on its way: what it reserved is free again.

    :raises PaymentError: it is on its way or ended already (a draft is deleted), or no reason is given.
    """
    if not reason.strip():
        raise PaymentError("Say why it is cancelled.", field="reason")
    payment, rows = lock_with_rows(payment)
    end(payment, rows, PaymentStatus.CANCELLED, reason=reason, by=by)
    return payment
