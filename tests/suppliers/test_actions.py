from dataclasses import replace

import pytest

from billpay.companies import audit
from billpay.suppliers import actions
from billpay.suppliers.actions import BankDetails
from tests.factories import CompanyFactory, SupplierFactory, member

pytestmark = pytest.mark.django_db

GBP = BankDetails(holder="Acme Ltd", currency="GBP", sort_code="200000", account_number="55779911")
NEW = replace(GBP, account_number="31510604")


def paid_to(supplier, details=GBP, seen=(), **fields):
    return actions.set_bank_details(
        supplier=supplier, details=details, seen=set(seen), by=member(supplier.company), **fields
    )


def test_a_supplier_is_added_with_a_line_in_the_trail():
    company = CompanyFactory()
    user = member(company)

    supplier = actions.create(company=company, values={"name": "Acme", "currency": "GBP", "terms_days": 14}, by=user)

    assert supplier.terms_in_words == "14 days"
    assert [(event.verb, event.by) for event in audit.trail(supplier)] == [("supplier.created", user)]


def test_editing_says_what_changed():
    supplier = SupplierFactory(name="Acme", email="old@acme.test")

    changed = actions.edit(
        supplier=supplier,
        values={"name": "Acme", "email": "new@acme.test", "notes": "Closed on Mondays"},
        version=1,
        by=member(supplier.company),
    )

    assert changed.version == 2
    event = audit.trail(supplier)[0]
    assert event.summary == "Supplier Acme changed: email old@acme.test → new@acme.test; notes added"
    assert event.detail["before"] == {"email": "old@acme.test", "notes": ""}


def test_editing_nothing_leaves_nothing():
    supplier = SupplierFactory()

    actions.edit(supplier=supplier, values={"name": supplier.name}, version=1, by=member(supplier.company))

    supplier.refresh_from_db()
    assert supplier.version == 1
    assert not audit.trail(supplier).exists()


def test_editing_an_old_version_is_refused():
    supplier = SupplierFactory(name="Acme")
    user = member(supplier.company)
    actions.edit(supplier=supplier, values={"name": "Acme Ltd"}, version=1, by=user)

    with pytest.raises(actions.Stale, match="changed by someone else"):
        actions.edit(supplier=supplier, values={"name": "Acme plc"}, version=1, by=user)

    supplier.refresh_from_db()
    assert supplier.name == "Acme Ltd"


def test_archiving_twice_is_once():
    supplier = SupplierFactory()
    user = member(supplier.company)

    actions.archive(supplier=supplier, by=user)
    actions.archive(supplier=supplier, by=user)

    assert audit.trail(supplier).count() == 1
    assert not supplier.company.suppliers.active().exists()


def test_a_restored_supplier_is_active():
    supplier = SupplierFactory()
    user = member(supplier.company)
    actions.archive(supplier=supplier, by=user)

    actions.restore(supplier=supplier, by=user)

    assert list(supplier.company.suppliers.active()) == [supplier]


def test_changed_bank_details_keep_the_earlier_ones():
    supplier = SupplierFactory()
    first = paid_to(supplier)

    second = paid_to(supplier, NEW, seen=[first.pk])

    first.refresh_from_db()
    assert first.account_number == "55779911"
    assert first.archived_at is not None and first.archived_by is not None
    assert list(supplier.bank_accounts.live()) == [second]


def test_the_trail_of_bank_details_shows_the_last_four_characters_only():
    supplier = SupplierFactory(name="Acme")
    first = paid_to(supplier)

    paid_to(supplier, NEW, seen=[first.pk], reason="confirmed by phone")

    event = audit.trail(supplier)[0]
    assert event.summary == "GBP bank details of Acme changed from ••••9911 to ••••0604 (confirmed by phone)"
    assert "55779911" not in str(event.detail) and "31510604" not in str(event.detail)


def test_the_same_bank_details_again_leave_nothing():
    supplier = SupplierFactory()
    first = paid_to(supplier)

    assert paid_to(supplier) == first
    assert supplier.bank_accounts.count() == 1


def test_bank_details_that_someone_else_changed_meanwhile_are_not_overwritten():
    supplier = SupplierFactory()
    first = paid_to(supplier)

    with pytest.raises(actions.Stale, match="changed by someone else"):
        paid_to(supplier, NEW)

    assert list(supplier.bank_accounts.live()) == [first]


def test_each_currency_has_its_own_account():
    supplier = SupplierFactory()
    first = paid_to(supplier)
    euro = BankDetails(holder="Acme", currency="EUR", iban="DE89370400440532013000")

    second = paid_to(supplier, euro)

    assert set(supplier.bank_accounts.live()) == {first, second}


def test_removed_bank_details_stay_in_the_history():
    supplier = SupplierFactory()
    account = paid_to(supplier)

    actions.remove_bank_details(account=account, by=member(supplier.company))

    assert not supplier.bank_accounts.live().exists()
    assert audit.trail(supplier)[0].verb == "supplier.bank_details_removed"
