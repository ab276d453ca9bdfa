"""Credit and money on account settle bills from their own day on, so that as of no day more is used than there is."""

from datetime import timedelta

import pytest

from billpay.money.value import Money
from billpay.payments.actions import Header, Order, Part, PaymentError, complete, pay
from billpay.payments.models import Method, Payment, Source
from tests.factories import TODAY, header, make_bill, make_credit_note

pytestmark = pytest.mark.django_db
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
FIVE = Money(5_00, "GBP")


def use(supplier, user, *, on, draft=False, **source):
    """Settle 5.00 of a new bill with a credit and no cash."""
    kind = Source.CREDIT_NOTE if "credit_note" in source else Source.ON_ACCOUNT
    part = Part(make_bill(supplier=supplier, total_minor=45_00, number="INV-7"), FIVE, kind, **source)
    order = Order(supplier=supplier, amount=Money(0, "GBP"), parts=[part])
    return pay(
        company=supplier.company, header=Header(None, on, "GBP", Method.OTHER, draft=draft), order=order, by=user
    )


def advance(account, supplier, user, *, on):
    return pay(
        company=supplier.company,
        header=header(account, paid_on=on),
        order=Order(supplier=supplier, amount=FIVE),
        by=user,
    )


def test_a_credit_note_is_not_used_before_its_day(supplier, user):
    note = make_credit_note(supplier=supplier, number="CN-5", issued_on=TODAY)

    words = f"Credit note CN-5 is of {TODAY:%-d %B %Y}; it can't settle bill INV-7 on {YESTERDAY:%-d %B %Y}"
    with pytest.raises(PaymentError, match=words):
        use(supplier, user, on=YESTERDAY, credit_note=note)

    note.refresh_from_db()
    assert (note.remaining.minor, Payment.objects.count()) == (50_00, 0)


def test_a_credit_note_is_used_on_its_day(supplier, user):
    note = make_credit_note(supplier=supplier, issued_on=TODAY)

    assert use(supplier, user, on=TODAY, credit_note=note).status == "completed"


def test_money_on_account_is_not_used_before_it_was_paid(account, supplier, user):
    earlier = advance(account, supplier, user, on=TODAY)

    with pytest.raises(PaymentError, match=f"money on account of {earlier.number} is of {TODAY:%-d %B %Y}; it can't"):
        use(supplier, user, on=YESTERDAY, from_payment=earlier)

    earlier.refresh_from_db()
    assert earlier.on_account == FIVE


def test_a_draft_for_a_later_day_keeps_it_and_is_not_completed_earlier(supplier, user):
    note = make_credit_note(supplier=supplier, issued_on=TODAY)
    draft = use(supplier, user, on=TOMORROW, draft=True, credit_note=note)

    with pytest.raises(PaymentError, match="can't settle bill INV-7"):
        complete(payment=draft, on=YESTERDAY, by=user)

    draft.refresh_from_db()
    assert draft.is_draft
    assert complete(payment=draft, on=TODAY, by=user).status == "completed"
