"""The reconciliation pages, with and without htmx, and who may use them."""

import json
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from billpay.bills import actions as bills
from billpay.companies import navigation
from billpay.money.value import Money
from billpay.payments.models import Payment
from billpay.reconciliation import actions
from billpay.reconciliation.models import Match
from tests.factories import (
    TODAY,
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    make_batch,
    make_bill,
    make_draft,
    make_payment,
    member,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(TODAY)]
HTMX = {"HX-Request": "true"}


class Desk:
    """A company with an account, a supplier, and Ana signed in."""

    def __init__(self, client):
        self.client = client
        self.company = CompanyFactory(slug="acme")
        self.ana = member(self.company, "approver", name="Ana")
        self.account = BankAccountFactory(company=self.company, name="Current")
        self.statement = StatementFactory(bank_account=self.account)
        self.power = SupplierFactory(company=self.company, name="PowerDirect Ltd")
        client.force_login(self.ana)

    def line(self, minor=135_85, **fields):
        return BankTransactionFactory(statement=self.statement, amount_minor=minor, **fields)

    def bill(self, minor=135_85, **fields):
        return make_bill(supplier=fields.pop("supplier", self.power), total_minor=minor, by=self.ana, **fields)

    def pay(self, minor=135_85, **fields):
        return make_payment(account=self.account, bill=self.bill(minor, **fields), by=self.ana)

    def url(self, name, *args):
        return reverse(f"reconciliation:{name}", args=["acme", *args])

    def get(self, name, *args, query="", **extra):
        return self.client.get(self.url(name, *args) + query, **extra)

    def post(self, name, *args, data=None, **extra):
        key = {"key": uuid.uuid4()} if name == "match" else {}
        return self.client.post(self.url(name, *args), {**key, **(data or {})}, **extra)


@pytest.fixture
def desk(client):
    return Desk(client)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_start_goes_to_the_only_account(desk):
    assert desk.get("start")["Location"] == desk.url("account", desk.account.pk)


def test_start_lets_choose_among_several(desk):
    BankAccountFactory(company=desk.company, name="Savings")

    assert "Savings" in desk.get("start").text


def test_the_queue_shows_the_suggestion_and_its_reasons(desk):
    desk.pay(number="INV-4711")
    desk.line(payee="POWERDIRECT", description="INV4711")

    page = desk.get("account", desk.account.pk).text

    assert "Reference INV-4711 found in the text" in page
    assert "Amount equal" in page
    assert "Match the certain one" in page


def test_twins_are_a_choice_without_a_default(desk):
    desk.pay()
    desk.pay()
    line = desk.line()

    page = desk.get("account", desk.account.pk)

    assert "2 payments fit equally well" in page.text
    assert page.context["rows"][0].best is None
    assert page.text.count(f'action="{desk.url("match", line.pk)}"') == 2


def test_queries_of_the_queue_do_not_grow_with_its_lines(desk, django_assert_max_num_queries):
    for n in range(15):
        desk.pay(10_00 + n)
        desk.line(10_00 + n)

    with django_assert_max_num_queries(36):
        desk.get("account", desk.account.pk)


def test_match_without_htmx_goes_back_to_the_list_with_an_undo(desk):
    payment, line = desk.pay(), desk.line()

    answer = desk.post("match", line.pk, data={"payment": payment.pk, "left": line.amount_minor})

    assert answer.status_code == 303
    assert fresh(line).unmatched_minor == 0
    assert "Undo" in desk.client.get(answer["Location"]).text


def test_match_with_htmx_swaps_the_row_and_the_header(desk):
    payment, line = desk.pay(), desk.line()

    answer = desk.post("match", line.pk, data={"payment": payment.pk, "from": "list"}, headers=HTMX)

    assert answer.status_code == 200
    assert f'id="tx-{line.pk}"' in answer.text
    assert 'id="recon-head" hx-swap-oob="true"' in answer.text
    assert "1 of 1 reconciled" in answer.text
    assert "<html" not in answer.text


def test_a_matched_payment_leads_to_its_line(desk):
    payment, line = desk.pay(), desk.line()

    desk.post("match", line.pk, data={"payment": payment.pk})

    page = desk.client.get(reverse("payments:detail", args=[payment.company.slug, payment.pk]))
    assert f'href="{desk.url("transaction", line.pk)}"' in page.text


def test_match_stores_the_reasons(desk):
    payment, line = desk.pay(number="INV-4711"), desk.line(description="INV-4711")

    desk.post("match", line.pk, data={"payment": payment.pk})

    assert "Reference INV-4711 found in the text" in Match.objects.get().reasons


def test_several_payments_with_typed_amounts_are_matched(desk):
    first, second, line = desk.pay(100_00), desk.pay(80_00), desk.line(130_00)

    desk.post("match", line.pk, data={"payment": [first.pk, second.pk], f"amount-{second.pk}": "30.00"})

    assert fresh(line).unmatched_minor == 0
    assert fresh(second).unmatched_minor == 50_00


def test_more_than_the_line_has_is_refused_in_words(desk):
    payment, line = desk.pay(200_00), desk.line(100_00)

    answer = desk.post("match", line.pk, data={"payment": payment.pk})

    assert answer.status_code == 422
    assert "100.00 GBP left to match" in answer.text
    assert not Match.objects.exists()


@pytest.mark.parametrize("amount", ["abc", "1e5", "0", "-5", "9" * 40])
def test_an_amount_that_cannot_be_read_is_422(desk, amount):
    payment, line = desk.pay(), desk.line()

    answer = desk.post("match", line.pk, data={"payment": payment.pk, f"amount-{payment.pk}": amount})

    assert answer.status_code == 422
    assert not Match.objects.exists()


def test_a_whole_batch_is_matched(desk):
    bills = [desk.bill(minor, supplier=SupplierFactory(company=desk.company)) for minor in (1_00, 2_00, 3_00)]
    batch, line = make_batch(account=desk.account, bills=bills, by=desk.ana), desk.line(6_00)

    desk.post("match", line.pk, data={"batch": batch.pk})

    assert fresh(line).unmatched_minor == 0
    assert Match.objects.count() == 3


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_match_sent_twice_is_answered_as_the_first_time(desk, headers):
    payment, other, line = desk.pay(), desk.pay(), desk.line()
    form = {"key": uuid.uuid4(), "payment": payment.pk, "from": "list"}

    first, second = (desk.post("match", line.pk, data=form, headers=headers) for _ in range(2))
    reused = desk.post("match", line.pk, data={**form, "payment": other.pk}, headers=headers)

    assert first.status_code == second.status_code == (200 if headers else 303)
    assert reused.status_code == 422
    assert Match.objects.count() == 1


def test_a_batch_matched_twice_by_one_form_is_matched_once(desk):
    bills = [desk.bill(1_00), desk.bill(2_00)]
    batch, line = make_batch(account=desk.account, bills=bills, by=desk.ana), desk.line(3_00)
    form = {"key": uuid.uuid4(), "batch": batch.pk}

    assert [desk.post("match", line.pk, data=form).status_code for _ in range(2)] == [303, 303]
    assert Match.objects.count() == 2


def test_a_match_without_its_key_is_refused(desk):
    payment, line = desk.pay(), desk.line()

    answer = desk.client.post(desk.url("match", line.pk), {"payment": payment.pk})

    assert answer.status_code == 422 and "without its key" in answer.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_who_comes_second_is_told_who_was_first(desk, headers):
    payment, other, line = desk.pay(), desk.pay(), desk.line()
    actions.match(transaction=line, pairs=[(payment, payment.unmatched)], by=desk.ana)

    answer = desk.post("match", line.pk, data={"payment": other.pk, "from": "list"}, headers=headers)

    assert answer.status_code == 409
    assert "matched by Ana on" in answer.text
    assert Match.objects.count() == 1


def test_undo_brings_the_line_back(desk):
    payment, line = desk.pay(), desk.line()
    [row] = actions.match(transaction=line, pairs=[(payment, payment.unmatched)], by=desk.ana)

    answer = desk.post("undo", row.group, data={"transaction": line.pk, "from": "list"}, headers=HTMX)

    assert answer.status_code == 200
    assert fresh(line).unmatched_minor == 135_85


def test_undo_of_an_unknown_group_is_404(desk):
    assert desk.post("undo", uuid.uuid4()).status_code == 404


def test_find_looks_by_amount_supplier_and_bill(desk):
    desk.pay(77_00, number="KIT-9")
    desk.pay(88_00, supplier=SupplierFactory(company=desk.company, name="Kestrel"))
    line = desk.line(500_00)

    for query in ("?amount=77", "?q=power", "?q=kit9"):
        found = desk.get("transaction", line.pk, query=query).context["found"]
        assert [each.paid.amount_minor for each in found] == [77_00]


def test_the_running_total_is_the_servers(desk):
    payment, line = desk.pay(200_00), desk.line(150_00)

    answer = desk.get("selection", line.pk, query=f"?payment={payment.pk}&amount-{payment.pk}=120", headers=HTMX)

    assert "£120.00" in answer.text
    assert "£30.00" in answer.text


def test_a_line_is_excluded_with_a_reason_and_brought_back(desk):
    line = desk.line()

    assert desk.post("exclusion", line.pk).status_code == 422
    desk.post("exclusion", line.pk, data={"reason": "Transfer to savings"})
    assert fresh(line).excluded_reason == "Transfer to savings"
    desk.post("exclusion", line.pk, data={"action": "include"})
    assert fresh(line).excluded_at is None


def test_paying_from_a_line_defaults_to_its_amount_and_day(desk):
    line = desk.line(100_00, payee="POWERDIRECT", booked_on=TODAY - timedelta(days=3))
    bill = desk.bill(135_85)

    page = desk.get("payment", line.pk)
    assert 'value="100.00"' in page.text
    answer = desk.post("payment", line.pk, data={"key": uuid.uuid4(), "bill": bill.pk, f"amount-{bill.pk}": "100.00"})

    assert answer.status_code == 303
    payment = Payment.objects.get()
    assert payment.paid_on == TODAY - timedelta(days=3)
    assert fresh(bill).outstanding_minor == 35_85
    assert fresh(line).unmatched_minor == 0


def test_paying_from_a_line_twice_with_one_key_pays_once(desk):
    line, bill = desk.line(), desk.bill()
    data = {"key": uuid.uuid4(), "bill": bill.pk, f"amount-{bill.pk}": "135.85", "left": 135_85}

    first, second = desk.post("payment", line.pk, data=data), desk.post("payment", line.pk, data=data)

    assert first["Location"] == second["Location"]
    assert Payment.objects.count() == 1


def test_paying_more_than_the_line_has_stores_nothing(desk):
    line, bill = desk.line(100_00), desk.bill(135_85)

    answer = desk.post("payment", line.pk, data={"key": uuid.uuid4(), "bill": bill.pk, f"amount-{bill.pk}": "135.85"})

    assert answer.status_code == 422
    assert "35.85 GBP too much" in answer.text
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    "data", [{}, {"bill": "x"}, {"key": "nonsense"}, {"paid_on": "31/31/2026"}, {"amount": "1,2,3"}]
)
def test_a_broken_pay_form_is_refused_and_never_fails(desk, data):
    line, bill = desk.line(), desk.bill()
    sent = {"key": uuid.uuid4(), **data}
    if "amount" in sent:
        sent |= {"bill": bill.pk, f"amount-{bill.pk}": sent.pop("amount")}

    assert desk.post("payment", line.pk, data=sent).status_code in {404, 422}
    assert not Payment.objects.exists()


def test_what_is_left_of_a_line_stays_on_account_when_asked(desk):
    line, bill = desk.line(150_00), desk.bill(100_00)

    desk.post("payment", line.pk, data={"key": uuid.uuid4(), "bill": bill.pk, f"amount-{bill.pk}": "100", "rest": "on"})

    assert Payment.objects.get().on_account == Money(50_00, "GBP")
    assert fresh(line).unmatched_minor == 0


def test_certain_ones_are_reviewed_matched_and_undone_together(desk):
    desk.pay(50_00, number="INV-1001")
    line, unsure = desk.line(50_00, description="INV-1001"), desk.line(60_00)
    page = desk.get("certain", desk.account.pk)
    [row] = page.context["rows"]

    answer = desk.post("certain", desk.account.pk, data={"match": f"{line.pk}:{row.best.key}"})

    assert answer.status_code == 303
    assert fresh(line).unmatched_minor == 0
    assert fresh(unsure).unmatched_minor == 60_00
    desk.post("undo", Match.objects.get().group)
    assert fresh(line).unmatched_minor == 50_00


def test_a_bill_on_hold_is_shown_with_its_reason_and_not_proposed(desk):
    held, other = desk.bill(135_85), desk.bill(50_00)
    bills.hold(bill=held, reason="Goods are missing", until=None, today=TODAY, by=desk.ana)

    page = desk.get("payment", desk.line(135_85).pk)

    assert page.context["shares"] == {other.pk: Money(50_00, "GBP")}
    assert f"Bill {held.number} is on hold: Goods are missing. Lift the hold to pay it." in page.content.decode()
    assert f'name="amount-{held.pk}"' not in page.content.decode()


def test_the_void_page_says_what_changes_and_changes_nothing(desk):
    bill = desk.bill(135_85)
    payment = make_payment(account=desk.account, bill=bill, by=desk.ana)
    line = desk.line()
    actions.match(transaction=line, pairs=[(payment, payment.unmatched)], by=desk.ana)

    page = desk.get("void_payment", payment.pk)

    assert page.context["foreseen"].changes[0].after.amount == Money(135_85, "GBP")
    assert page.context["untied"].lines[0].after == Money(135_85, "GBP")
    assert fresh(payment).status == "completed"


def test_the_void_page_is_a_place_of_payments(desk):
    page = desk.get("void_payment", desk.pay().pk)

    groups = navigation.groups(desk.company, page.resolver_match)
    assert [item.label for group in groups for item in group.items if item.current] == ["Payments"]


def test_the_void_page_says_what_can_be_done_with_a_draft_instead(desk):
    draft = make_draft(account=desk.account, bill=desk.bill(), by=desk.ana)

    page = desk.get("void_payment", draft.pk)

    assert "nothing was paid. Delete it instead." in page.content.decode()


def test_voiding_a_matched_payment_returns_its_line(desk):
    payment, line = desk.pay(), desk.line()
    actions.match(transaction=line, pairs=[(payment, payment.unmatched)], by=desk.ana)

    sent = {"key": uuid.uuid4(), "on": TODAY.isoformat(), "reason": "Returned by the bank"}
    refused = desk.post("void_payment", payment.pk, data={**sent, "reason": ""})
    assert refused.status_code == 422
    done, again = desk.post("void_payment", payment.pk, data=sent), desk.post("void_payment", payment.pk, data=sent)

    assert done["Location"] == again["Location"]
    assert fresh(payment).status == "void"
    assert fresh(line).unmatched_minor == 135_85


def test_a_void_without_its_key_is_refused_in_words(desk):
    payment = desk.pay()

    refused = desk.post("void_payment", payment.pk, data={"on": TODAY.isoformat(), "reason": "Returned by the bank"})

    assert refused.status_code == 422
    assert "This form came without its key" in refused.content.decode()
    assert fresh(payment).status == "completed"


def test_a_viewer_sees_the_queue_and_can_change_nothing(desk):
    payment, line, bill = desk.pay(), desk.line(), desk.bill()
    [row] = actions.match(transaction=desk.line(), pairs=[(payment, Money(1_00, "GBP"))], by=desk.ana)
    desk.client.force_login(member(desk.company, "viewer"))

    assert desk.get("account", desk.account.pk).status_code == 200
    assert desk.get("transaction", line.pk).status_code == 200
    for answer in (
        desk.post("match", line.pk, data={"payment": payment.pk}),
        desk.post("exclusion", line.pk, data={"reason": "x"}),
        desk.post("undo", row.group),
        desk.get("payment", line.pk),
        desk.post("payment", line.pk, data={"key": uuid.uuid4(), "bill": bill.pk}),
        desk.get("certain", desk.account.pk),
        desk.post("certain", desk.account.pk),
        desk.get("void_payment", payment.pk),
        desk.post("void_payment", payment.pk),
    ):
        assert answer.status_code == 403


def test_ids_of_another_company_are_404_everywhere(desk):
    line = desk.line()
    theirs = SupplierFactory(name="Stranger")
    account = BankAccountFactory(company=theirs.company)
    bill = make_bill(supplier=theirs, total_minor=135_85)
    payment = make_payment(account=account, bill=make_bill(supplier=theirs))
    other_line = BankTransactionFactory(statement=StatementFactory(bank_account=account))

    for answer in (
        desk.get("account", account.pk),
        desk.get("transaction", other_line.pk),
        desk.get("void_payment", payment.pk),
        desk.post("match", other_line.pk, data={"payment": payment.pk}),
        desk.post("match", line.pk, data={"payment": payment.pk}),
        desk.post("match", line.pk, data={"batch": 999_999}),
        desk.post("payment", line.pk, data={"key": uuid.uuid4(), "bill": bill.pk, f"amount-{bill.pk}": "1"}),
        desk.get("payment", line.pk, query=f"?supplier={theirs.pk}"),
        desk.get("selection", line.pk, query=f"?payment={payment.pk}"),
    ):
        assert answer.status_code == 404
    assert not Match.objects.exists()


def run(**options):
    out = StringIO()
    call_command("match_transactions", company="acme", as_json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_the_command_matches_only_what_is_certain_once(desk):
    member(desk.company, "owner")
    desk.pay(50_00, number="INV-1001")
    line, _ = desk.line(50_00, description="INV-1001"), desk.line(60_00)

    assert run(dry_run=True)["lines"] == 1
    assert fresh(line).unmatched_minor == 50_00
    assert run()["lines"] == 1
    assert fresh(line).unmatched_minor == 0
    assert run()["lines"] == 0


def test_the_command_refuses_an_unknown_company(db):
    with pytest.raises(CommandError, match="no company"):
        call_command("match_transactions", company="nowhere")
