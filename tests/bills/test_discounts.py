"""The early-payment discount that a bill is entered with."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billpay.bills import actions
from billpay.bills.actions import BillError, Discount
from billpay.bills.models import Bill
from tests.factories import content, make_bill, member

pytestmark = pytest.mark.django_db
TWO_PERCENT = Discount(Decimal(2), date(2026, 3, 12))


def test_a_bill_is_entered_with_its_discount():
    bill = make_bill(total_minor=1_000_00, discount=TWO_PERCENT)

    assert (bill.discount.minor, bill.discount_until, bill.discount_tax) == (20_00, date(2026, 3, 12), "reduced")


def test_an_edit_without_one_takes_it_off():
    bill = make_bill(discount=TWO_PERCENT, open=False)

    bill = actions.edit(
        bill=bill, content=content(bill.supplier), due_on=bill.due_on, version=1, by=member(bill.company)
    )

    assert (bill.discount_percent, bill.discount_until) == (0, None)


@pytest.mark.parametrize("percent", [0, 100, -1])
def test_a_discount_is_part_of_the_bill(percent):
    with pytest.raises(BillError, match="more than 0 and less than 100"):
        make_bill(discount=Discount(Decimal(percent), date(2026, 3, 12)))


def test_a_discount_does_not_end_before_the_bill():
    with pytest.raises(BillError, match="ends on 5 March 2026, before the bill date, 6 March 2026"):
        make_bill(discount=Discount(Decimal(2), date(2026, 3, 5)), issued_on=date(2026, 3, 6))


def test_the_database_keeps_the_terms_of_an_approved_bill():
    bill = make_bill(discount=TWO_PERCENT)

    with pytest.raises(IntegrityError, match="can no longer change"), transaction.atomic():
        Bill.objects.filter(pk=bill.pk).update(discount_percent=Decimal(50))
