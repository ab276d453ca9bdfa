import pytest
from django.urls import reverse

from billpay.companies import audit
from billpay.suppliers import actions
from billpay.suppliers.actions import BankDetails
from tests.factories import SupplierFactory, UserFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def test_a_correction_leaves_its_line_in_the_trail(client, operator):
    supplier = SupplierFactory(name="Acme")
    sent = {
        "name": "Acme Ltd", "terms": "days", "terms_days": "30",
        "discount_percent": "0", "discount_days": "0", "discount_tax": "reduced",
        "bank_accounts-TOTAL_FORMS": "0", "bank_accounts-INITIAL_FORMS": "0",
    }  # fmt: skip

    answer = client.post(reverse("admin:suppliers_supplier_change", args=[supplier.pk]), sent)

    assert answer.status_code == 302
    event = audit.trail(supplier).get()
    assert (event.by, event.summary) == (operator, "Supplier Acme Ltd changed: name Acme → Acme Ltd")


def test_suppliers_are_archived_and_never_deleted(client, operator):
    supplier = SupplierFactory()
    changelist = reverse("admin:suppliers_supplier_changelist")

    client.post(changelist, {"action": "archive", "_selected_action": [supplier.pk]})

    supplier.refresh_from_db()
    assert supplier.archived_at is not None
    assert client.get(reverse("admin:suppliers_supplier_delete", args=[supplier.pk])).status_code == 403


def test_operators_see_masked_numbers(client, operator):
    supplier = SupplierFactory()
    details = BankDetails(holder="Acme", currency="GBP", sort_code="200000", account_number="55779911")
    account = actions.set_bank_details(supplier=supplier, details=details, seen=set(), by=member(supplier.company))

    for address in (
        reverse("admin:suppliers_supplier_change", args=[supplier.pk]),
        reverse("admin:suppliers_supplierbankaccount_change", args=[account.pk]),
        reverse("admin:suppliers_supplierbankaccount_changelist"),
    ):
        page = client.get(address)
        assert "••••9911" in page.text and "55779911" not in page.text
