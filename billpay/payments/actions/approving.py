"""
Approval (rule 13): by amount, never by who made it, for the payment exactly as it was. What counts is what leaves the
account, cash and fee.

What is approved is a digest of payee, account, amounts and bills; the digest names the payment's version too, so
that a change and its reversal do not bring old approvals back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.approval import exceeded, limits_of
from billpay.companies.models import ApprovalSubject, Company, User
from billpay.money.value import Money
from billpay.payments.actions import scheduling, settling
from billpay.payments.actions.measuring import highest_rates, weighed
from billpay.payments.actions.moving import end, live_rows, lock, lock_with_rows, move, record
from billpay.payments.actions.orders import PaymentError
from billpay.payments.models import CLOSED_BEFORE, MAKING, Allocation, Approval, Method, Payment, PaymentStatus, Step
from billpay.suppliers import bank_details
from billpay.suppliers.models import Supplier, SupplierBankAccount

ELECTRONIC = {Method.BANK_TRANSFER, Method.ACH, Method.WIRE}
"""Methods that send money to the bank details on file."""


class NotYours(PaymentError):
    """The person made the payment, or has approved it already."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What counts against the limits: the payment with others to the supplier lately, in the base currency."""

    total: Money
    others: list[Payment]
    approvers: int
    above: Money | None = None
    """The limit that the total exceeds, if it exceeds one."""
    has_fees: bool = False
    """Whether fees are in the total."""


def digest_of(payment: Payment, rows: Iterable[Allocation]) -> str:
    """What an approval is bound to: payee and account, amounts, and bills with what settles each."""
    to = payment.payee_account
    account = [to.pk, to.holder, to.iban, to.bic, to.sort_code, to.routing_number, to.account_number] if to else None
    content = {
        "payment": payment.pk,
        "version": payment.version,
        "payee": [payment.supplier_id, account],
        "from": [payment.bank_account_id, payment.method, payment.payment_method_id, payment.cheque_number],
        "cash": [payment.currency, payment.amount_minor, payment.fee_minor],
        "settles": sorted(
            [row.bill_id, row.source, row.credit_note_id or 0, row.from_payment_id or 0, row.amount_minor]
            for row in rows
        ),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def weigh(payment: Payment) -> Weight:
    """How many must approve, and why: split payments to one supplier count together."""
    return weigh_all(payment.company, [payment])[payment.pk]


def weigh_all(company: Company, payments: Sequence[Payment]) -> dict[int, Weight]:
    """Payment id → its weight. Two queries, whatever the number of payments; two more where some are foreign."""
    limits = limits_of(company, ApprovalSubject.PAYMENT)
    lately = lately_made(company, [payment.supplier_id for payment in payments])
    rates = highest_rates(company, currencies_of(payments, lately))
    weights = {}
    for payment in payments:
        others = [other for other in lately.get(payment.supplier_id, []) if other.pk != payment.pk]
        total = Money.zero(company.base_currency)
        for one in (payment, *others):
            total += weighed(company, one.outlay, one.rate, rates)
        limit = exceeded(limits, total.minor) if payment.outlay else None
        above = Money(limit.above_minor, company.base_currency) if limit else None
        fees = any(one.fee for one in (payment, *others))
        weights[payment.pk] = Weight(total, others, limit.approvers if limit else 0, above, fees)
    return weights


def currencies_of(payments: Iterable[Payment], lately: Mapping[int, Sequence[Payment]]) -> set[str]:
    """The currencies of payments, and of those lately made."""
    return {payment.currency for payment in chain(payments, *lately.values())}


def lately_made(company: Company, suppliers: Iterable[int]) -> dict[int, list[Payment]]:
    """
    Supplier id → the payments made to it within the days that count together, oldest first.

    What counts is when a payment was submitted or recorded: drafts left to lie until the days are over, and then
    submitted side by side, are split all the same.
    """
    if not company.split_window_days:
        return {}
    since = timezone.now() - timedelta(days=company.split_window_days)
    left_draft = Step.objects.filter(
        ~Q(to_status=PaymentStatus.DRAFT),
        payment=OuterRef("pk"),
        from_status__in=("", PaymentStatus.DRAFT),
        at__gte=since,
    )
    made = (
        company.payments.filter(
            Q(completed_at=None) | Q(completed_at__gte=since),
            Q(amount_minor__gt=0) | Q(fee_minor__gt=0),
            Exists(left_draft),
            supplier__in=set(suppliers),
        )
        .exclude(status__in=[*CLOSED_BEFORE, PaymentStatus.VOID, PaymentStatus.DRAFT])
        .order_by("pk")
    )
    found: dict[int, list[Payment]] = {}
    for payment in made:
        found.setdefault(payment.supplier_id, []).append(payment)
    return found


@transaction.atomic
def submit(*, payment: Payment, by: User) -> Payment:
    """
    Ask for approval of a draft: what it is now is what will be approved. Without a limit that it exceeds it is
    approved at once, and scheduled if it has a day.

    :raises PaymentError: it is no draft, or a bill of it is on hold.
    """
    # Two halves of one payment, submitted at once, must see each other: the supplier's row is their turnstile.
    Supplier.objects.select_for_update(of=("self",), no_key=True).get(pk=payment.supplier_id)
    payment, rows = lock_with_rows(payment)
    # Asked here too: what waits may become approved, but by approvals, not because fewer are needed by now.
    if not payment.is_draft:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}, no draft any more.")
    settling.refuse_held(rows)
    payment.payee_account = _payee(payment)
    payment.submitted_by = by
    weight = weigh(payment)
    payment.approvers_needed = weight.approvers
    payment.version += 1
    payment.digest = digest_of(payment, rows)
    fields = ["status", "payee_account", "submitted_by", "approvers_needed", "version", "digest"]
    if not weight.approvers:
        move(payment, PaymentStatus.APPROVED, by=by, reason="No limit asks for approval")
        payment.save(update_fields=fields)
        record(payment, "approved", f"needs no approval: {in_words(payment)}", by=by)
        return scheduling.schedule_if_dated(payment, by=by)
    move(payment, PaymentStatus.AWAITING_APPROVAL, by=by)
    payment.save(update_fields=fields)
    people = "two people" if weight.approvers > 1 else "one person"
    said = f"submitted for approval by {people}: {in_words(payment)}"
    record(payment, "submitted", said, by=by, digest=payment.digest)
    return payment


def in_words(payment: Payment) -> str:
    """What is approved of a payment: its cash, and its fee where it has one."""
    return f"{payment.amount} and a fee of {payment.fee}" if payment.fee else str(payment.amount)


def _payee(payment: Payment) -> SupplierBankAccount | None:
    if payment.method not in ELECTRONIC or not payment.amount_minor:
        return None
    live = bank_details.live_accounts(payment.company, [payment.supplier_id], currency=payment.currency)
    return live.get(payment.supplier_id)


@transaction.atomic
def approve(*, payment: Payment, by: User, seen: str = "") -> Payment:
    """
    One person's yes. With the last one that is needed the payment is approved, and scheduled if it has a day.

    :param seen: the digest of what the person looked at, where known.
    :raises NotYours: they made, changed or submitted it, or have approved it already under whatever role.
    :raises PaymentError: it is not waiting, or is not what was submitted.
    """
    payment = lock(payment)
    if payment.status != PaymentStatus.AWAITING_APPROVAL:
        raise PaymentError(f"{payment.number} is {payment.get_status_display().lower()}; it waits for no approval.")
    if has_made(payment, by):
        raise NotYours(f"You made or changed {payment.number}. Someone else approves it.")
    if payment.digest != digest_of(payment, live_rows(payment)) or (seen and seen != payment.digest):
        raise PaymentError(f"{payment.number} is not what was submitted any more. Load it again, or send it back.")
    given = payment.approvals.filter(digest=payment.digest)
    if given.filter(by=by).exists():
        raise NotYours(f"You have approved {payment.number} already. The other approval is someone else's.")
    Approval.objects.create(payment=payment, digest=payment.digest, by=by, maker=payment.created_by)
    count = given.count()
    record(
        payment,
        "approval_given",
        f"approved by {by}, {count} of {payment.approvers_needed}: {in_words(payment)}",
        by=by,
        digest=payment.digest,
    )
    if count < payment.approvers_needed:
        return payment
    move(payment, PaymentStatus.APPROVED, by=by)
    payment.save(update_fields=["status"])
    return scheduling.schedule_if_dated(payment, by=by)


def has_made(payment: Payment, user: User) -> bool:
    """Whether this person ever made, changed or submitted the payment, others after them or not."""
    return payment.pk in made_by(payment.company, [payment], user)


def made_by(company: Company, payments: Iterable[Payment], user: User) -> set[int]:
    """The ids of those among a company's payments that this person made, changed or submitted. One query."""
    rows = list(payments)
    done = audit.trail_of(company, rows).filter(by=user, verb__in=MAKING).order_by().values_list("target_id", flat=True)
    return {row.pk for row in rows if user.pk in row.makers} | {int(pk) for pk in done}


@transaction.atomic
def reject(*, payment: Payment, reason: str, by: User) -> Payment:
    """
    Say no: what the payment reserved is free again.

    :raises NotYours: the person made it; they may take it back instead.
    :raises PaymentError: it is not waiting, or no reason is given.
    """
    if not reason.strip():
        raise PaymentError("Say why it is rejected.", field="reason")
    payment, rows = lock_with_rows(payment)
    if has_made(payment, by):
        raise NotYours(f"You made or changed {payment.number}. Take it back, or cancel it, instead.")
    end(payment, rows, PaymentStatus.REJECTED, reason=reason, by=by)
    return payment


def blocked(payments: Iterable[Payment]) -> dict[int, str]:
    """
    Payment id → why it must not go out as things stand: its supplier's bank details are new or changed (rule 13).

    Two queries for each company and currency, whatever the number of payments.
    """
    groups: dict[tuple[int, str], list[Payment]] = {}
    for payment in payments:
        if payment.method in ELECTRONIC and payment.amount_minor:
            groups.setdefault((payment.company_id, payment.currency), []).append(payment)
    why = {}
    for (_, currency), group in groups.items():
        company = group[0].company
        live = bank_details.live_accounts(company, [row.supplier_id for row in group], currency=currency)
        for payment in group:
            if words := _blocked(payment, live.get(payment.supplier_id)):
                why[payment.pk] = words
    return why


def _blocked(payment: Payment, live: SupplierBankAccount | None) -> str:
    supplier = payment.supplier
    submitted = payment.status in {PaymentStatus.AWAITING_APPROVAL, PaymentStatus.APPROVED, PaymentStatus.SCHEDULED}
    if submitted and (live.pk if live else None) != payment.payee_account_id:
        return f"The bank details of {supplier} were changed after {payment.number} was submitted. Take it back."
    if live is not None and payment.company.checks_bank_details and not live.is_checked:
        return f"The bank details of {supplier} are new; a second person has not checked them yet."
    return ""
