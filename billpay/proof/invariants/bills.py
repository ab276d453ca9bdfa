"""What is true of bills alone: discounts, holds, approvals."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, Q, Sum
from django.db.models.functions import TruncDate

from billpay.bills.models import Bill, BillApproval, Settlement, SettlementKind
from billpay.payments.models import Allocation, Source
from billpay.proof.comparing import found, named, none
from billpay.proof.invariant import Finding, Invariant, Scope, together
from billpay.proof.invariants.documents import OF_BILLS


def _discounts(scope: Scope) -> Finding:
    taken = Allocation.objects.live().filter(bill__company=scope.of, source=Source.DISCOUNT)
    late = none(
        taken.exclude(settlement=None),
        Q(bill__discount_until=None) | Q(payment__paid_on__gt=F("bill__discount_until")),
        noun="discounts taken in time",
    )
    sums = dict(taken.order_by().values_list("bill").annotate(sum=Sum("amount_minor")))
    # A percentage is rounded in one place only; discounts are few.
    discounted = Bill.objects.filter(pk__in=taken.values("bill")).order_by("pk")
    wrong = [bill.pk for bill in discounted if sums[bill.pk] > bill.discount.minor]
    return together(late, named(Bill, wrong, every=len(sums), noun="bills with no more discount than agreed"))


def _held(scope: Scope) -> Finding:
    """As the guard has it: time zones differ by less than a day, and the action has looked at the right one."""
    since = Settlement.objects.filter(
        bill__company=scope.of,
        bill__held_at__isnull=False,
        kind__in=(SettlementKind.RESERVED, SettlementKind.SETTLED),
    )
    after = since.filter(created_at__gt=F("bill__held_at")).annotate(day=TruncDate("created_at"))
    moved = after.filter(Q(bill__held_until=None) | Q(bill__held_until__gt=F("day") + timedelta(days=1)))
    held = Bill.objects.filter(company=scope.of, held_at__isnull=False)
    broken = held.filter(pk__in=moved.values("bill"))
    return found(broken, every=held.count(), noun="bills on hold")


def _approvals(scope: Scope) -> Finding:
    """Of what a bill is now: whoever changes it after an approval has it submitted anew."""
    given = BillApproval.objects.filter(bill__company=scope.of)
    makers = (Q(by=F(f"bill__{name}")) for name in ("created_by", "edited_by", "submitted_by"))
    counts = Q(at__gte=F("bill__submitted_at"))
    return none(given, Q(by=F("maker")), *(counts & one for one in makers))


INVARIANTS = (
    *OF_BILLS,
    Invariant("bills.discounts", "18", "Discounts are taken in time, and never more than was agreed", _discounts),
    Invariant("bills.held", "6", "Nothing was reserved or settled of a bill while it was on hold", _held),
    Invariant("bills.approvals", "13", "Nobody approved a bill that they made", _approvals),
)
