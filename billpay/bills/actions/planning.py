"""Planning bills by the dozen: on which day each is meant to be paid. A plan binds nobody and pays nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from django.db import transaction
from django.db.models import Q

from billpay.bills.models import Bill, BillQuerySet
from billpay.companies import audit
from billpay.companies.models import Company, User


def unplanned(company: Company, *, today: date) -> BillQuerySet:
    """Bills with something left to pay that have no day, or whose day has passed without a payment."""
    return company.bills.payable().filter(Q(planned_on=None) | Q(planned_on__lt=today))


@transaction.atomic
def plan_all(*, company: Company, on: Callable[[Bill], date], today: date, by: User) -> list[tuple[int, date | None]]:
    """
    Plan every bill of the company that is not planned yet, except those on hold.

    :param on: says the day of each.
    :returns: the ids, with the day each had before: what `plan_back` takes.
    """
    found = unplanned(company, today=today).select_for_update(of=("self",), no_key=True).order_by("pk")
    bills = [bill for bill in found if not bill.is_held(today=today)]
    before = [(bill.pk, bill.planned_on) for bill in bills]
    _write(company, bills, {bill.pk: on(bill) for bill in bills}, by)
    return before


@transaction.atomic
def plan_back(*, company: Company, days: Mapping[int, date | None], by: User) -> int:
    """Put bills back to the days they had. Those that are not payable any more are left; says how many were not."""
    payable = company.bills.payable().filter(pk__in=days)
    bills = list(payable.select_for_update(of=("self",), no_key=True).order_by("pk"))
    _write(company, bills, days, by)
    return len(bills)


def _write(company: Company, bills: list[Bill], days: Mapping[int, date | None], by: User) -> None:
    for bill in bills:
        bill.planned_on = days[bill.pk]
        bill.version += 1
    Bill.objects.bulk_update(bills, ["planned_on", "version"], batch_size=500)
    audit.record_many(company=company, by=by, events=[_event(bill) for bill in bills])


def _event(bill: Bill) -> audit.Event:
    day = f"planned for {bill.planned_on:%-d %B %Y}" if bill.planned_on else "not planned any more"
    return audit.Event("bill.planned", bill, f"Bill {bill.number}: {day}")
