"""Money in: matched with refunds, refunds recorded from it, and voids of what was matched."""

import json
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from billpay.companies import audit
from billpay.money.value import Money
from billpay.payments import actions as payment_actions
from billpay.payments.actions import Order
from billpay.payments.models import Refund
from billpay.reconciliation import actions
from billpay.reconciliation.actions import AlreadyMatched, ReconciliationError
from billpay.reconciliation.models import Match
from billpay.reconciliation.offers import explain, offers_for
from tests.factories import (
    TODAY,
    BankAccountFactory,
    BankTransactionFactory,
    CompanyFactory,
    StatementFactory,
    SupplierFactory,
    header,
    make_bill,
    make_credit_note,
    make_payment,
    make_refund,
    member,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(TODAY)]
HTMX = {"HX-Request": "true"}


class Desk:
    """A company with an account, a supplier with credit, and Ana signed in."""

    def __init__(self, client):
        self.client = client
        self.company = CompanyFactory(slug="acme")
        self.ana = member(self.company, "approver", name="Ana")
        self.account = BankAccountFactory(company=self.company, name="Current")
        self.statement = StatementFactory(bank_account=self.account)
        self.power = SupplierFactory(company=self.company, name="PowerDirect Ltd")
        client.force_login(self.ana)

    def line(self, minor=50_00, **fields):
        fields = {"direction": "in", **fields}
        return BankTransactionFactory(statement=self.statement, amount_minor=minor, **fields)

    def note(self, minor=50_00, **fields):
        return make_credit_note(supplier=fields.pop("supplier", self.power), total_minor=minor, by=self.ana, **fields)

    def refund(self, minor=50_00, **fields):
        supplier = fields.pop("supplier", self.power)
        return make_refund(account=self.account, supplier=supplier, minor=minor, by=self.ana, **fields)

    def advance(self, minor=30_00):
        order = Order(supplier=self.power, amount=gbp(minor))
        return payment_actions.pay(company=self.company, header=header(self.account), order=order, by=self.ana)

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


def gbp(minor):
    return Money(minor, "GBP")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_one_line_matches_several_refunds_and_a_part_of_one(desk):
    first, second = desk.refund(20_00), desk.refund(40_00)
    line = desk.line(50_00)

    actions.match(transaction=line, pairs=[(first, gbp(20_00)), (second, gbp(30_00))], by=desk.ana)

    assert (fresh(line).unmatched_minor, fresh(second).unmatched_minor) == (0, 10_00)
    assert "matched with REF-00001 from PowerDirect Ltd" in audit.trail(line)[1].summary
    assert audit.trail(second)[0].verb == "refund.matched"


def test_more_than_the_refund_has_is_refused(desk):
    refund = desk.refund(20_00)

    with pytest.raises(ReconciliationError, match="REF-00001 has 20.00 GBP left to match; 20.01 GBP is too much"):
        actions.match(transaction=desk.line(), pairs=[(refund, gbp(20_01))], by=desk.ana)


def test_money_out_is_not_matched_with_a_refund(desk):
    with pytest.raises(ReconciliationError, match="money out"):
        actions.match(transaction=desk.line(direction="out"), pairs=[(desk.refund(), gbp(50_00))], by=desk.ana)


def test_a_void_refund_and_one_into_another_account_are_refused(desk):
    void = desk.refund()
    payment_actions.void_refund(refund=void, on=TODAY, reason="Bounced", by=desk.ana)
    savings = BankAccountFactory(company=desk.company, name="Savings")
    elsewhere = make_refund(account=savings, supplier=desk.power, by=desk.ana)

    with pytest.raises(ReconciliationError, match="only refunds received"):
        actions.match(transaction=desk.line(), pairs=[(void, gbp(50_00))], by=desk.ana)
    with pytest.raises(ReconciliationError, match="arrived in Savings"):
        actions.match(transaction=desk.line(), pairs=[(elsewhere, gbp(50_00))], by=desk.ana)


def test_unmatch_gives_both_sides_back(desk):
    refund, line = desk.refund(), desk.line()
    [row] = actions.match(transaction=line, pairs=[(refund, gbp(50_00))], by=desk.ana)

    actions.unmatch(company=desk.company, group=row.group, by=desk.ana)

    assert fresh(line).unmatched_minor == fresh(refund).unmatched_minor == 50_00
    with pytest.raises(AlreadyMatched, match="undone by Ana"):
        actions.unmatch(company=desk.company, group=row.group, by=desk.ana)


def test_offers_name_the_credit_note_and_the_supplier(desk):
    refund = make_refund(account=desk.account, credit_note=desk.note(number="CN-471"), by=desk.ana)
    line = desk.line(payee="POWERDIRECT", description="CN471")

    offer = offers_for(desk.account, [line]).by_transaction[line.pk]

    assert offer.certain
    assert offer.best.candidate.parts == ((refund.pk, 50_00),)
    assert explain(line, [refund]) == [
        "Credit note CN-471 found in the text",
        "Amount equal",
        "Supplier name found in the text",
        "Same day",
    ]


def test_refunds_of_one_supplier_are_found_by_their_sum(desk):
    desk.refund(20_00)
    desk.refund(30_00)
    line = desk.line(50_00)

    best = offers_for(desk.account, [line]).by_transaction[line.pk].best

    assert next(reason.words for reason in best.reasons) == "Sum of 2 refunds equal"


def test_payments_are_no_candidates_for_money_in_nor_refunds_for_money_out(desk):
    make_payment(account=desk.account, bill=make_bill(supplier=desk.power, total_minor=50_00), by=desk.ana)
    into = desk.line(50_00)
    desk.refund(60_00)
    out = desk.line(60_00, direction="out")

    offers = offers_for(desk.account, [into, out]).by_transaction

    assert not offers[into.pk].suggestions
    assert not offers[out.pk].suggestions


def test_offers_for_many_lines_take_as_many_queries_as_for_few(desk, django_assert_max_num_queries):
    lines = []
    for n in range(8):
        desk.refund(10_00 + n)
        lines.append(desk.line(10_00 + n, description=f"REF-{n:05d}"))
    lines.append(desk.line(999_00))

    with django_assert_max_num_queries(8):
        offers_for(desk.account, lines)


def test_the_queue_offers_the_refund_and_a_click_matches_it(desk):
    refund, line = desk.refund(), desk.line(description="REF-00001")

    page = desk.get("account", desk.account.pk)
    answer = desk.post("match", line.pk, data={"refund": refund.pk, "from": "list"}, headers=HTMX)

    assert "Refund number REF-00001 found in the text" in page.text
    assert f'name="refund" value="{refund.pk}"' in page.text
    assert "matched with REF-00001" in answer.text
    assert Match.objects.get().refund == refund


def test_a_line_without_a_refund_leads_to_recording_one(desk):
    line = desk.line()

    assert desk.url("refund", line.pk) in desk.get("account", desk.account.pk).text
    assert desk.url("refund", line.pk) in desk.get("transaction", line.pk).text


@pytest.mark.parametrize("query", ["?q=power", "?q=ref-00001", "?q=CN-9", "?amount=50", "?after=2026-03-16"])
def test_refunds_are_found(desk, query):
    refund = make_refund(account=desk.account, credit_note=desk.note(number="CN 9"), by=desk.ana)
    desk.refund(40_00, supplier=SupplierFactory(company=desk.company, name="Kestrel"), received_on=TODAY - timedelta(9))

    found = desk.get("transaction", desk.line(999_00).pk, query=query).context["found"]

    assert [each.paid for each in found] == [refund]


def test_typed_amounts_of_several_refunds_are_matched(desk):
    first, second, line = desk.refund(20_00), desk.refund(40_00), desk.line(50_00)
    ticked = {"refund": [first.pk, second.pk], f"amount-refund-{second.pk}": "15.00", "left": 50_00}

    shown = desk.get("selection", line.pk, query=f"?refund={first.pk}&refund={second.pk}", headers=HTMX)
    answer = desk.post("match", line.pk, data=ticked)

    assert "more than the line has" in shown.text
    assert answer.status_code == 303
    assert (fresh(line).unmatched_minor, fresh(second).unmatched_minor) == (15_00, 25_00)


def test_another_companys_refund_is_not_found(desk):
    theirs = make_refund(account=BankAccountFactory())

    assert desk.post("match", desk.line().pk, data={"refund": theirs.pk}).status_code == 404


def test_certain_refunds_are_matched_by_the_command(desk):
    desk.refund(20_00)
    desk.line(20_00, description="REF-00001")
    out = StringIO()

    call_command("match_transactions", company="acme", by=desk.ana.email, as_json=True, stdout=out)

    [match] = json.loads(out.getvalue())["accounts"][0]["matches"]
    assert (match["refund"], match["amount_minor"]) == ("REF-00001", 20_00)


def test_the_matched_tab_shows_refunds(desk):
    refund, line = desk.refund(), desk.line()
    actions.match(transaction=line, pairs=[(refund, gbp(50_00))], by=desk.ana)

    assert "REF-00001" in desk.get("account", desk.account.pk, query="?tab=matched").text
    assert "REF-00001" in desk.get("transaction", line.pk).text


# Recording a refund from a line


def sent(desk, line, **fields):
    page = desk.get("refund", line.pk)
    return {"key": str(page.context["form"]["key"].value()), "supplier": desk.power.pk, "left": 50_00, **fields}


def test_the_page_guesses_who_sent_it_and_from_what(desk):
    desk.note(80_00)
    named = desk.note(60_00, number="CN-471")
    line = desk.line(payee="SOMEONE", description="REFUND CN471")

    page = desk.get("refund", line.pk)

    assert page.context["supplier"] == desk.power
    assert page.context["why"] == "Credit note CN-471 found in the text"
    assert page.context["shares"] == {f"note-{named.pk}": gbp(50_00)}
    assert page.context["form"]["received_on"].value() == line.booked_on.isoformat()


def test_a_refund_is_made_and_matched_in_one_go(desk):
    note, advance, line = desk.note(40_00), desk.advance(), desk.line(50_00, payee="POWERDIRECT")
    keys = [f"note-{note.pk}", f"payment-{advance.pk}"]
    data = sent(desk, line, source=keys, **{f"amount-{keys[0]}": "40.00", f"amount-{keys[1]}": "10.00"})

    answer = desk.post("refund", line.pk, data=data)
    again = desk.post("refund", line.pk, data=data)

    refund = Refund.objects.get()
    assert answer["Location"] == again["Location"] == desk.url("account", desk.account.pk)
    assert (refund.amount_minor, refund.received_on, refund.unmatched_minor) == (50_00, line.booked_on, 0)
    assert (fresh(note).remaining_minor, fresh(advance).on_account) == (0, gbp(20_00))
    assert fresh(line).unmatched_minor == 0


def test_a_line_may_be_explained_in_part(desk):
    note, line = desk.note(30_00), desk.line(50_00)

    desk.post("refund", line.pk, data=sent(desk, line, source=f"note-{note.pk}", **{f"amount-note-{note.pk}": "30"}))

    assert fresh(line).unmatched_minor == 20_00


def test_more_than_the_line_has_stores_nothing(desk):
    note, line = desk.note(80_00), desk.line(50_00)
    data = sent(desk, line, source=f"note-{note.pk}", **{f"amount-note-{note.pk}": "50.01"})

    page = desk.post("refund", line.pk, data=data)

    assert page.status_code == 422
    assert "0.01 GBP too much" in page.text
    assert not Refund.objects.exists()
    assert fresh(note).remaining_minor == 80_00


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"source": []}, "Tick at least one credit note or payment"),
        ({"amount": "80.01"}, "has 80.00 GBP left; 80.01 GBP is too much"),
        ({"source": ["note-987654"]}, "no longer free credit"),
        ({"received_on": "2026-03-17"}, "cannot be dated in the future"),
        ({"amount": ""}, "Enter"),
    ],
)
def test_what_is_wrong_is_said_and_the_form_kept(desk, fields, words):
    note, line = desk.note(80_00), desk.line(50_00)
    amount = fields.pop("amount", "50.00")
    data = sent(desk, line, source=f"note-{note.pk}", reference="Kept", **{f"amount-note-{note.pk}": amount}) | fields

    page = desk.post("refund", line.pk, data=data)

    assert page.status_code == 422
    assert words in page.text
    assert 'value="Kept"' in page.text
    assert not Refund.objects.exists()


def test_who_comes_second_is_told(desk):
    note, line = desk.note(80_00), desk.line(50_00)
    data = sent(desk, line, source=f"note-{note.pk}", **{f"amount-note-{note.pk}": "50.00"})
    actions.match(transaction=line, pairs=[(desk.refund(30_00), gbp(30_00))], by=desk.ana)

    page = desk.post("refund", line.pk, data=data)

    assert page.status_code == 409
    assert "was matched by Ana" in page.text


def test_the_running_total_is_the_servers(desk):
    note, line = desk.note(80_00), desk.line(50_00)
    query = f"?supplier={desk.power.pk}&source=note-{note.pk}&amount-note-{note.pk}=60"

    assert "more than the line has" in desk.get("refund_total", line.pk, query=query, headers=HTMX).text


def test_a_supplier_without_credit_says_what_to_do(desk):
    kestrel = SupplierFactory(company=desk.company, name="Kestrel")

    assert "Nothing to refund" in desk.get("refund", desk.line().pk, query=f"?supplier={kestrel.pk}").text
    assert "Who sent it back?" in desk.get("refund", desk.line().pk).text


def test_a_refund_in_foreign_currency_takes_its_rate(desk):
    account = BankAccountFactory(company=desk.company, currency="EUR")
    line = BankTransactionFactory(
        statement=StatementFactory(bank_account=account), amount_minor=50_00, direction="in", currency="EUR"
    )
    power = SupplierFactory(company=desk.company, currency="EUR")
    note = make_credit_note(supplier=power, total_minor=50_00, rate="0.9", by=desk.ana)
    data = sent(desk, line, source=f"note-{note.pk}", rate="0.8", **{f"amount-note-{note.pk}": "50.00"})

    desk.post("refund", line.pk, data={**data, "supplier": power.pk})

    assert Refund.objects.get().amount_base_minor == 40_00


# Voids and undoing, with what is said before


def test_the_void_page_of_a_refund_says_what_changes_and_does_it(desk):
    note = desk.note(50_00)
    refund = make_refund(account=desk.account, credit_note=note, by=desk.ana)
    line = desk.line()
    actions.match(transaction=line, pairs=[(refund, gbp(50_00))], by=desk.ana)

    page = desk.get("void_refund", refund.pk)
    assert fresh(refund).status == "completed"
    sent = {"key": page.context["form"]["key"].value(), "on": TODAY.isoformat(), "reason": "Bounced"}
    done, again = desk.post("void_refund", refund.pk, data=sent), desk.post("void_refund", refund.pk, data=sent)

    assert done["Location"] == again["Location"]
    assert page.context["foreseen"].changes[0].after.amount == gbp(50_00)
    assert page.context["untied"].lines[0].state_after == "to_review"
    assert (fresh(refund).status, fresh(note).remaining_minor, fresh(line).unmatched_minor) == ("void", 50_00, 50_00)


def test_a_closed_day_is_said_before_the_click_and_another_can_be_looked_at(desk):
    payment = make_payment(account=desk.account, bill=make_bill(supplier=desk.power), by=desk.ana)
    desk.company.locked_through = TODAY
    desk.company.save(update_fields=["locked_through"])

    proposed = desk.get("void_payment", payment.pk)
    asked = desk.get("void_payment", payment.pk, query="?on=2026-03-16", headers=HTMX)
    looked = desk.post("void_payment", payment.pk, data={"on": "2026-03-16", "reason": "Twice", "look": "1"})
    sent = {"key": proposed.context["form"]["key"].value(), "on": "2026-03-16", "reason": "Twice"}
    refused = desk.post("void_payment", payment.pk, data=sent)

    assert proposed.context["form"]["on"].value() == "2026-03-17"
    assert "in a period that is closed" in proposed.text
    assert "This day will be refused" in asked.text
    assert "<html" not in asked.text
    assert looked.status_code == 200
    assert 'value="Twice"' in looked.text
    assert refused.status_code == 422
    assert fresh(payment).status == "completed"


def test_a_match_is_undone_from_a_page_that_says_what_changes(desk):
    refund, line = desk.refund(), desk.line(60_00)
    [row] = actions.match(transaction=line, pairs=[(refund, gbp(50_00))], by=desk.ana)

    page = desk.get("undo", row.group, query=f"?transaction={line.pk}")
    assert fresh(line).matched_minor == 50_00
    desk.post("undo", row.group, data={"transaction": line.pk})

    [shown] = page.context["untied"].lines
    assert (shown.before, shown.after) == (gbp(10_00), gbp(60_00))
    assert page.context["untied"].paid[0].state_after == "unmatched"
    assert fresh(line).matched_minor == 0
