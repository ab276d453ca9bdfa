"""
What a payment weighs against the limits of approval, in the base currency: all that leaves the account for it, the fee
as well as the cash.

The rate on a payment is typed by who makes it. A rate far too low would make any amount look small, and nobody would
have to approve it; so it counts only where no higher one is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from django.db.models import Max, Q
from django.utils import timezone

from billpay.companies.models import Company
from billpay.documents.models import Status
from billpay.money.value import Money, convert

RATE_DAYS = 90
"""Rates of so many days count: long enough for a bill to be paid, too short for a currency to be another."""

type Rates = Mapping[str, Decimal]
"""Base units per unit of a foreign currency."""


def highest_rates(company: Company, currencies: Iterable[str]) -> Rates:
    """
    The highest rate of each currency that the books know of: of approved bills that are lately issued or not paid,
    and of payments lately made. Two queries, none for the base currency alone.
    """
    foreign = set(currencies) - {company.base_currency}
    if not foreign:
        return {}
    since = timezone.localdate() - timedelta(days=RATE_DAYS)
    bills = company.bills.filter(
        Q(issued_on__gte=since) | Q(outstanding_minor__gt=0), status=Status.OPEN, currency__in=foreign
    )
    payments = company.payments.completed().filter(paid_on__gte=since, currency__in=foreign)
    highest: dict[str, Decimal] = {}
    for rows in (bills, payments):
        for currency, rate in rows.order_by().values_list("currency").annotate(highest=Max("rate")):
            highest[currency] = max(rate, highest.get(currency, rate))
    return highest


def weighed(company: Company, amount: Money, rate: Decimal, rates: Rates) -> Money:
    """
    What counts of an amount, in the base currency.

    :param rate: the payment's own.
    :param rates: see `highest_rates`.
    """
    return convert(amount, max(rate, rates.get(amount.currency, rate)), company.base_currency)
