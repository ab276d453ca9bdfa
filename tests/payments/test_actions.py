"""What recording, completing, voiding and undoing payments does to bills, credit and books."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from billpay.bills.models import Settlement
from billpay.companies import audit
from billpay.ledger.models import AccountRole, JournalLine
from billpay.money.value import Money
from billpay.payments.actions import (
    Header,
    Order,
    Part,
    PaymentError,
    complete,
    delete_draft,
    edit_draft,
    pay,
    pay_batch,
    submit,
    undo_allocation,
    void,
)
from billpay.payments.models import Allocation, Batch, Method, Payment, Source
from tests.factories import (
    TODAY,
    BankAccountFactory,
    SupplierFactory,
    header,
    make_batch,
    make_bill,
    make_credit_note,
    make_draft,
    make_payment,
)

pytestmark = pytest.mark.django_db


def gbp(minor):
    return Money(minor, "GBP")


def balance(company, role):
    """What stands on the account, credit positive, and the check that the books balance."""
    lines = JournalLine.objects.filter(entry__company=company)
    totals = lines.aggregate(debit=Sum("debit_minor"), credit=Sum("credit_minor"))
    assert totals["debit"] == totals["credit"]
    of_role = lines.filter(account__role=role).aggregate(net=Sum(F("credit_minor") - F("debit_minor")))
    return of_role["net"] or 0


def payables(company):
    return balance(company, AccountRole.PAYABLES)


def test_parts_then_void_of_the_first(company, account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=135_85, number="INV-1")
    first = make_payment(account=account, bill=bill, minor=100_00, by=user)
    bill.refresh_from_db()
    assert (bill.state, bill.outstanding, payables(company)) == ("partially_paid", gbp(35_85), 35_85)

    with pytest.raises(PaymentError, match=r"Bill INV-1 has 35\.85 GBP outstanding; 35\.86 GBP is too much\."):
        make_payment(account=account, bill=bill, minor=35_86, by=user)
    assert payables(company) == 35_85

    second = make_payment(account=account, bill=bill, minor=35_85, by=user)
    bill.refresh_from_db()
    assert (bill.state, payables(company)) == ("paid", 0)

    void(payment=first, on=TODAY, reason="Paid twice", by=user)
    bill.refresh_from_db()
    second.refresh_from_db()
    assert (bill.state, bill.outstanding, payables(company)) == ("partially_paid", gbp(100_00), 100_00)
    assert (second.status, second.allocated) == ("completed", gbp(35_85))


def test_a_batch_is_stored_whole(company, account, user):
    suppliers = SupplierFactory.create_batch(3, company=company)
    orders = []
    for count, supplier in enumerate(suppliers, start=1):
        bills = [make_bill(supplier=supplier, total_minor=10_00) for _ in range(count)]
        parts = [Part(bill, gbp(10_00)) for bill in bills]
        orders.append(Order(supplier=supplier, amount=gbp(10_00 * count), parts=parts))

    batch = pay_batch(company=company, header=header(account), orders=orders, by=user)

    assert batch.total == gbp(60_00)
    assert [payment.allocations.count() for payment in batch.payments.order_by("id")] == [1, 2, 3]
    assert payables(company) == 0


def test_a_batch_with_one_impossible_line_stores_nothing(company, account, user):
    good, bad = (
        make_bill(supplier=SupplierFactory(company=company)),
        make_bill(supplier=SupplierFactory(company=company), number="BAD-1"),
    )
    orders = [
        Order(supplier=good.supplier, amount=gbp(100_00), parts=[Part(good, gbp(100_00))]),
        Order(supplier=bad.supplier, amount=gbp(100_01), parts=[Part(bad, gbp(100_01))]),
    ]

    with pytest.raises(PaymentError, match="Bill BAD-1") as refusal:
        pay_batch(company=company, header=header(account), orders=orders, by=user)

    assert refusal.value.bill_id == bad.pk
    assert not (Payment.objects.exists() or Batch.objects.exists() or Settlement.objects.exists())
    company.refresh_from_db()
    assert company.next_payment_number == 1


def test_credit_and_cash_in_one_payment(company, account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    note = make_credit_note(supplier=supplier, total_minor=25_44)
    parts = [Part(bill, gbp(25_44), Source.CREDIT_NOTE, credit_note=note), Part(bill, gbp(19_56))]

    payment = pay(
        company=company,
        header=header(account),
        order=Order(supplier=supplier, amount=gbp(19_56), parts=parts),
        by=user,
    )

    bill.refresh_from_db()
    note.refresh_from_db()
    assert (bill.state, note.state, payment.bank_total, payables(company)) == ("paid", "used", gbp(19_56), 0)


def test_credit_alone_needs_no_account(company, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    note = make_credit_note(supplier=supplier, total_minor=50_00)

    payment = pay(
        company=company,
        header=Header(bank_account=None, paid_on=TODAY, currency="GBP", method=Method.OTHER),
        order=Order(supplier=supplier, amount=gbp(0), parts=[Part(bill, gbp(45_00), Source.CREDIT_NOTE, note)]),
        by=user,
    )

    note.refresh_from_db()
    assert (payment.amount, note.remaining, payables(company)) == (gbp(0), gbp(5_00), -5_00)


def test_credit_of_another_supplier_is_refused(company, account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=45_00)
    note = make_credit_note(supplier=SupplierFactory(company=company, name="Other"), total_minor=50_00, number="CN-9")

    with pytest.raises(PaymentError, match="Credit note CN-9 is from Other"):
        pay(
            company=company,
            header=header(account),
            order=Order(supplier=supplier, amount=gbp(0), parts=[Part(bill, gbp(45_00), Source.CREDIT_NOTE, note)]),
            by=user,
        )


def test_parts_for_one_bill_count_together(company, account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=100_00, number="INV-1")
    parts = [Part(bill, gbp(60_00)), Part(bill, gbp(60_00))]

    with pytest.raises(PaymentError, match=r"has 100\.00 GBP outstanding; 120\.00 GBP is too much"):
        pay(
            company=company,
            header=header(account),
            order=Order(supplier=supplier, amount=gbp(120_00), parts=parts),
            by=user,
        )


def test_a_cheque_needs_its_number(account, supplier, user):
    with pytest.raises(PaymentError, match="The cheque to PowerDirect needs its number"):
        make_payment(account=account, bill=make_bill(supplier=supplier), method=Method.CHEQUE, by=user)


@pytest.mark.parametrize("voided", [False, True])
def test_a_cheque_number_is_never_used_again(account, supplier, user, voided):
    first = make_payment(
        account=account, bill=make_bill(supplier=supplier), method=Method.CHEQUE, cheque_number="101", by=user
    )
    if voided:
        void(payment=first, on=TODAY, reason="Lost in the post", by=user)

    with pytest.raises(PaymentError, match=rf"Cheque 101 of Operating was used for {first.number}"):
        make_payment(
            account=account, bill=make_bill(supplier=supplier), method=Method.CHEQUE, cheque_number=" 000101 ", by=user
        )


def test_a_transfer_uses_no_cheque_number_up(account, supplier, user):
    payment = make_payment(account=account, bill=make_bill(supplier=supplier), cheque_number="101", by=user)

    assert payment.cheque_number == ""


def test_the_bank_line_is_payment_and_fee(company, account, supplier, user):
    payment = make_payment(account=account, bill=make_bill(supplier=supplier), fee=gbp(1_50), by=user)

    assert (payment.bank_total, payment.unmatched) == (gbp(101_50), gbp(101_50))
    assert balance(company, AccountRole.CHARGES) == -1_50


def test_bank_line_and_books_agree_on_converted_fees(company, account, user):
    bill = make_bill(supplier=SupplierFactory(company=company, currency="EUR"), total_minor=5, rate=Decimal("0.9"))

    payment = make_payment(account=account, bill=bill, rate=Decimal("0.9"), fee=Money(5, "EUR"), by=user)

    posted = JournalLine.objects.get(account=account.nominal_account)
    assert payment.bank_minor == posted.credit_minor == 10


def test_money_on_account_is_allocated_later(company, account, supplier, user):
    advance = pay(company=company, header=header(account), order=Order(supplier=supplier, amount=gbp(60_00)), by=user)
    bill = make_bill(supplier=supplier, total_minor=45_00)
    assert (advance.on_account, payables(company)) == (gbp(60_00), -15_00)

    parts = [Part(bill, gbp(45_00), Source.ON_ACCOUNT, from_payment=advance)]
    order = Order(supplier=supplier, amount=gbp(0), parts=parts)
    pay(company=company, header=Header(None, TODAY, "GBP", Method.OTHER), order=order, by=user)

    advance.refresh_from_db()
    bill.refresh_from_db()
    assert (advance.on_account, bill.state, payables(company)) == (gbp(15_00), "paid", -15_00)
    with pytest.raises(PaymentError, match=r"45\.00 GBP of the money on account"):
        void(payment=advance, on=TODAY, reason="Mistake", by=user)


def test_money_on_account_is_not_spent_twice(company, account, supplier, user):
    advance = pay(company=company, header=header(account), order=Order(supplier=supplier, amount=gbp(60_00)), by=user)
    bill = make_bill(supplier=supplier, total_minor=100_00)

    with pytest.raises(PaymentError, match=r"has 60\.00 GBP on account; 60\.01 GBP is too much"):
        pay(
            company=company,
            header=Header(None, TODAY, "GBP", Method.OTHER),
            order=Order(
                supplier=supplier,
                amount=gbp(0),
                parts=[Part(bill, gbp(60_01), Source.ON_ACCOUNT, from_payment=advance)],
            ),
            by=user,
        )


def test_foreign_halves_realise_their_exchange_differences(company, account, user):
    bill = make_bill(
        supplier=SupplierFactory(company=company, currency="EUR"), total_minor=1000_00, rate=Decimal("0.885")
    )
    make_payment(account=account, bill=bill, minor=500_00, rate=Decimal("0.90"), by=user)
    assert balance(company, AccountRole.EXCHANGE) == -7_50

    make_payment(account=account, bill=bill, minor=500_00, rate=Decimal("0.88"), by=user)

    assert balance(company, AccountRole.EXCHANGE) == -7_50 + 2_50
    assert payables(company) == 0


def test_undoing_a_foreign_allocation_takes_its_difference_back(company, account, user):
    bill = make_bill(
        supplier=SupplierFactory(company=company, currency="EUR"), total_minor=1000_00, rate=Decimal("0.885")
    )
    payment = make_payment(account=account, bill=bill, rate=Decimal("0.90"), by=user)

    payment = undo_allocation(allocation=payment.allocations.get(), on=TODAY, by=user)

    assert payment.on_account == Money(1000_00, "EUR")
    assert (balance(company, AccountRole.EXCHANGE), payables(company)) == (0, 885_00 - 900_00)


def test_an_account_of_another_currency_is_refused(company, supplier, user):
    euros = BankAccountFactory(company=company, name="Euros", currency="EUR")

    with pytest.raises(PaymentError, match="Euros is kept in EUR; it cannot pay GBP"):
        make_payment(account=euros, bill=make_bill(supplier=supplier), by=user)


def test_a_draft_reserves_and_completing_settles(company, account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=100_00, number="INV-1")
    draft = make_payment(account=account, bill=bill, minor=70_00, draft=True, by=user)
    bill.refresh_from_db()
    assert (bill.state, bill.outstanding, bill.available, payables(company)) == (
        "open",
        gbp(100_00),
        gbp(30_00),
        100_00,
    )
    with pytest.raises(PaymentError, match=r"of which 70\.00 GBP is reserved"):
        make_payment(account=account, bill=bill, minor=30_01, by=user)

    complete(payment=draft, by=user)

    bill.refresh_from_db()
    assert (bill.state, bill.reserved, bill.outstanding, payables(company)) == (
        "partially_paid",
        gbp(0),
        gbp(30_00),
        30_00,
    )


def test_a_draft_is_completed_once(account, supplier, user):
    draft = make_payment(account=account, bill=make_bill(supplier=supplier), draft=True, by=user)
    complete(payment=draft, by=user)

    with pytest.raises(PaymentError, match="completed; it cannot be recorded"):
        complete(payment=draft, by=user)


def test_deleting_a_draft_releases(account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=100_00)
    draft = make_payment(account=account, bill=bill, draft=True, by=user)

    delete_draft(payment=draft, by=user)

    bill.refresh_from_db()
    assert (bill.available, Payment.objects.count(), Allocation.objects.count()) == (gbp(100_00), 0, 0)


def test_a_completed_payment_is_not_deleted(account, supplier, user):
    payment = make_payment(account=account, bill=make_bill(supplier=supplier), by=user)

    with pytest.raises(PaymentError, match="no draft any more"):
        delete_draft(payment=payment, by=user)

    assert Payment.objects.filter(pk=payment.pk).exists()


def test_a_draft_that_somebody_else_deleted_is_said_to_be_gone(account, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=100_00)
    draft = make_draft(account=account, bill=bill, minor=60_00, by=user)
    stale = Payment.objects.get(pk=draft.pk)
    delete_draft(payment=draft, by=user)

    for act in (delete_draft, submit, complete):
        with pytest.raises(PaymentError, match="PAY-00001 was deleted by someone else"):
            act(payment=stale, by=user)
    bill.refresh_from_db()
    assert bill.reserved_minor == 0


def test_a_batch_follows_its_drafts(company, account, user):
    bills = [make_bill(supplier=SupplierFactory(company=company), total_minor=10_00) for _ in range(2)]
    orders = [Order(supplier=bill.supplier, amount=gbp(10_00), parts=[Part(bill, gbp(10_00))]) for bill in bills]
    batch = pay_batch(company=company, header=header(account, draft=True), orders=orders, by=user)
    first, second = batch.payments.all()

    delete_draft(payment=first, by=user)
    batch.refresh_from_db()
    assert batch.total == gbp(10_00)

    delete_draft(payment=second, by=user)
    assert not Batch.objects.exists()


def test_a_batch_of_drafts_is_not_called_recorded(company, account, user):
    bill = make_bill(supplier=SupplierFactory(company=company), total_minor=10_00)
    orders = [Order(supplier=bill.supplier, amount=gbp(10_00), parts=[Part(bill, gbp(10_00))])]

    batch = pay_batch(company=company, header=header(account, draft=True), orders=orders, by=user)

    assert audit.trail(batch)[0].summary == "Batch BATCH-0001 of 1 payments kept as drafts: 10.00 GBP"


def test_an_edited_draft_stays_in_the_account_of_its_batch(company, account, user):
    bills = [make_bill(supplier=SupplierFactory(company=company)) for _ in range(2)]
    batch = make_batch(account=account, bills=bills, by=user, draft=True)
    draft = batch.payments.order_by("pk")[0]
    order = Order(supplier=draft.supplier, amount=draft.amount, parts=[Part(bills[0], draft.amount)])
    other = header(BankAccountFactory(company=company), draft=True)

    with pytest.raises(PaymentError, match=f"is part of {batch.number}, which leaves Operating"):
        edit_draft(payment=draft, header=other, order=order, version=draft.version, by=user)


def test_an_edited_draft_reserves_anew(account, supplier, user):
    bill, other = make_bill(supplier=supplier, total_minor=100_00), make_bill(supplier=supplier, total_minor=20_00)
    draft = make_payment(account=account, bill=bill, draft=True, method=Method.CHEQUE, cheque_number="7", by=user)
    order = Order(supplier=supplier, amount=gbp(25_00), parts=[Part(other, gbp(20_00))], cheque_number="7")

    edit_draft(payment=draft, header=header(account, method=Method.CHEQUE), order=order, version=1, by=user)

    bill.refresh_from_db()
    other.refresh_from_db()
    draft.refresh_from_db()
    assert (bill.available, other.available) == (gbp(100_00), gbp(0))
    assert (draft.amount, draft.cheque_number, draft.version) == (gbp(25_00), "7", 2)
    with pytest.raises(PaymentError, match="changed by someone else"):
        edit_draft(payment=draft, header=header(account), order=order, version=1, by=user)


def test_undoing_an_allocation_keeps_the_cash_on_account(company, account, supplier, user):
    bills = [make_bill(supplier=supplier, total_minor=10_00) for _ in range(2)]
    order = Order(supplier=supplier, amount=gbp(20_00), parts=[Part(bill, gbp(10_00)) for bill in bills])
    payment = pay(company=company, header=header(account), order=order, by=user)
    first = payment.allocations.first()

    payment = undo_allocation(allocation=first, on=TODAY, by=user)

    bills[0].refresh_from_db()
    bills[1].refresh_from_db()
    assert (payment.on_account, bills[0].state, bills[1].state) == (gbp(10_00), "open", "paid")
    assert payables(company) == 0
    with pytest.raises(PaymentError, match="undone already"):
        undo_allocation(allocation=first, on=TODAY, by=user)


def test_undoing_the_last_allocation_without_cash_voids(company, supplier, user):
    bill = make_bill(supplier=supplier, total_minor=10_00)
    note = make_credit_note(supplier=supplier, total_minor=50_00)
    order = Order(supplier=supplier, amount=gbp(0), parts=[Part(bill, gbp(10_00), Source.CREDIT_NOTE, note)])
    payment = pay(company=company, header=Header(None, TODAY, "GBP", Method.OTHER), order=order, by=user)

    payment = undo_allocation(allocation=payment.allocations.get(), on=TODAY, by=user)

    note.refresh_from_db()
    assert (payment.status, note.remaining) == ("void", gbp(50_00))


def test_a_void_is_not_before_the_payment_and_happens_once(account, supplier, user):
    payment = make_payment(account=account, bill=make_bill(supplier=supplier), by=user)

    with pytest.raises(PaymentError, match="before the payment itself"):
        void(payment=payment, on=TODAY - timedelta(days=1), reason="Mistake", by=user)
    void(payment=payment, on=TODAY, reason="Mistake", by=user)
    with pytest.raises(PaymentError, match="it cannot become void"):
        void(payment=payment, on=TODAY, reason="Mistake", by=user)


def test_a_void_gives_credit_and_money_on_account_back(company, account, supplier, user):
    advance = pay(company=company, header=header(account), order=Order(supplier=supplier, amount=gbp(5_00)), by=user)
    note = make_credit_note(supplier=supplier, total_minor=10_00)
    bill = make_bill(supplier=supplier, total_minor=45_00)
    parts = [
        Part(bill, gbp(10_00), Source.CREDIT_NOTE, credit_note=note),
        Part(bill, gbp(5_00), Source.ON_ACCOUNT, from_payment=advance),
        Part(bill, gbp(30_00)),
    ]
    order = Order(supplier=supplier, amount=gbp(30_00), parts=parts)
    payment = pay(company=company, header=header(account), order=order, by=user)
    assert payables(company) == 0

    void(payment=payment, on=TODAY, reason="Bounced", by=user)

    for row in (advance, note, bill):
        row.refresh_from_db()
    assert (advance.on_account, note.remaining, bill.outstanding) == (gbp(5_00), gbp(10_00), gbp(45_00))
    assert payables(company) == 45_00 - 10_00 - 5_00
