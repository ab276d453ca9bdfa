"""Matching, taking it back, paying from a bank line, voiding what is matched."""

import pytest

from billpay.banking.models import BankTransaction
from billpay.companies import audit
from billpay.money.value import Money
from billpay.payments import actions as payment_actions
from billpay.payments.actions import Order, Part, PaymentError
from billpay.payments.models import Payment
from billpay.reconciliation import actions
from billpay.reconciliation.actions import AlreadyMatched, ReconciliationError
from billpay.reconciliation.models import Match
from billpay.reconciliation.offers import certain_for, explain, offers_for
from tests.factories import (
    TODAY,
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    make_batch,
    make_bill,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return CompanyFactory()


@pytest.fixture
def ana(company):
    return member(company, name="Ana")


@pytest.fixture
def account(company):
    return BankAccountFactory(company=company)


@pytest.fixture
def power(company):
    return SupplierFactory(company=company, name="PowerDirect Ltd")


def bank_line(account, minor=135_85, **fields):
    return BankTransactionFactory(statement=StatementFactory(bank_account=account), amount_minor=minor, **fields)


def gbp(minor):
    return Money(minor, "GBP")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_match_counts_on_both_sides_and_keeps_why(account, power, ana):
    payment = make_payment(account=account, bill=make_bill(supplier=power, total_minor=135_85), by=ana)
    line = bank_line(account)

    rows = actions.match(transaction=line, pairs=[(payment, gbp(135_85))], by=ana, reasons=["Amount equal"])

    assert fresh(line).unmatched_minor == 0
    assert fresh(payment).unmatched_minor == 0
    assert rows[0].reasons == ["Amount equal"]
    assert "matched with PAY-00001" in audit.trail(line)[0].summary
    assert "Amount equal" in audit.trail(line)[0].summary
    assert "matched with the line of" in audit.trail(payment)[0].summary


def test_one_line_matches_several_payments_and_a_part_of_one(account, power, ana):
    first = make_payment(account=account, bill=make_bill(supplier=power, total_minor=100_00), by=ana)
    second = make_payment(account=account, bill=make_bill(supplier=power, total_minor=80_00), by=ana)
    line = bank_line(account, 130_00)

    actions.match(transaction=line, pairs=[(first, gbp(100_00)), (second, gbp(30_00))], by=ana)

    assert fresh(line).unmatched_minor == 0
    assert fresh(second).unmatched_minor == 50_00


def test_one_payment_matches_several_lines(account, power, ana):
    payment = make_payment(account=account, bill=make_bill(supplier=power, total_minor=100_00), by=ana)

    actions.match(transaction=bank_line(account, 60_00), pairs=[(payment, gbp(60_00))], by=ana)
    actions.match(transaction=bank_line(account, 40_00), pairs=[(payment, gbp(40_00))], by=ana)

    assert fresh(payment).unmatched_minor == 0


@pytest.mark.parametrize(("line_minor", "asked"), [(100_00, 100_01), (200_00, 135_86)])
def test_more_than_either_side_has_is_refused(account, power, ana, line_minor, asked):
    payment = make_payment(account=account, bill=make_bill(supplier=power, total_minor=135_85), by=ana)
    line = bank_line(account, line_minor)

    with pytest.raises(ReconciliationError, match="too much"):
        actions.match(transaction=line, pairs=[(payment, gbp(asked))], by=ana)

    assert not Match.objects.exists()
    assert fresh(line).matched_minor == 0


def test_the_same_payment_twice_in_one_request_counts_together(account, power, ana):
    payment = make_payment(account=account, bill=make_bill(supplier=power, total_minor=100_00), by=ana)

    with pytest.raises(ReconciliationError, match="too much"):
        actions.match(
            transaction=bank_line(account, 200_00), pairs=[(payment, gbp(60_00)), (payment, gbp(60_00))], by=ana
        )


def test_money_in_is_not_matched_with_a_payment(account, power, ana):
    payment = make_payment(account=account, bill=make_bill(supplier=power), by=ana)

    with pytest.raises(ReconciliationError, match="money in"):
        actions.match(transaction=bank_line(account, 100_00, direction="in"), pairs=[(payment, gbp(100_00))], by=ana)


def test_a_payment_from_another_account_is_refused(company, account, power, ana):
    other = BankAccountFactory(company=company, name="Savings")
    payment = make_payment(account=other, bill=make_bill(supplier=power), by=ana)

    with pytest.raises(ReconciliationError, match="left Savings"):
        actions.match(transaction=bank_line(account, 100_00), pairs=[(payment, gbp(100_00))], by=ana)


def test_another_currency_is_refused(account, power, ana):
    payment = make_payment(account=account, bill=make_bill(supplier=power), by=ana)

    with pytest.raises(ReconciliationError, match="cannot be matched"):
        actions.match(transaction=bank_line(account, 100_00), pairs=[(payment, Money(50_00, "EUR"))], by=ana)


def test_a_draft_and_a_void_payment_are_refused(account, power, ana):
    draft = make_payment(account=account, bill=make_bill(supplier=power), by=ana, draft=True)
    void = make_payment(account=account, bill=make_bill(supplier=power), by=ana)
    payment_actions.void(payment=void, on=TODAY, reason="Wrong", by=ana)

    for payment in (draft, void):
        with pytest.raises(ReconciliationError, match="only completed"):
            actions.match(transaction=bank_line(account, 100_00), pairs=[(payment, gbp(100_00))], by=ana)


def test_the_second_of_two_people_is_told_who_was_first(account, power, ana, company):
    payment = make_payment(account=account, bill=make_bill(supplier=power), by=ana)
    other = make_payment(account=account, bill=make_bill(supplier=power), by=ana)
    line = bank_line(account, 100_00)
    actions.match(transaction=line, pairs=[(payment, gbp(100_00))], by=ana)

    with pytest.raises(AlreadyMatched, match="matched by Ana on"):
        actions.match(transaction=line, pairs=[(other, gbp(100_00))], by=member(company))
    with pytest.raises(AlreadyMatched, match="PAY-00001 was matched by Ana"):
        actions.match(transaction=bank_line(account, 100_00), pairs=[(payment, gbp(100_00))], by=member(company))


def test_a_line_that_changed_since_it_was_seen_is_refused(account, power, ana):
    payment = make_payment(account=account, bill=make_bill(supplier=power), by=ana)
    line = bank_line(account, 200_00)
    actions.match(transaction=line, pairs=[(payment, gbp(50_00))], by=ana)

    with pytest.raises(AlreadyMatched, match="150.00 GBP left"):
        actions.match(transaction=line, pairs=[(payment, gbp(50_00))], by=ana, seen=200_00)


def test_unmatch_gives_both_sides_back_and_keeps_the_row(company, account, power, ana):
    payment = make_payment(account=account, bill=make_bill(supplier=power, total_minor=135_85), by=ana)
    line = bank_line(account)
    [row] = actions.match(transaction=line, pairs=[(payment, gbp(135_85))], by=ana)

    actions.unmatch(company=company, group=row.group, by=ana)

    assert fresh(line).unmatched_minor == fresh(payment).unmatched_minor == 135_85
    assert fresh(row).undone_by == ana
    with pytest.raises(AlreadyMatched, match="undone by Ana"):
        actions.unmatch(company=company, group=row.group, by=ana)


def test_a_whole_batch_is_matched_with_one_line(account, company, ana):
    bills = [make_bill(supplier=SupplierFactory(company=company), total_minor=n * 100) for n in (1, 2, 3)]
    batch = make_batch(account=account, bills=bills, by=ana)
    line = bank_line(account, 6_00)

    pairs = [(payment, payment.unmatched) for payment in batch.payments.order_by("pk")]
    rows = actions.match(transaction=line, pairs=pairs, by=ana)

    assert [row.amount_minor for row in rows] == [1_00, 2_00, 3_00]
    assert len({row.group for row in rows}) == 1
    assert not batch.payments.to_match().exists()


def test_a_payment_is_made_from_a_line_on_its_own_day(account, power, ana):
    bill = make_bill(supplier=power, total_minor=135_85)
    line = bank_line(account, 100_00)

    [payment] = actions.pay_from_transaction(
        transaction=line, orders=[Order(supplier=power, amount=gbp(100_00), parts=[Part(bill, gbp(100_00))])], by=ana
    )

    assert payment.paid_on == line.booked_on
    assert fresh(bill).outstanding_minor == 35_85
    assert fresh(line).unmatched_minor == 0
    assert fresh(payment).unmatched_minor == 0


def test_no_payment_is_made_for_more_than_the_line_has_left(account, power, ana):
    bill = make_bill(supplier=power, total_minor=135_85)

    with pytest.raises(ReconciliationError, match="35.85 GBP too much"):
        actions.pay_from_transaction(
            transaction=bank_line(account, 100_00),
            orders=[Order(supplier=power, amount=gbp(135_85), parts=[Part(bill, gbp(135_85))])],
            by=ana,
        )

    assert not Payment.objects.exists()
    assert fresh(bill).outstanding_minor == 135_85


def test_a_fee_is_part_of_the_line(account, power, ana):
    bill = make_bill(supplier=power, total_minor=99_50)
    line = bank_line(account, 100_00)
    order = Order(supplier=power, amount=gbp(99_50), fee=gbp(50), parts=[Part(bill, gbp(99_50))])

    actions.pay_from_transaction(transaction=line, orders=[order], by=ana)

    assert fresh(line).unmatched_minor == 0


def test_bills_of_two_suppliers_are_paid_from_a_line_as_a_batch(account, company, ana):
    bills = [make_bill(supplier=SupplierFactory(company=company), total_minor=50_00) for _ in range(2)]
    orders = [Order(supplier=b.supplier, amount=b.available, parts=[Part(b, b.available)]) for b in bills]
    line = bank_line(account, 100_00)

    made = actions.pay_from_transaction(transaction=line, orders=orders, by=ana)

    assert len({payment.batch_id for payment in made}) == 1
    assert fresh(line).unmatched_minor == 0


def test_voiding_a_matched_payment_returns_its_line_to_the_queue(account, power, ana):
    bill = make_bill(supplier=power, total_minor=135_85)
    payment = make_payment(account=account, bill=bill, by=ana)
    line = bank_line(account)
    actions.match(transaction=line, pairs=[(payment, gbp(135_85))], by=ana)

    actions.void_payment(payment=payment, on=TODAY, reason="Returned by the bank", by=ana)

    assert fresh(payment).status == "void"
    assert fresh(bill).outstanding_minor == 135_85
    assert line in BankTransaction.objects.to_reconcile()


def test_a_void_that_is_refused_leaves_the_match(account, power, ana):
    payment = make_payment(account=account, bill=make_bill(supplier=power, total_minor=135_85), by=ana)
    line = bank_line(account)
    actions.match(transaction=line, pairs=[(payment, gbp(135_85))], by=ana)

    with pytest.raises(PaymentError, match="Say why"):
        actions.void_payment(payment=payment, on=TODAY, reason=" ", by=ana)

    assert fresh(line).unmatched_minor == 0


def test_offers_find_a_payment_by_reference_though_the_amount_differs(account, power, ana):
    bill = make_bill(supplier=power, total_minor=135_85, number="INV-4711")
    payment = make_payment(account=account, bill=bill, by=ana)
    line = bank_line(account, 100_00, description="POWERDIRECT INV4711")

    offer = offers_for(account, [line]).by_transaction[line.pk]

    assert offer.best.candidate.parts == ((payment.pk, 135_85),)
    assert not offer.best.exact
    assert explain(line, [payment])[0] == "Reference INV-4711 found in the text"


def test_a_reference_that_is_the_bills_number_is_told_once(account, power, ana):
    bill = make_bill(supplier=power, total_minor=135_85, number="HF-4711")
    payment = make_payment(account=account, bill=bill, by=ana, reference="HF 4711")
    line = bank_line(account, description="POWERDIRECT HF-4711")

    words = explain(line, [payment])

    assert [one for one in words if one.startswith("Reference")] == ["Reference HF 4711 found in the text"]


def test_offers_find_a_batch_and_payments_of_one_supplier_by_their_sum(account, power, company, ana):
    batch = make_batch(
        account=account,
        bills=[make_bill(supplier=SupplierFactory(company=company), total_minor=n) for n in (11_00, 12_00)],
        by=ana,
    )
    for minor in (40_00, 50_00):
        make_payment(account=account, bill=make_bill(supplier=power, total_minor=minor), by=ana)
    whole, both = bank_line(account, 23_00), bank_line(account, 90_00)

    offers = offers_for(account, [whole, both]).by_transaction

    assert offers[whole.pk].best.candidate.key == f"batch-{batch.pk}"
    assert len(offers[both.pk].best.candidate.parts) == 2


def test_offers_for_many_lines_take_as_many_queries_as_for_few(account, power, ana, django_assert_max_num_queries):
    lines = []
    for n in range(12):
        make_payment(account=account, bill=make_bill(supplier=power, total_minor=10_00 + n), by=ana)
        lines.append(bank_line(account, 10_00 + n, description=f"PAY-{n:05d}"))
    lines.append(bank_line(account, 999_00))

    with django_assert_max_num_queries(14):
        offers_for(account, lines)


def test_match_certain_matches_only_what_leaves_no_doubt_and_is_undone_at_once(company, account, power, ana):
    for number in ("INV-1001", "INV-1002"):
        make_payment(account=account, bill=make_bill(supplier=power, total_minor=50_00, number=number), by=ana)
    sure = [bank_line(account, 50_00, description=text) for text in ("INV-1001", "INV-1002")]
    unsure = bank_line(account, 50_00, description="POWERDIRECT")

    done = actions.match_certain(company=company, account=account, by=ana)

    assert done.lines == 2
    assert [fresh(line).unmatched_minor for line in sure] == [0, 0]
    assert fresh(unsure).unmatched_minor == 50_00
    actions.unmatch(company=company, group=done.group, by=ana)
    assert [fresh(line).unmatched_minor for line in sure] == [50_00, 50_00]


def test_match_certain_leaves_what_was_not_reviewed(company, account, power, ana):
    make_payment(account=account, bill=make_bill(supplier=power, total_minor=50_00, number="INV-1001"), by=ana)
    line = bank_line(account, 50_00, description="INV-1001")
    assert line.pk in certain_for(account).by_transaction

    done = actions.match_certain(company=company, account=account, by=ana, only={(line.pk, "payment-999")})

    assert (done.lines, done.gone) == (0, 1)
    assert fresh(line).unmatched_minor == 50_00
