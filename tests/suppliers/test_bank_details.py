from datetime import timedelta

import pytest
from django.utils import timezone

from billpay.suppliers import actions, bank_details
from billpay.suppliers.forms import BankDetailsForm, likely_kind
from billpay.suppliers.models import AccountKind, SupplierBankAccount
from tests.factories import CompanyFactory, SupplierFactory, give_bank_details, member

pytestmark = pytest.mark.django_db

HEAD = {"holder": "Acme Ltd", "currency": "gbp", "reason": ""}


def form(kind, **data):
    return BankDetailsForm({"kind": kind, **HEAD, **data}, kind=kind, company=CompanyFactory())


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("uk", {"sort_code": "20-00 00", "account_number": "5577 9911"}, {"sort_code": "200000"}),
        ("us", {"routing_number": "011000015", "account_number": "123-456-789"}, {"account_number": "123456789"}),
        ("iban", {"iban": "de89 3704 0044 0532 0130 00"}, {"iban": "DE89370400440532013000", "bic": "COBADEFFXXX"}),
        ("other", {"account_number": "062-000 12345678"}, {"account_number": "06200012345678"}),
    ],
)
def test_spaces_and_hyphens_do_not_count(kind, typed, stored):
    sent = form(kind, **typed)

    assert sent.is_valid(), sent.errors
    assert {name: getattr(sent.details, name) for name in stored} == stored
    assert sent.details.currency == "GBP"


@pytest.mark.parametrize(
    ("kind", "typed", "field", "words"),
    [
        ("uk", {"sort_code": "2000", "account_number": "55779911"}, "sort_code", "6 digits"),
        ("uk", {"sort_code": "200000", "account_number": "5577991"}, "account_number", "8 digits"),
        ("us", {"routing_number": "011000016", "account_number": "12345"}, "routing_number", "check digit"),
        ("us", {"routing_number": "011000015", "account_number": "12A45"}, "account_number", "4 to 17 digits"),
        ("iban", {"iban": "DE88370400440532013000"}, "iban", "check digits"),
        ("iban", {"iban": "DE89370400440532013000", "bic": "BARCGB22"}, "bic", "bank in GB"),
        ("iban", {}, "iban", "Enter the IBAN."),
        ("other", {}, "account_number", "Enter the account number."),
    ],
)
def test_what_is_no_such_number_is_refused_in_words(kind, typed, field, words):
    sent = form(kind, **typed)

    assert words in str(sent.errors[field])


def test_only_the_numbers_of_its_kind_are_asked_for():
    assert set(form("uk").fields) & set(BankDetailsForm.NUMBERS) == {"sort_code", "account_number"}


@pytest.mark.parametrize(("currency", "kind"), [("GBP", "uk"), ("USD", "us"), ("EUR", "iban"), ("CHF", "iban")])
def test_the_kind_asked_for_first_follows_the_currency(currency, kind):
    assert likely_kind(SupplierFactory.build(currency=currency, company=None), None) == AccountKind(kind)


def account(supplier, *, days_ago, now, archived=False, number="55779911"):
    row = SupplierBankAccount.objects.create(
        company=supplier.company,
        supplier=supplier,
        holder="Acme",
        currency="GBP",
        sort_code="200000",
        account_number=number,
        archived_at=now if archived else None,
    )
    SupplierBankAccount.objects.filter(pk=row.pk).update(created_at=now - timedelta(days=days_ago))
    return row


@pytest.mark.parametrize(
    ("days_ago", "words"),
    [
        (0, "Changed today. Verify by phone."),
        (2, "Changed 2 days ago. Verify by phone."),
        (31, ""),
    ],
)
def test_a_recent_change_is_pointed_out(days_ago, words, frozen):
    supplier = SupplierFactory(company__checks_bank_details=False)
    account(supplier, days_ago=400, now=frozen, archived=True, number="11112222")
    account(supplier, days_ago=days_ago, now=frozen)

    known = bank_details.known(supplier, today=frozen.date())
    warned = bank_details.warnings(supplier.company, [supplier.pk], currency="GBP", today=frozen.date())

    assert [one.warning for one in known.in_use] == [words]
    assert warned == ({supplier.pk: words} if words else {})


@pytest.mark.parametrize(("days_ago", "words"), [(1, "New: added yesterday. Verify by phone."), (31, "")])
def test_the_first_details_of_a_supplier_are_new(days_ago, words, frozen):
    supplier = SupplierFactory(company__checks_bank_details=False)
    account(supplier, days_ago=days_ago, now=frozen)

    (one,) = bank_details.known(supplier, today=frozen.date()).in_use

    assert (one.warning, one.recency) == (words, "New: added yesterday" if words else "")


@pytest.mark.parametrize(
    ("earlier", "days_ago", "words"),
    [
        (False, 0, "New: added today, not yet checked by a second person. Verify by phone."),
        (False, 31, "Entered 31 days ago, not yet checked by a second person. Verify by phone."),
        (True, 2, "Changed 2 days ago, not yet checked by a second person. Verify by phone."),
        (True, 31, "Entered 31 days ago, not yet checked by a second person. Verify by phone."),
    ],
)
def test_details_that_wait_for_a_second_person_are_pointed_out_however_old(earlier, days_ago, words, frozen):
    supplier = SupplierFactory()
    if earlier:
        account(supplier, days_ago=400, now=frozen, archived=True, number="11112222")
    account(supplier, days_ago=days_ago, now=frozen)

    known = bank_details.known(supplier, today=frozen.date())
    warned = bank_details.warnings(supplier.company, [supplier.pk], currency="GBP", today=frozen.date())

    assert [(one.warning, one.waits) for one in known.in_use] == [(words, True)]
    assert warned == {supplier.pk: words}


@pytest.mark.parametrize(
    ("days_ago", "words"), [(30, "Changed 30 days ago, checked by Ana Approver. Verify by phone."), (31, "")]
)
def test_checked_details_are_pointed_out_while_they_are_recent(days_ago, words, frozen):
    supplier = SupplierFactory()
    account(supplier, days_ago=400, now=frozen, archived=True, number="11112222")
    live = account(supplier, days_ago=days_ago, now=frozen)
    checker = member(supplier.company, name="Ana Approver")
    actions.check_bank_details(account=live, by=checker, how="Called them")

    found = bank_details.warnings(supplier.company, [supplier.pk], currency="GBP", today=frozen.date())

    assert found == ({supplier.pk: words} if words else {})


def test_the_warnings_of_many_suppliers_are_read_in_two_queries(django_assert_num_queries, frozen):
    company = CompanyFactory()
    maker = member(company)
    suppliers = SupplierFactory.create_batch(3, company=company)
    for supplier in suppliers:
        give_bank_details(supplier, by=maker, checked_by=member(company))

    with django_assert_num_queries(2):
        found = bank_details.warnings(company, [one.pk for one in suppliers], currency="GBP", today=frozen.date())

    assert len(found) == 3


def test_the_accounts_in_use_of_many_suppliers_are_read_in_one_query(django_assert_num_queries):
    company = CompanyFactory()
    supplier, other, third = SupplierFactory.create_batch(3, company=company)
    for one, currency in ((supplier, "GBP"), (supplier, "EUR"), (other, "GBP"), (third, "EUR")):
        SupplierBankAccount.objects.create(
            company=company, supplier=one, holder="K", currency=currency, account_number="12345678"
        )
    SupplierBankAccount.objects.filter(supplier=other).update(archived_at=timezone.now())

    with django_assert_num_queries(1):
        found = bank_details.live_accounts(company, [supplier.pk, other.pk, third.pk], currency="GBP")

    assert {pk: account.supplier_id for pk, account in found.items()} == {supplier.pk: supplier.pk}
