"""Bank details are entered by one person and checked by another."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from billpay.companies import audit
from billpay.companies.models import AuditEvent, Role
from billpay.suppliers import actions, bank_details
from billpay.suppliers.actions import BankDetails
from billpay.suppliers.models import SupplierBankAccount
from tests.factories import CompanyFactory, SupplierFactory, member

pytestmark = pytest.mark.django_db

GBP = BankDetails(holder="Kestrel Glass", currency="GBP", sort_code="200000", account_number="55779911")
NEW = replace(GBP, account_number="31510604")


@pytest.fixture
def company():
    return CompanyFactory(slug="acme")


@pytest.fixture
def supplier(company):
    return SupplierFactory(company=company, name="Kestrel Glass", phone="01736 555 0142")


@pytest.fixture
def maker(company):
    return member(company, Role.BOOKKEEPER, name="Ben")


@pytest.fixture
def checker(company):
    return member(company, Role.APPROVER, name="Ana")


@pytest.fixture
def account(supplier, maker):
    return actions.set_bank_details(supplier=supplier, details=GBP, seen=(), by=maker, reason="Their first invoice")


def url(name, supplier, *args):
    return reverse(f"suppliers:{name}", args=["acme", supplier.pk, *args])


def test_a_second_person_checks_and_says_how(account, supplier, checker):
    checked = actions.check_bank_details(account=account, by=checker, how=" called the  number on the contract ")

    assert checked.is_checked
    assert (checked.checked_by, checked.checked_how) == (checker, "called the number on the contract")
    event = audit.trail(supplier)[0]
    assert (event.verb, event.by) == ("supplier.bank_details_checked", checker)
    assert "••••9911" in event.summary and "called the number on the contract" in event.summary
    assert "55779911" not in str(event.detail)


def test_who_entered_them_cannot_check_them(account, maker):
    with pytest.raises(actions.OwnDetails, match="You entered these details; a second person checks them"):
        actions.check_bank_details(account=account, by=maker, how="I am sure")

    account.refresh_from_db()
    assert not account.is_checked


def test_not_even_an_operator_checks_what_they_entered(supplier):
    operator = member(supplier.company, Role.OWNER, is_superuser=True, is_staff=True)
    account = actions.set_bank_details(supplier=supplier, details=GBP, seen=(), by=operator)

    with pytest.raises(actions.OwnDetails):
        actions.check_bank_details(account=account, by=operator, how="I am sure")


@pytest.mark.parametrize("how", ["", "  "])
def test_a_check_without_words_is_refused(account, checker, how):
    with pytest.raises(actions.CheckRefused, match="Say how you checked them") as refused:
        actions.check_bank_details(account=account, by=checker, how=how)

    assert refused.value.field == "how"


def test_a_second_check_is_refused_and_says_who_did(account, checker, company):
    actions.check_bank_details(account=account, by=checker, how="Called")

    with pytest.raises(actions.CheckRefused, match="Ana checked these bank details on"):
        actions.check_bank_details(account=account, by=member(company), how="Called too")
    with pytest.raises(actions.CheckRefused, match="Ana checked"):
        actions.reject_bank_details(account=account, by=member(company), reason="Too late")


def test_what_is_not_in_use_any_more_is_not_checked(account, supplier, maker, checker):
    actions.set_bank_details(supplier=supplier, details=NEW, seen=[account.pk], by=maker)

    with pytest.raises(actions.CheckRefused, match="not in use any more"):
        actions.check_bank_details(account=account, by=checker, how="Called")


def test_new_details_wait_again(account, supplier, maker, checker):
    actions.check_bank_details(account=account, by=checker, how="Called")

    changed = actions.set_bank_details(supplier=supplier, details=NEW, seen=[account.pk], by=maker)

    assert not changed.is_checked
    assert list(supplier.bank_accounts.to_check()) == [changed]


def test_rejected_details_are_removed_and_the_reason_stays(account, supplier, checker):
    actions.reject_bank_details(account=account, by=checker, reason="They know of no change")

    assert not supplier.bank_accounts.live().exists()
    assert supplier.bank_accounts.get().archived_by == checker
    event = audit.trail(supplier)[0]
    assert event.verb == "supplier.bank_details_rejected"
    assert "They know of no change" in event.summary


def test_a_rejection_needs_a_reason(account, checker):
    with pytest.raises(actions.CheckRefused, match="Say why"):
        actions.reject_bank_details(account=account, by=checker, reason=" ")


def test_the_database_refuses_a_check_by_who_entered_them(account, maker):
    with (
        pytest.raises(IntegrityError, match="supplier_account_checked_by_a_second_person"),
        transaction.atomic(),
    ):
        SupplierBankAccount.objects.filter(pk=account.pk).update(
            checked_at=timezone.now(), checked_by=maker, checked_how="Surely"
        )


@pytest.mark.parametrize("left_out", ["checked_at", "checked_by", "checked_how"])
def test_the_database_refuses_half_a_check(account, checker, left_out):
    whole = {"checked_at": timezone.now(), "checked_by": checker, "checked_how": "Called"}
    half = {name: value for name, value in whole.items() if name != left_out}

    with pytest.raises(IntegrityError, match="supplier_account_checked_by_someone"), transaction.atomic():
        SupplierBankAccount.objects.filter(pk=account.pk).update(**half)


@pytest.mark.parametrize(
    "change",
    [
        {"account_number": "00000000"},
        {"holder": "Somebody Else"},
        {"created_by": None},
        {"checked_how": "Called somebody else"},
        {"checked_at": None, "checked_by": None, "checked_how": ""},
    ],
)
def test_the_database_refuses_to_rewrite_what_was_checked(account, checker, change):
    actions.check_bank_details(account=account, by=checker, how="Called")

    with pytest.raises(IntegrityError, match="can no longer change"), transaction.atomic():
        SupplierBankAccount.objects.filter(pk=account.pk).update(**change)


def test_the_database_refuses_to_bring_an_archived_account_back(account, checker):
    actions.reject_bank_details(account=account, by=checker, reason="Not theirs")

    with pytest.raises(IntegrityError, match="can no longer change"), transaction.atomic():
        SupplierBankAccount.objects.filter(pk=account.pk).update(archived_at=None, archived_by=None)


def test_the_page_shows_both_numbers_whole_who_entered_them_and_why(client, account, supplier, maker, checker):
    changed = actions.set_bank_details(
        supplier=supplier, details=NEW, seen=[account.pk], by=maker, reason="Letter of 3 March"
    )
    client.force_login(checker)

    page = client.get(url("bank_details_check", supplier, changed.pk)).text

    assert "55779911" in page and "31510604" in page
    assert "by Ben" in page and "Letter of 3 March" in page
    assert "01736 555 0142" in page and "do not rely on it" not in page


def test_the_page_warns_of_a_phone_number_that_was_changed_lately(client, account, supplier, maker, checker):
    actions.edit(supplier=supplier, values={"phone": "07700 900123"}, version=1, by=maker)
    client.force_login(checker)

    page = client.get(url("bank_details_check", supplier, account.pk)).text

    assert "which Ben changed on" in page and "do not rely on it" in page


def test_a_phone_number_changed_long_ago_is_relied_on(account, supplier, maker):
    actions.edit(supplier=supplier, values={"phone": "07700 900123"}, version=1, by=maker)

    later = timezone.localdate() + timedelta(days=31)

    assert bank_details.change(account, today=later).phone_changed is None


def test_it_is_checked_on_its_page(client, account, supplier, checker):
    client.force_login(checker)

    answer = client.post(url("bank_details_check", supplier, account.pk), {"how": "Called them"})

    assert answer.status_code == 303
    page = client.get(answer["Location"]).text
    assert "by Ana on" in page and "Called them" in page
    assert "second person" not in page


def test_it_is_rejected_on_its_page(client, account, supplier, checker):
    client.force_login(checker)

    empty = client.post(url("bank_details_rejection", supplier, account.pk), {"reason": ""})
    answer = client.post(url("bank_details_rejection", supplier, account.pk), {"reason": "Not theirs"})

    assert empty.status_code == 422 and "Say why they are not right." in empty.text
    assert answer.status_code == 303
    assert not supplier.bank_accounts.live().exists()


def test_who_entered_them_is_told_so(client, supplier, checker):
    own = actions.set_bank_details(supplier=supplier, details=GBP, seen=(), by=checker)
    client.force_login(checker)

    page = client.get(url("bank_details_check", supplier, own.pk)).text
    refused = client.post(url("bank_details_check", supplier, own.pk), {"how": "I am sure"})

    assert "You entered these details; a second person checks them." in page
    assert 'name="how"' not in page
    assert refused.status_code == 422 and "You entered these details" in refused.text
    own.refresh_from_db()
    assert not own.is_checked


def test_a_bookkeeper_sees_that_they_wait_and_checks_nothing(client, account, supplier, company):
    client.force_login(member(company, Role.BOOKKEEPER))
    tab = client.get(url("detail", supplier), {"tab": "bank"}).text

    assert "Waiting for a second person" in tab and "An approver or an owner checks them" in tab
    assert client.get(url("bank_details_check", supplier, account.pk)).status_code == 403
    assert client.post(url("bank_details_check", supplier, account.pk), {"how": "x"}).status_code == 403
    assert client.post(url("bank_details_rejection", supplier, account.pk), {"reason": "x"}).status_code == 403


def test_details_of_another_supplier_are_not_found(client, account, company, checker):
    client.force_login(checker)
    other = SupplierFactory(company=company)

    assert client.get(url("bank_details_check", other, account.pk)).status_code == 404


def test_a_company_without_the_check_shows_them_as_entered(client, company, account, supplier, checker):
    company.checks_bank_details = False
    company.save()
    client.force_login(checker)

    tab = client.get(url("detail", supplier), {"tab": "bank"}).text
    listed = client.get(reverse("suppliers:list", args=["acme"])).text

    assert "second person" not in tab and "In use" in tab
    assert "second person" not in listed and "to_check" not in listed


def test_the_list_finds_suppliers_whose_details_wait(client, company, account, supplier, checker):
    SupplierFactory(company=company, name="Steady")
    client.force_login(checker)

    everyone = client.get(reverse("suppliers:list", args=["acme"])).text
    narrowed = client.get(reverse("suppliers:list", args=["acme"]), {"show": "to_check"}).text

    assert "1 supplier has bank details that no second person has checked" in everyone
    assert "Kestrel Glass" in narrowed and "Steady" not in narrowed


def test_the_history_of_the_page_is_of_bank_details_alone(account, supplier, maker):
    actions.edit(supplier=supplier, values={"notes": "Closed on Mondays"}, version=1, by=maker)

    history = bank_details.change(account, today=timezone.localdate()).history

    assert [event.verb for event in history] == ["supplier.bank_details_added"]
    assert AuditEvent.objects.filter(verb="supplier.edited").exists()
