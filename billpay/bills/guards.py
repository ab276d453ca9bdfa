"""What the database itself refuses of bills: see docs/adr/0020-guards-in-the-database.md."""

from billpay.documents.moves import legal_moves
from billpay.guards import AppendOnly, Counted, Frozen, Refuse, SameCompany

BILL = "bills_bill"
EDITABLE = "OLD.status IN ('draft', 'awaiting_approval')"
LINE_EDITABLE = "(SELECT status FROM bills_bill WHERE id = OLD.document_id) IN ('draft', 'awaiting_approval')"
HELD = (
    "NEW.kind IN ('reserved', 'settled') AND EXISTS (SELECT 1 FROM bills_bill AS b WHERE b.id = NEW.bill_id"
    " AND b.held_at IS NOT NULL AND (b.held_until IS NULL OR b.held_until > {day}))"
)
"""The day after the row is made, in UTC: time zones differ by less, and the action has looked at the right one."""
ON_HOLD = "bills_settlement: the bill is on hold"

GUARDS = (
    Counted(
        BILL,
        "bills_settlement",
        "bill_id",
        {
            "settled_minor": {"settled": "amount_minor", "unsettled": "-amount_minor"},
            "settled_base_minor": {"settled": "base_minor", "unsettled": "-base_minor"},
            "reserved_minor": {"reserved": "amount_minor", "released": "-amount_minor"},
        },
    ),
    AppendOnly("bills_settlement"),
    Refuse(
        "bills_settlement",
        "on_hold_sqlite",
        "INSERT",
        HELD.format(day="date(NEW.created_at, '+1 day')"),
        ON_HOLD,
        needs={BILL: frozenset({"id", "held_at", "held_until"})},
        only="sqlite",
    ),
    Refuse(
        "bills_settlement",
        "on_hold_postgresql",
        "INSERT",
        HELD.format(day="(NEW.created_at AT TIME ZONE 'UTC')::date + 1"),
        ON_HOLD,
        needs={BILL: frozenset({"id", "held_at", "held_until"})},
        only="postgresql",
    ),
    SameCompany(BILL, {"supplier_id": "suppliers_supplier"}),
    Frozen(BILL, ("company_id", "created_by_id")),
    Frozen(
        BILL,
        ("supplier_id", "currency", "rate", "subtotal_minor", "tax_minor", "total_minor", "total_base_minor"),
        f"NOT ({EDITABLE})",
        name="frozen_amounts",
    ),
    Frozen(BILL, ("discount_percent", "discount_until", "discount_tax"), f"NOT ({EDITABLE})", name="frozen_discount"),
    AppendOnly("bills_earlierduedate"),
    Refuse(
        BILL,
        "due_date_kept",
        "UPDATE OF due_on",
        f"NEW.due_on <> OLD.due_on AND NOT ({EDITABLE}) AND NOT EXISTS"
        " (SELECT 1 FROM bills_earlierduedate AS e WHERE e.bill_id = OLD.id AND e.due_on = OLD.due_on)",
        "bills_bill: the due date it had is kept before it changes",
        needs={"bills_earlierduedate": frozenset({"bill_id", "due_on"})},
    ),
    legal_moves(BILL),
    Refuse(BILL, "kept", "DELETE", f"NOT ({EDITABLE})", "bills_bill: only drafts are deleted"),
    AppendOnly("bills_billline", LINE_EDITABLE),
    SameCompany(
        "bills_billline",
        {"account_id": "ledger_nominalaccount", "tax_rate_id": "ledger_taxrate"},
        company="(SELECT company_id FROM bills_bill WHERE id = NEW.document_id)",
    ),
    SameCompany(
        "bills_billline_tracking",
        {"trackingcategory_id": "ledger_trackingcategory"},
        company="(SELECT b.company_id FROM bills_billline l JOIN bills_bill b ON b.id = l.document_id"
        " WHERE l.id = NEW.billline_id)",
    ),
    SameCompany("bills_attachment", {"bill_id": BILL}),
    AppendOnly("bills_billapproval", "(SELECT status FROM bills_bill WHERE id = OLD.bill_id) <> 'open'"),
    Refuse(
        "bills_billapproval",
        "not_by_the_maker",
        "INSERT",
        "EXISTS (SELECT 1 FROM bills_bill AS b WHERE b.id = NEW.bill_id"
        " AND (b.created_by_id = NEW.by_id OR b.edited_by_id = NEW.by_id OR b.submitted_by_id = NEW.by_id))",
        "bills_billapproval: the maker does not approve",
        needs={BILL: frozenset({"id", "created_by_id", "edited_by_id", "submitted_by_id"})},
    ),
)
