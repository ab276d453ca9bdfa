"""When a bank account pays: its calendar, its rule and its weekly payment day."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from billpay.banking.models import BankAccount
from billpay.companies import audit
from tests.factories import BankAccountFactory, CompanyFactory, member

pytestmark = pytest.mark.django_db

CHRISTMAS = date(2026, 12, 25)


@pytest.fixture
def company():
    return CompanyFactory(slug="harbour")


@pytest.fixture
def owner(client, company):
    user = member(company)
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({}, CHRISTMAS),
        ({"calendar": "uk"}, date(2026, 12, 29)),
        ({"calendar": "uk", "day_rule": "previous"}, date(2026, 12, 24)),
        ({"calendar": "target"}, date(2026, 12, 28)),
    ],
)
def test_an_account_moves_a_day_by_its_own_calendar_and_rule(fields, day):
    assert BankAccount(**fields).business_day(CHRISTMAS) == day


def test_an_account_says_why_its_bank_is_closed():
    assert BankAccount(calendar="uk").closed_because(CHRISTMAS) == "Christmas Day"
    assert BankAccount().closed_because(CHRISTMAS) == ""


def test_a_weekly_payment_day_is_moved_too():
    account = BankAccount(calendar="uk", payment_weekday=4)

    assert account.next_payment_day(date(2026, 12, 17)) == date(2026, 12, 18)
    assert account.next_payment_day(date(2026, 12, 18)) == date(2026, 12, 29)
    assert BankAccount().next_payment_day(date(2026, 12, 17)) is None


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"calendar": "mars"}, "bank_account_calendar_known"),
        ({"day_rule": "later"}, "bank_account_day_rule_known"),
        ({"payment_weekday": 7}, "bank_account_payment_weekday_known"),
    ],
)
def test_the_database_refuses_days_that_nobody_knows(fields, name):
    account = BankAccountFactory()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        BankAccount.objects.filter(pk=account.pk).update(**fields)


def test_payment_days_are_entered_and_shown(client, owner, company):
    account = BankAccountFactory(company=company, name="Current account")
    sent = {
        "name": "Current account",
        "calendar": "uk",
        "day_rule": "modified",
        "payment_weekday": "4",
        "waits_for_outcome": "on",
    }

    client.post(reverse("banking:edit", args=["harbour", account.pk]), sent)

    account.refresh_from_db()
    assert (account.calendar, account.day_rule) == ("uk", "modified")
    assert (account.payment_weekday, account.waits_for_outcome) == (4, True)
    event = audit.trail(account)[0]
    assert event.detail["after"]["payment_weekday"] == 4
    assert "bank holidays" in event.summary and "weekly payment day" in event.summary
    with time_machine.travel(datetime(2026, 12, 18, 12, tzinfo=UTC), tick=False):
        client.force_login(owner)
        page = client.get(reverse("banking:details", args=["harbour", account.pk])).text
    assert "closed next on Friday 25 December 2026, Christmas Day" in page
    assert "next on Tuesday 29 December 2026" in page
    assert "wait for the bank’s outcome" in page


def test_the_form_shows_what_was_entered(client, owner, company):
    account = BankAccountFactory(company=company, calendar="target", payment_weekday=0)

    page = client.get(reverse("banking:edit", args=["harbour", account.pk])).text

    assert '<option value="target" selected>' in page
    assert '<option value="0" selected>' in page


def test_a_rule_that_nobody_knows_is_refused(client, owner, company):
    page = client.post(
        reverse("banking:new", args=["harbour"]), {"name": "Account", "currency": "GBP", "day_rule": "later"}
    )

    assert page.status_code == 422
    assert not company.bank_accounts.exists()
