"""Importing statements: only what is new, twins kept, and back again while nothing leans on it (rule 20)."""

from datetime import date

import pytest

from billpay.banking import actions
from billpay.banking.models import BankAccount, BankTransaction, Direction, Statement
from billpay.banking.statements import ParsedStatement, StatementRow
from billpay.companies import audit
from billpay.money.value import Money
from tests.factories import (
    BankAccountFactory,
    StatementFactory,
    SupplierFactory,
    make_bill,
    make_match,
    make_payment,
    member,
)

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 16)
SOURCE = actions.Source("march.csv", "0" * 64)


def row(minor=-5_00, text="Card", *, on=DAY, **fields):
    return StatementRow(line_no=2, booked_on=on, minor=minor, description=text, **fields)


def parsed(*rows, opening=None, closing=None, currency="GBP"):
    return ParsedStatement(currency, rows, opening_minor=opening, closing_minor=closing)


def put(account, *rows, **options):
    balances = {name: options.pop(name) for name in ("opening", "closing", "currency") if name in options}
    return actions.import_statement(
        account=account, parsed=parsed(*rows, **balances), source=SOURCE, by=member(account.company), **options
    )


def bill_for(account, minor):
    return make_bill(supplier=SupplierFactory(company=account.company), total_minor=minor)


def counts(done):
    return done.new_count, done.known_count


def test_an_import_keeps_lines_unsigned_with_their_direction():
    account = BankAccountFactory()

    put(account, row(-5_00), row(7_00))

    lines = account.transactions.order_by("pk").values_list("direction", "amount_minor", "currency")
    assert list(lines) == [(Direction.OUT, 5_00, "GBP"), (Direction.IN, 7_00, "GBP")]
    assert audit.trail(account.statements.get()).get().summary == f"march.csv imported to {account.name}: 2 new"


def test_importing_again_adds_nothing_and_no_statement():
    account = BankAccountFactory()
    put(account, row(), row(7_00))

    again = put(account, row(), row(7_00))

    assert counts(again) == (0, 2)
    assert again.statement is None
    assert (account.transactions.count(), account.statements.count()) == (2, 1)


def test_a_file_that_overlaps_adds_only_what_is_new():
    account = BankAccountFactory()
    put(account, row(-1), row(-2))

    assert counts(put(account, row(-2), row(-3))) == (1, 1)


def test_twins_within_a_file_survive():
    account = BankAccountFactory()

    assert counts(put(account, row(), row())) == (2, 0)
    assert counts(put(account, row(), row())) == (0, 2)


def test_twins_split_over_two_files_add_exactly_one():
    account = BankAccountFactory()
    put(account, row())

    assert counts(put(account, row(), row())) == (1, 1)
    assert counts(put(account, row(), row(), row())) == (1, 2)


def test_spacing_and_case_make_no_other_line():
    account = BankAccountFactory()
    put(account, row(text="CARD  Payment"))

    assert counts(put(account, row(text="Card payment"))) == (0, 1)


@pytest.mark.parametrize("other", [row(-5_01), row(5_00), row(text="Other"), row(on=date(2026, 3, 17))])
def test_another_amount_sign_text_or_day_is_another_line(other):
    account = BankAccountFactory()
    put(account, row())

    assert counts(put(account, other)) == (1, 0)


def test_the_same_line_on_another_account_is_new():
    company_account = BankAccountFactory()
    put(company_account, row())

    assert counts(put(BankAccountFactory(company=company_account.company), row())) == (1, 0)


def test_the_bank_id_knows_a_line_whose_text_changed():
    account = BankAccountFactory()
    put(account, row(text="PENDING Card", bank_id="A1"))

    assert counts(put(account, row(text="Card 16 March", bank_id="A1"))) == (0, 1)


def test_another_bank_id_makes_a_twin():
    account = BankAccountFactory()
    put(account, row(bank_id="A1"))

    assert counts(put(account, row(bank_id="A2"))) == (1, 0)


def test_an_id_that_came_later_does_not_double_a_line():
    account = BankAccountFactory()
    put(account, row())

    assert counts(put(account, row(bank_id="A1"))) == (0, 1)


def test_an_id_that_is_twice_in_the_file_is_not_trusted():
    account = BankAccountFactory()
    put(account, row(bank_id="A1"), row(-7_00, bank_id="A1"))

    assert counts(put(account, row(bank_id="A1"), row(-7_00, bank_id="A1"), row(-9_00, bank_id="A1"))) == (1, 2)


def test_numbers_that_start_anew_in_each_file_are_no_ids():
    account = BankAccountFactory()
    put(account, row(-1, bank_id="1"), row(-2, bank_id="2"), row(-3, bank_id="3"))

    assert counts(put(account, row(-2, bank_id="1"), row(-3, bank_id="2"), row(-4, bank_id="3"))) == (1, 2)


def test_an_id_that_comes_back_next_month_does_not_swallow_the_line():
    account = BankAccountFactory()
    put(account, row(bank_id="RENT"))

    assert counts(put(account, row(bank_id="RENT", on=date(2026, 4, 16)))) == (1, 0)


def test_balances_that_add_up_are_kept():
    account = BankAccountFactory()

    done = put(account, row(-5_00), opening=100_00, closing=95_00)

    assert (done.statement.closing, done.statement.off_by_minor) == (Money(95_00, "GBP"), 0)


def test_a_difference_is_refused_until_told_otherwise():
    account = BankAccountFactory()

    with pytest.raises(actions.DoesNotAddUp, match=r"off by -434\.16 GBP"):
        put(account, row(-12_99), opening=15_568_27, closing=15_121_12)
    done = put(account, row(-12_99), opening=15_568_27, closing=15_121_12, accept_difference=True)

    assert done.statement.off_by_minor == -434_16


def test_an_archived_account_takes_no_statement():
    account = BankAccountFactory()
    actions.archive_account(account=account, by=member(account.company))

    with pytest.raises(actions.ImportRefused, match="archived"):
        put(account, row())


def test_another_currency_is_refused():
    with pytest.raises(actions.ImportRefused, match="EUR"):
        put(BankAccountFactory(), row(), currency="EUR")


def test_undo_takes_the_lines_away_and_leaves_a_trace():
    account = BankAccountFactory()
    done = put(account, row())

    actions.undo_import(statement=done.statement, by=member(account.company))

    assert not BankTransaction.objects.exists()
    assert not Statement.objects.exists()
    assert audit.trail(account).get().verb == "statement.undone"
    assert counts(put(account, row())) == (1, 0)


def test_undo_refuses_when_a_line_is_matched():
    account = BankAccountFactory()
    done = put(account, row())
    make_match(account.transactions.get(), 1)

    assert not actions.may_be_undone(done.statement)
    with pytest.raises(actions.ImportRefused, match="1 of its 1 transactions is matched or excluded"):
        actions.undo_import(statement=done.statement, by=member(account.company))


def test_undo_refuses_when_a_line_is_excluded():
    account = BankAccountFactory()
    done = put(account, row())
    actions.exclude(transaction=account.transactions.get(), reason="Transfer", by=member(account.company))

    with pytest.raises(actions.ImportRefused, match="matched or excluded"):
        actions.undo_import(statement=done.statement, by=member(account.company))


def test_undo_refuses_when_a_line_was_matched_before():
    account = BankAccountFactory()
    done = put(account, row())
    by = member(account.company)
    payment = make_payment(account=account, bill=bill_for(account, 5_00))
    account.company.matches.create(
        transaction=account.transactions.get(),
        payment=payment,
        amount_minor=5_00,
        created_by=by,
        undone_at="2026-03-17T10:00Z",
        undone_by=by,
    )

    with pytest.raises(actions.ImportRefused, match="matched before"):
        actions.undo_import(statement=done.statement, by=by)


def test_undo_refuses_when_a_later_import_left_out_the_same_lines():
    account = BankAccountFactory()
    first = put(account, row(-1), row(-2)).statement
    second = put(account, row(-2), row(-3)).statement
    by = member(account.company)

    with pytest.raises(actions.ImportRefused, match="Undo that one first"):
        actions.undo_import(statement=first, by=by)
    actions.undo_import(statement=second, by=by)
    actions.undo_import(statement=first, by=by)

    assert not BankTransaction.objects.exists()


def test_undo_twice_is_refused_in_words():
    account = BankAccountFactory()
    statement = put(account, row()).statement
    by = member(account.company)
    actions.undo_import(statement=statement, by=by)
    statement.pk = 12345

    with pytest.raises(actions.ImportRefused, match="undone already"):
        actions.undo_import(statement=statement, by=by)


def test_accounts_show_what_bank_and_books_say(django_assert_num_queries):
    account = BankAccountFactory()
    put(account, row(-5_00, on=date(2026, 3, 1)), opening=100_00, closing=95_00)
    put(account, row(-7_00, on=date(2026, 3, 9)))
    StatementFactory(bank_account=account, ends_on=date(2026, 2, 1), closing_minor=1)
    make_payment(account=account, bill=bill_for(account, 30_00))

    with django_assert_num_queries(1):
        found = BankAccount.objects.with_figures().select_related("company").get(pk=account.pk)
        shown = (found.statement_balance, found.books_balance, found.waiting)

    assert shown == (Money(88_00, "GBP"), Money(-30_00, "GBP"), 2)


def test_an_account_without_statements_has_no_balance_at_the_bank():
    found = BankAccount.objects.with_figures().select_related("company").get(pk=BankAccountFactory().pk)

    assert (found.statement_balance, found.books_balance, found.waiting) == (None, Money(0, "GBP"), 0)
