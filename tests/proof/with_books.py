"""With the bank, the books, the trail and what belongs to whom, one thing at a time."""

from __future__ import annotations

from typing import Any

from tests.proof.tampering import Row, of
from tests.proof.world import World


def entry(row: Row, kind: str = "") -> Row:
    """The first entry of a record, or the first of a kind."""

    def find(world: World) -> Any:
        source = row(world)
        entries = world.company.journal_entries.filter(source_kind=source._meta.model_name, source_id=source.pk)
        return (entries.filter(kind=kind) if kind else entries).order_by("pk")[0]

    return find


def line(row: Row, role: str = "payables", kind: str = "") -> Row:
    return lambda world: entry(row, kind)(world).lines.filter(account__role=role)[0]


BANK = (
    of(
        "a line of the bank is said to be free again",
        lambda world: world.line,
        "UPDATE banking_banktransaction SET matched_minor = 0 WHERE id = %s",
        "bank.matched_lines",
    ),
    of(
        "a payment is said to be free again",
        lambda world: world.paid,
        "UPDATE payments_payment SET matched_minor = 0 WHERE id = %s",
        "bank.matched_payments",
    ),
    of(
        "a refund is said to be free again",
        lambda world: world.refund,
        "UPDATE payments_refund SET matched_minor = 0 WHERE id = %s",
        "bank.matched_refunds",
    ),
    of(
        "money out becomes money in",
        lambda world: world.line,
        "UPDATE banking_banktransaction SET direction = 'in' WHERE id = %s",
        "bank.matches_fit",
        "bank.statements",
        tells=lambda world: world.match,
    ),
    of(
        "a line of a statement is gone",
        lambda world: world.excluded,
        "DELETE FROM banking_banktransaction WHERE id = %s",
        "bank.statements",
        tells=lambda world: world.statement,
    ),
    of(
        "a line is in another currency than its account",
        lambda world: world.excluded,
        "UPDATE banking_banktransaction SET currency = 'EUR' WHERE id = %s",
        "bank.lines",
    ),
    of(
        "a closing balance is changed",
        lambda world: world.statement,
        "UPDATE banking_statement SET closing_minor = closing_minor - 1 WHERE id = %s",
        "bank.statements",
    ),
)

BOOKS = (
    of(
        "the books have another refund than was received",
        entry(lambda world: world.refund),
        "UPDATE ledger_journalline SET debit_minor = CASE WHEN debit_minor > 0 THEN debit_minor + 1 ELSE 0 END,"
        " credit_minor = CASE WHEN credit_minor > 0 THEN credit_minor + 1 ELSE 0 END WHERE entry_id = %s",
        "books.at_the_bank",
        "books.control_account",
        "books.payables_of_refunds",
        tells=lambda world: world.refund,
    ),
    of(
        "one line of the journal is changed",
        line(lambda world: world.paid),
        "UPDATE ledger_journalline SET debit_minor = debit_minor + 1 WHERE id = %s",
        "books.balanced",
        "books.control_account",
        "books.payables_of_payments",
        tells=entry(lambda world: world.paid),
    ),
    of(
        "both lines of an entry are changed alike",
        entry(lambda world: world.paid),
        "UPDATE ledger_journalline SET debit_minor = CASE WHEN debit_minor > 0 THEN debit_minor + 1 ELSE 0 END,"
        " credit_minor = CASE WHEN credit_minor > 0 THEN credit_minor + 1 ELSE 0 END WHERE entry_id = %s",
        "books.control_account",
        "books.payables_of_payments",
        "books.at_the_bank",
        tells=lambda world: world.paid,
    ),
    of(
        "a line of the journal is deleted",
        line(lambda world: world.paid),
        "DELETE FROM ledger_journalline WHERE id = %s",
        "books.balanced",
        "books.control_account",
        "books.payables_of_payments",
        "books.two_sided",
        tells=entry(lambda world: world.paid),
    ),
    of(
        "an entry is posted for another bill",
        entry(lambda world: world.paid_bill),
        "UPDATE ledger_journalentry SET source_id = source_id + 100000 WHERE id = %s",
        "books.payables_of_documents",
        "books.posted",
    ),
    of(
        "an entry is dated otherwise",
        entry(lambda world: world.paid_bill),
        "UPDATE ledger_journalentry SET \"on\" = '2026-01-01' WHERE id = %s",
        "books.dated",
    ),
    of(
        "a reversal reverses nothing any more",
        entry(lambda world: world.void, "reversal"),
        "UPDATE ledger_journalentry SET reverses_id = NULL WHERE id = %s",
        "books.reversed",
    ),
    of(
        "a reversal goes to another account",
        line(lambda world: world.void_bill, "payables", "reversal"),
        "UPDATE ledger_journalline SET account_id = (SELECT MIN(account_id) FROM ledger_journalline l WHERE l.entry_id"
        " = ledger_journalline.entry_id AND l.account_id <> ledger_journalline.account_id) WHERE id = %s",
        "books.control_account",
        "books.payables_of_documents",
        "books.reversed",
        tells=entry(lambda world: world.void_bill, "reversal"),
    ),
    of(
        "a discount is posted to write-offs",
        line(lambda world: world.with_discount, "discounts"),
        "UPDATE ledger_journalline SET account_id = (SELECT id FROM ledger_nominalaccount WHERE role = 'write_offs'"
        " AND company_id = {company}) WHERE id = %s",
        "books.reductions",
        tells=lambda world: world.with_discount,
    ),
    of(
        "an exchange difference is posted to charges",
        line(lambda world: world.euro_payment, "exchange"),
        "UPDATE ledger_journalline SET account_id = (SELECT id FROM ledger_nominalaccount WHERE role = 'charges'"
        " AND company_id = {company}) WHERE id = %s",
        "books.at_the_bank",
        "books.exchange",
        tells=lambda world: world.euro_payment,
    ),
)

TRAIL = (
    of(
        "one line of the trail is changed",
        lambda world: world.company.audit_events.order_by("sequence")[7],
        "UPDATE companies_auditevent SET summary = 'Nothing happened' WHERE id = %s",
        "trail.chain",
    ),
    of(
        "one line of the trail is deleted",
        lambda world: world.company.audit_events.order_by("sequence")[7],
        "DELETE FROM companies_auditevent WHERE id = %s",
        "trail.chain",
        tells=lambda world: world.company.audit_events.order_by("sequence")[8],
    ),
    of(
        "all lines about a payment are gone",
        lambda world: world.half,
        "DELETE FROM companies_auditevent WHERE target_kind = 'payment' AND target_id = CAST(%s AS varchar)",
        "trail.chain",
        "trail.traced",
    ),
)

COMPANIES = (
    of(
        "a bill goes to another company's supplier",
        lambda world: world.draft_bill,
        "UPDATE bills_bill SET supplier_id = {stranger} WHERE id = %s",
        "tenancy.within",
    ),
    of(
        "a line is counted under another company's department",
        lambda world: world.paid_bill.lines.get().tracking.through.objects.get(billline__document=world.paid_bill),
        "UPDATE bills_billline_tracking SET trackingcategory_id = {department} WHERE id = %s",
        "tenancy.within",
    ),
)
