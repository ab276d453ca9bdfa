"""What the database itself refuses of credit notes: see docs/adr/0020-guards-in-the-database.md."""

from billpay.documents.moves import legal_moves
from billpay.guards import AppendOnly, Counted, Frozen, Refuse, SameCompany

NOTE = "credit_notes_creditnote"
EDITABLE = "OLD.status IN ('draft', 'awaiting_approval')"
LINE_EDITABLE = f"(SELECT status FROM {NOTE} WHERE id = OLD.document_id) IN ('draft', 'awaiting_approval')"

GUARDS = (
    Counted(
        NOTE,
        "credit_notes_credituse",
        "credit_note_id",
        {
            "used_minor": {"used": "amount_minor", "given_back": "-amount_minor"},
            "used_base_minor": {"used": "base_minor", "given_back": "-base_minor"},
            "reserved_minor": {"reserved": "amount_minor", "released": "-amount_minor"},
        },
    ),
    AppendOnly("credit_notes_credituse"),
    SameCompany(NOTE, {"supplier_id": "suppliers_supplier"}),
    Frozen(NOTE, ("company_id", "created_by_id")),
    Frozen(
        NOTE,
        ("supplier_id", "currency", "rate", "subtotal_minor", "tax_minor", "total_minor", "total_base_minor"),
        f"NOT ({EDITABLE})",
        name="frozen_amounts",
    ),
    legal_moves(NOTE),
    Refuse(NOTE, "kept", "DELETE", f"NOT ({EDITABLE})", f"{NOTE}: only drafts are deleted"),
    AppendOnly("credit_notes_creditnoteline", LINE_EDITABLE),
    SameCompany(
        "credit_notes_creditnoteline",
        {"account_id": "ledger_nominalaccount", "tax_rate_id": "ledger_taxrate"},
        company=f"(SELECT company_id FROM {NOTE} WHERE id = NEW.document_id)",
    ),
    SameCompany(
        "credit_notes_creditnoteline_tracking",
        {"trackingcategory_id": "ledger_trackingcategory"},
        company=f"(SELECT n.company_id FROM credit_notes_creditnoteline l JOIN {NOTE} n ON n.id = l.document_id"
        " WHERE l.id = NEW.creditnoteline_id)",
    ),
)
