"""Carrying out what someone asks for in one go: payments of one or several days, made and submitted together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from billpay.bills import actions as bills
from billpay.companies.models import Company, User
from billpay.credit_notes import actions as credit_notes
from billpay.payments.actions import settling
from billpay.payments.actions.approving import submit
from billpay.payments.actions.drafts import edit_draft
from billpay.payments.actions.orders import Header, Order, PaymentError
from billpay.payments.actions.outcomes import complete
from billpay.payments.actions.paying import pay, pay_batch
from billpay.payments.models import Batch, Payment
from billpay.suppliers.models import Supplier


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Payments of one day: with several orders they are made as a batch."""

    header: Header
    orders: Sequence[Order]


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was stored: single payments, and batches of several."""

    payments: list[Payment]
    batches: list[Batch]


@transaction.atomic
def order(
    *, company: Company, dispatches: Sequence[Dispatch], by: User, submitted: bool = False, reference: str = ""
) -> Ordered:
    """
    Make payments, each day's as one payment or batch, and submit them if asked to: all of it or nothing.

    :param submitted: ask for approval; what needs none is scheduled for its day. The headers must say `draft`.
    :raises PaymentError: naming the supplier or bill that makes it impossible; nothing is stored then.
    :raises PeriodLocked: a payment date is in a locked period.
    """
    if submitted and not all(one.header.draft for one in dispatches):
        raise PaymentError("A payment that is made already is recorded, not submitted.")
    orders = [one for dispatch in dispatches for one in dispatch.orders]
    if submitted:
        _lock_suppliers(orders)
    _lock_all(orders)
    done = Ordered([], [])
    for dispatch in dispatches:
        made = _make(company, dispatch, by, reference, done)
        for payment in made if submitted else ():
            submit(payment=payment, by=by)
    return done


def _make(company: Company, dispatch: Dispatch, by: User, reference: str, done: Ordered) -> list[Payment]:
    if len(dispatch.orders) == 1:
        payment = pay(company=company, header=dispatch.header, order=dispatch.orders[0], by=by)
        done.payments.append(payment)
        return [payment]
    batch = pay_batch(company=company, header=dispatch.header, orders=dispatch.orders, by=by, reference=reference)
    done.batches.append(batch)
    return list(batch.payments.order_by("pk"))


@transaction.atomic
def reorder(
    *,
    payment: Payment,
    header: Header,
    order: Order,
    version: int,
    by: User,
    submitted: bool = False,
    recorded: bool = False,
) -> Payment:
    """
    Change a payment that has not gone out, and submit it or record it as paid in the same go, or neither.

    :raises PaymentError: it has gone out or ended, was changed meanwhile, or asks what cannot be; it is then as it was.
    """
    if submitted:
        _lock_suppliers([order])
    payment = edit_draft(payment=payment, header=header, order=order, version=version, by=by)
    if submitted:
        return submit(payment=payment, by=by)
    return complete(payment=payment, by=by) if recorded else payment


def _lock_suppliers(orders: Iterable[Order]) -> None:
    """The suppliers' rows are the turnstile of `submit`, which comes before the locks of what they touch."""
    wanted = Supplier.objects.select_for_update(of=("self",), no_key=True)
    list(wanted.filter(pk__in={one.supplier.pk for one in orders}).order_by("pk"))


def _lock_all(orders: Iterable[Order]) -> None:
    """
    Lock all that the whole of it touches, in the order that every transaction keeps.

    Payment after payment would lock the bills of the next when the trail's head is held for the last, and wait.
    """
    parts = [part for one in orders for part in one.parts]
    bills.POOL.lock(part.bill.pk for part in parts)
    credit_notes.POOL.lock(part.credit_note.pk for part in parts if part.credit_note)
    settling.ON_ACCOUNT.lock(part.from_payment.pk for part in parts if part.from_payment)
