"""AP ageing, as of a day and as known on a day, in its own numbers."""

from datetime import date
from decimal import Decimal

import pytest

from billpay.bills import actions as bills
from billpay.credit_notes import actions as credit_notes
from billpay.ledger import reports as ledger
from billpay.ledger.standpoint import Standpoint
from billpay.money.value import Money
from billpay.payments import actions as payments
from billpay.payments.actions import Header, Order, Part, Returned
from billpay.payments.models import Source
from billpay.reports.ageing import ageing
from billpay.reports.papers import papers
from tests.factories import (
    BankAccountFactory,
    SupplierFactory,
    header,
    make_bill,
    make_credit_note,
    make_draft,
    make_payment,
    make_refund,
)
from tests.reports.conftest import entered_on

pytestmark = pytest.mark.django_db

FEB_1, FEB_10, FEB_20, FEB_28 = (date(2026, 2, day) for day in (1, 10, 20, 28))
MARCH_1, MARCH_5, MARCH_10, MARCH_31 = (date(2026, 3, day) for day in (1, 5, 10, 31))
NOTHING = [0] * 7


@pytest.fixture
def bill(supplier, user):
    """100.00 of 1 February, due on the 20th, entered on its own date."""
    with entered_on(FEB_1):
        return make_bill(supplier=supplier, total_minor=100_00, issued_on=FEB_1, due_on=FEB_20, by=user)


def columns(company, on, known=None):
    """
    The one row's amounts by column; nothing where there is no row.

    Wherever one stands, the total equals the payables account, and each row the papers behind it.
    """
    at = Standpoint(on, known)
    drawn = ageing(company, at=at)
    assert drawn.total == ledger.control_account(company, at=at).owed
    for supplier in company.suppliers.select_related("company"):
        behind = papers(supplier, at=at)
        rows = [row for row in drawn.rows if row.supplier_id == supplier.pk]
        assert {row.currency: row.minor for row in rows} == by_column(behind)
        assert sum(row.weight.minor for row in rows) == sum(paper.base.minor for paper in behind)
    return drawn.rows[0].minor if drawn.rows else NOTHING


def by_column(behind):
    sums = {}
    for paper in behind:
        sums.setdefault(paper.left.currency, [0] * 7)[paper.column] += paper.left.minor
    return sums


def pay(bill, on, minor=100_00, *, user, account, **fields):
    with entered_on(on):
        return make_payment(account=account, bill=bill, minor=minor, paid_on=on, by=user, **fields)


@pytest.mark.parametrize(
    ("on", "column"),
    [
        (date(2026, 2, 20), 0),
        (date(2026, 2, 21), 1),
        (date(2026, 3, 22), 1),
        (date(2026, 3, 23), 2),
        (date(2026, 4, 21), 2),
        (date(2026, 4, 22), 3),
        (date(2026, 5, 21), 3),
        (date(2026, 5, 22), 4),
        (date(2028, 1, 1), 4),
    ],
)
def test_a_bill_grows_late_from_the_day_after_it_is_due(company, bill, on, column):
    expected = list(NOTHING)
    expected[column] = 100_00

    assert columns(company, on) == expected


def test_a_bill_counts_from_its_own_date(company, bill):
    assert columns(company, date(2026, 1, 31)) == NOTHING
    assert columns(company, FEB_1)[0] == 100_00


def test_a_bill_entered_late_was_not_known_before(company, supplier, user):
    """Dated 1 February, entered on 1 March: part of the end of February as known today, not as known then."""
    with entered_on(MARCH_1):
        make_bill(supplier=supplier, total_minor=100_00, issued_on=FEB_1, due_on=FEB_20, by=user)

    assert columns(company, FEB_28)[1] == 100_00
    assert columns(company, FEB_28, MARCH_1)[1] == 100_00
    assert columns(company, FEB_28, FEB_28) == NOTHING


def test_a_due_date_changed_later_was_another_one_before(company, bill, supplier, user):
    """Due 20 February; on 5 March put off to the 31st, on the 10th brought forward to 28 February."""
    for day, due_on in ((MARCH_5, MARCH_31), (MARCH_10, FEB_28)):
        with entered_on(day):
            bills.plan(bill=bill, due_on=due_on, planned_on=None, reference="", note="", by=user)

    known = (FEB_28, MARCH_5, MARCH_10)
    assert [columns(company, date(2026, 3, 30), day).index(100_00) for day in known] == [2, 0, 1]
    assert columns(company, date(2026, 3, 30)).index(100_00) == 1
    (paper,) = papers(supplier, at=Standpoint(MARCH_10, FEB_28))
    assert (paper.due_on, paper.days_late) == (FEB_20, 18)


def test_a_due_date_changed_before_approval_is_the_only_one(company, supplier, user):
    with entered_on(FEB_1):
        draft = make_bill(supplier=supplier, open=False, issued_on=FEB_1, due_on=MARCH_31, by=user)
    with entered_on(FEB_10):
        draft = bills.plan(bill=draft, due_on=FEB_20, planned_on=None, reference="", note="", by=user)
        bills.approve(bill=draft, by=user)

    assert columns(company, FEB_28, FEB_10) == [0, 100_00, 0, 0, 0, 0, 0]


def test_a_draft_owes_nothing(company, supplier, user):
    make_bill(supplier=supplier, open=False, issued_on=FEB_1, by=user)

    assert columns(company, MARCH_31) == NOTHING


def test_a_part_payment_takes_its_part_from_the_day_it_was_paid(company, bill, user, account):
    pay(bill, FEB_10, 40_00, user=user, account=account)

    assert [columns(company, day)[0] for day in (date(2026, 2, 9), FEB_10)] == [100_00, 60_00]


def test_a_payment_entered_late_was_not_known_before(company, bill, user, account):
    with entered_on(MARCH_5):
        make_payment(account=account, bill=bill, minor=100_00, paid_on=FEB_28, by=user)

    assert columns(company, FEB_28) == NOTHING
    assert columns(company, FEB_28, FEB_28)[1] == 100_00


def test_a_payment_voided_later_stands_until_its_void(company, bill, user, account):
    payment = pay(bill, FEB_10, user=user, account=account)
    with entered_on(MARCH_10):
        payments.void(payment=payment, on=MARCH_5, reason="Bounced", by=user)

    assert columns(company, FEB_28) == NOTHING
    assert columns(company, MARCH_5)[1] == 100_00
    assert columns(company, MARCH_5, MARCH_5) == NOTHING
    assert columns(company, MARCH_31, MARCH_10)[2] == 100_00


def test_a_void_bill_counts_until_the_day_of_its_void(company, bill, user):
    with entered_on(MARCH_10):
        bills.void(bill=bill, on=MARCH_5, reason="Twice", by=user)

    assert columns(company, FEB_28)[1] == 100_00
    assert columns(company, MARCH_5) == NOTHING
    assert columns(company, MARCH_5, MARCH_5)[1] == 100_00


def test_what_an_unfinished_payment_reserves_is_still_owed(company, bill, user, account):
    with entered_on(FEB_10):
        make_draft(account=account, bill=bill, minor=100_00, by=user)

    assert columns(company, FEB_28)[1] == 100_00


def test_credit_is_a_column_of_its_own_until_it_is_used(company, bill, supplier, user):
    with entered_on(FEB_10):
        note = make_credit_note(supplier=supplier, total_minor=30_00, issued_on=FEB_10, by=user)
    with entered_on(MARCH_1):
        payments.pay(
            company=company,
            header=Header(bank_account=None, paid_on=MARCH_1, currency="GBP"),
            order=Order(
                supplier=supplier,
                amount=Money(0, "GBP"),
                parts=[Part(bill, Money(20_00, "GBP"), Source.CREDIT_NOTE, credit_note=note)],
            ),
            by=user,
        )

    assert columns(company, FEB_28) == [0, 100_00, 0, 0, 0, -30_00, 0]
    assert columns(company, MARCH_1) == [0, 80_00, 0, 0, 0, -10_00, 0]


def test_a_void_credit_note_counts_until_the_day_of_its_void(company, supplier, user):
    with entered_on(FEB_10):
        note = make_credit_note(supplier=supplier, total_minor=30_00, issued_on=FEB_10, by=user)
    with entered_on(MARCH_10):
        credit_notes.void(note=note, on=MARCH_1, reason="Not ours", by=user)

    assert columns(company, FEB_28)[5] == -30_00
    assert columns(company, MARCH_1) == NOTHING


def test_money_on_account_is_a_column_of_its_own_until_it_is_used_or_comes_back(company, supplier, user, account):
    with entered_on(FEB_1):
        advance = payments.pay(
            company=company,
            header=header(account, paid_on=FEB_1),
            order=Order(supplier=supplier, amount=Money(80_00, "GBP")),
            by=user,
        )
        bill = make_bill(supplier=supplier, total_minor=100_00, issued_on=FEB_10, due_on=MARCH_31, by=user)
    with entered_on(FEB_20):
        payments.pay(
            company=company,
            header=Header(bank_account=None, paid_on=FEB_20, currency="GBP"),
            order=Order(
                supplier=supplier,
                amount=Money(0, "GBP"),
                parts=[Part(bill, Money(50_00, "GBP"), Source.ON_ACCOUNT, from_payment=advance)],
            ),
            by=user,
        )
    with entered_on(MARCH_5):
        payments.refund(
            company=company,
            supplier=supplier,
            bank_account=account,
            received_on=MARCH_1,
            parts=[Returned(Money(30_00, "GBP"), from_payment=advance)],
            by=user,
        )

    assert columns(company, FEB_1) == [0, 0, 0, 0, 0, 0, -80_00]
    assert columns(company, FEB_10) == [100_00, 0, 0, 0, 0, 0, -80_00]
    assert columns(company, FEB_28) == [50_00, 0, 0, 0, 0, 0, -30_00]
    assert columns(company, MARCH_1, MARCH_1) == [50_00, 0, 0, 0, 0, 0, -30_00]
    assert columns(company, MARCH_1) == [50_00, 0, 0, 0, 0, 0, 0]


def test_a_bill_paid_ahead_of_its_date_is_below_zero_until_then(company, supplier, user, account):
    """The money has left and nothing is owed for it yet, in the books as here."""
    bill = make_bill(supplier=supplier, total_minor=100_00, issued_on=FEB_20, due_on=MARCH_31, by=user)
    pay(bill, FEB_10, 60_00, user=user, account=account)

    assert columns(company, FEB_10)[0] == -60_00
    assert [paper.is_early for paper in papers(supplier, at=Standpoint(FEB_10))] == [True]
    assert columns(company, FEB_20)[0] == 40_00


def test_foreign_amounts_are_summed_by_currency_and_weighed_at_the_rates_of_the_books(company, user, account):
    """EUR 1,000.00 at 0.885 with 400.00 of it paid at 0.90 leaves 600.00, which weighs 531.00 as it was booked."""
    supplier = SupplierFactory(company=company, name="Cerâmica", currency="EUR")
    bill = make_bill(
        supplier=supplier, total_minor=1_000_00, currency="EUR", rate=Decimal("0.885"), issued_on=FEB_1, by=user
    )
    pay(bill, FEB_10, 400_00, user=user, account=account, rate=Decimal("0.90"))
    make_bill(supplier=supplier, total_minor=7_00, currency="GBP", issued_on=FEB_1, by=user)

    drawn = ageing(company, at=Standpoint(FEB_10))

    columns(company, FEB_10)
    assert [(row.currency, row.total.minor, row.weight.minor) for row in drawn.rows] == [
        ("EUR", 600_00, 531_00),
        ("GBP", 7_00, 7_00),
    ]
    assert drawn.total == Money(538_00, "GBP")
    assert [row.currency for row in drawn.currencies] == ["GBP", "EUR"]


def test_a_discount_settles_as_cash_does(company, supplier, user, account):
    with entered_on(FEB_1):
        bill = make_bill(
            supplier=supplier,
            total_minor=100_00,
            issued_on=FEB_1,
            due_on=MARCH_1,
            discount=bills.Discount(percent=Decimal(2), until=FEB_10),
            by=user,
        )
    with entered_on(FEB_10):
        payments.pay(
            company=company,
            header=header(account, paid_on=FEB_10),
            order=Order(
                supplier=supplier,
                amount=Money(98_00, "GBP"),
                parts=[Part(bill, Money(98_00, "GBP")), Part(bill, Money(2_00, "GBP"), Source.DISCOUNT)],
            ),
            by=user,
        )

    assert columns(company, FEB_10) == NOTHING


def test_a_write_off_settles_what_is_left(company, bill, supplier, user, account):
    with entered_on(FEB_10):
        payments.pay(
            company=company,
            header=header(account, paid_on=FEB_10),
            order=Order(
                supplier=supplier,
                amount=Money(99_95, "GBP"),
                parts=[
                    Part(bill, Money(99_95, "GBP")),
                    Part(bill, Money(5, "GBP"), Source.WRITE_OFF, reason="Rounded by the bank"),
                ],
            ),
            by=user,
        )

    assert columns(company, FEB_10) == NOTHING
    assert columns(company, FEB_10, FEB_1) == [100_00, 0, 0, 0, 0, 0, 0]


def test_a_refund_voided_later_had_used_the_credit_until_then(company, supplier, user, account):
    with entered_on(FEB_10):
        note = make_credit_note(supplier=supplier, total_minor=30_00, issued_on=FEB_10, by=user)
    with entered_on(FEB_20):
        refund = make_refund(account=account, credit_note=note, received_on=FEB_20, by=user)
    with entered_on(MARCH_10):
        payments.void_refund(refund=refund, on=MARCH_5, reason="Recalled", by=user)

    assert [columns(company, day)[5] for day in (FEB_10, FEB_28, MARCH_5)] == [-30_00, 0, -30_00]
    assert columns(company, MARCH_5, MARCH_5)[5] == 0


def test_what_is_left_over_of_a_foreign_bill_in_the_books_goes_with_its_last_payment(company, user, account):
    """A third of EUR 100.00 at 0.333333 three times: nothing is left in either currency, nor on any day between."""
    supplier = SupplierFactory(company=company, currency="EUR")
    with entered_on(FEB_1):
        bill = make_bill(
            supplier=supplier, total_minor=100_00, currency="EUR", rate=Decimal("0.333333"), issued_on=FEB_1, by=user
        )
    for day, minor in ((FEB_10, 33_33), (FEB_20, 33_33), (FEB_28, 33_34)):
        pay(bill, day, minor, user=user, account=account, rate=Decimal("0.35"))

    left = []
    for day in (FEB_1, FEB_10, FEB_20, FEB_28):
        columns(company, day, day)
        left.append(ageing(company, at=Standpoint(day, day)).total.minor)
    assert left[0] == 33_33
    assert left[3] == 0
    assert left == sorted(left, reverse=True)


def test_an_allocation_undone_later_is_owed_again_and_its_cash_on_account(company, bill, user, account):
    payment = pay(bill, FEB_10, user=user, account=account)
    with entered_on(MARCH_5):
        payments.undo_allocation(allocation=payment.allocations.get(), on=MARCH_1, by=user)

    assert columns(company, FEB_28) == NOTHING
    assert columns(company, MARCH_1) == [0, 100_00, 0, 0, 0, 0, -100_00]


def test_another_companys_bills_stay_out(company, bill):
    make_bill(issued_on=FEB_1)

    assert len(ageing(company, at=Standpoint(MARCH_31)).rows) == 1


def test_rows_come_by_name_whatever_its_case(company, user):
    for name in ("zeta", "Alpha", "beta"):
        make_bill(supplier=SupplierFactory(company=company, name=name), issued_on=FEB_1, by=user)

    assert [row.supplier for row in ageing(company, at=Standpoint(MARCH_31)).rows] == ["Alpha", "beta", "zeta"]


def test_it_takes_the_same_number_of_queries_however_much_there_is(company, user, django_assert_num_queries):
    account = BankAccountFactory(company=company)
    for _ in range(4):
        bill = make_bill(supplier=SupplierFactory(company=company), issued_on=FEB_1, by=user)
        pay(bill, FEB_10, 10_00, user=user, account=account)

    with django_assert_num_queries(14):
        drawn = ageing(company, at=Standpoint(MARCH_31, MARCH_31))

    assert len(drawn.rows) == 4
