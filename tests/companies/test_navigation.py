"""Which place of the navigation a page belongs to."""

import pytest
from django.urls import resolve

from billpay.companies.models import Company
from billpay.companies.navigation import groups


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/harbour/bills/7/allocation/", "Bills"),
        ("/harbour/bills/7/write-off/", "Bills"),
        ("/harbour/bills/7/pay/", "Bills"),
        ("/harbour/credits/7/allocation/", "Credit notes"),
        ("/harbour/payments/7/void/", "Payments"),
        ("/harbour/payments/7/allocation/", "Payments"),
        ("/harbour/refunds/7/void/", "Refunds"),
        ("/harbour/pay/done/", "Pay"),
        ("/harbour/payments/batches/7/recorded/", "Pay"),
        ("/harbour/reconcile/7/", "Reconcile"),
    ],
)
def test_a_page_belongs_to_the_place_of_what_it_is_about(address, place):
    drawn = groups(Company(slug="harbour"), resolve(address))

    assert [item.label for group in drawn for item in group.items if item.current] == [place]
