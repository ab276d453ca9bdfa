"""The operators' desk for bank accounts and the books."""

import pytest
from django.urls import reverse

from billpay.companies import audit
from billpay.companies.models import User
from tests.factories import BankAccountFactory, BankTransactionFactory, SupplierFactory, make_bill

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    user = User.objects.create_superuser("operator@example.test", "a long password")
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    "model",
    [
        "banking_bankaccount",
        "banking_statement",
        "banking_banktransaction",
        "ledger_nominalaccount",
        "ledger_taxrate",
        "ledger_trackingcategory",
        "ledger_journalentry",
    ],
)
def test_operators_see_every_record(client, operator, model):
    line = BankTransactionFactory()
    make_bill(supplier=SupplierFactory(company=line.company))
    line.company.tracking_categories.create(name="Warehouse")

    page = client.get(reverse(f"admin:{model}_changelist"), {"q": line.company.slug})
    assert page.status_code == 200

    row = page.context["cl"].queryset.first()
    assert client.get(reverse(f"admin:{model}_change", args=[row.pk])).status_code == 200
    assert client.post(reverse(f"admin:{model}_delete", args=[row.pk])).status_code == 403


def test_a_bank_account_is_archived_by_the_same_action_as_in_the_browser(client, operator):
    account = BankAccountFactory()

    client.post(
        reverse("admin:banking_bankaccount_changelist"), {"action": "archive", "_selected_action": [account.pk]}
    )

    account.refresh_from_db()
    assert account.archived_at is not None
    assert audit.trail(account).get().by == operator


def test_a_name_in_the_chart_is_mended_with_a_trace(client, operator):
    rate = BankAccountFactory().company.tax_rates.first()

    client.post(
        reverse("admin:ledger_taxrate_change", args=[rate.pk]),
        {"code": rate.code, "name": "Mended", "percent": rate.percent},
    )

    rate.refresh_from_db()
    assert rate.name == "Mended"
    assert audit.trail(rate).get().by == operator


def test_an_account_the_books_need_is_not_archived(client, operator):
    payables = BankAccountFactory().company.nominal_accounts.get(role="payables")

    page = client.post(
        reverse("admin:ledger_nominalaccount_changelist"),
        {"action": "archive", "_selected_action": [payables.pk]},
        follow=True,
    )

    assert "cannot be archived" in page.text
