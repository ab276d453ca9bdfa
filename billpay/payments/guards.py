"""What the database itself refuses of payments and refunds: see docs/adr/0020-guards-in-the-database.md."""

from billpay.guards import AppendOnly, Counted, Frozen, Refuse, SameCompany
from billpay.payments.models import MAKING, MOVES

PAYMENT = "payments_payment"
ALLOCATION = "payments_allocation"
REFUND = "payments_refund"
OF_A_DRAFT = f"(SELECT status FROM {PAYMENT} WHERE id = OLD.payment_id) = 'draft'"
PARENT_COMPANY = f"(SELECT company_id FROM {PAYMENT} WHERE id = NEW.payment_id)"
_MOVES = ", ".join(f"'{before}>{after}'" for before, after in sorted(MOVES))
_MAKING = ", ".join(f"'{verb}'" for verb in MAKING)

_COUNTED = Counted(
    PAYMENT,
    "payments_cashuse",
    "payment_id",
    {
        "allocated_minor": {"used": "amount_minor", "given_back": "-amount_minor"},
        "allocated_base_minor": {"used": "base_minor", "given_back": "-base_minor"},
        "reserved_minor": {"reserved": "amount_minor", "released": "-amount_minor"},
    },
)

_LIFE = (
    Refuse(
        PAYMENT,
        "moves",
        "UPDATE OF status",
        f"OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status) NOT IN ({_MOVES})",
        f"{PAYMENT}: there is no such move of status",
    ),
    Refuse(
        PAYMENT,
        "begins",
        "INSERT",
        "NEW.status NOT IN ('draft', 'completed')",
        f"{PAYMENT}: a payment begins as a draft or as completed",
    ),
    Refuse(
        PAYMENT,
        "approved",
        "UPDATE OF status",
        "OLD.status <> NEW.status AND NEW.status IN ('approved', 'scheduled', 'processing') AND NEW.approvers_needed >"
        " (SELECT COUNT(*) FROM payments_approval AS a WHERE a.payment_id = NEW.id AND a.digest = NEW.digest)",
        f"{PAYMENT}: approvals are missing",
        needs={"payments_approval": frozenset({"payment_id", "digest"})},
    ),
    # A payment that was submitted is what it was then, until it is taken back to draft.
    Frozen(
        PAYMENT,
        (
            "supplier_id",
            "bank_account_id",
            "payee_account_id",
            "method",
            "cheque_number",
            "currency",
            "amount_minor",
            "fee_minor",
            "digest",
            "approvers_needed",
        ),
        "OLD.status <> 'draft' AND NEW.status <> 'draft'",
        name="frozen_once_submitted",
    ),
    Frozen(
        PAYMENT,
        ("paid_on", "rate", "bank_minor", "amount_base_minor"),
        "OLD.status IN ('completed', 'void')",
        name="frozen_once_completed",
    ),
    Frozen(PAYMENT, ("company_id", "number", "created_by_id")),
    Refuse(PAYMENT, "kept", "DELETE", "OLD.status <> 'draft'", f"{PAYMENT}: only drafts are deleted"),
    AppendOnly("payments_step", OF_A_DRAFT),
    AppendOnly("payments_approval", OF_A_DRAFT),
    Refuse(
        "payments_approval",
        "not_by_the_maker",
        "INSERT",
        f"EXISTS (SELECT 1 FROM {PAYMENT} AS p WHERE p.id = NEW.payment_id"
        " AND (p.created_by_id = NEW.by_id OR p.edited_by_id = NEW.by_id OR p.submitted_by_id = NEW.by_id"
        # Whoever changed it before the last to do so is in the trail only.
        " OR EXISTS (SELECT 1 FROM companies_auditevent AS e WHERE e.company_id = p.company_id"
        " AND e.target_kind = 'payment' AND e.target_id = CAST(p.id AS TEXT) AND e.by_id = NEW.by_id"
        f" AND e.verb IN ({_MAKING}))))",
        "payments_approval: the maker does not approve",
        needs={
            PAYMENT: frozenset({"id", "company_id", "created_by_id", "edited_by_id", "submitted_by_id"}),
            "companies_auditevent": frozenset({"company_id", "target_kind", "target_id", "by_id", "verb"}),
        },
    ),
)

_ALLOCATIONS = (
    Frozen(
        ALLOCATION,
        ("payment_id", "bill_id", "source", "credit_note_id", "from_payment_id", "amount_minor"),
        name="frozen_what",
    ),
    Frozen(ALLOCATION, ("undone_at",), "OLD.undone_at IS NOT NULL"),
    Refuse(ALLOCATION, "kept", "DELETE", f"{OF_A_DRAFT} IS NOT TRUE", f"{ALLOCATION}: they are undone, never deleted"),
    SameCompany(
        ALLOCATION,
        {"bill_id": "bills_bill", "credit_note_id": "credit_notes_creditnote", "from_payment_id": PAYMENT},
        company=PARENT_COMPANY,
    ),
    Refuse(
        ALLOCATION,
        "one_supplier",
        "INSERT",
        "(SELECT supplier_id FROM bills_bill WHERE id = NEW.bill_id)"
        f" <> (SELECT supplier_id FROM {PAYMENT} WHERE id = NEW.payment_id)",
        f"{ALLOCATION}: a payment settles bills of its own supplier",
        needs={"bills_bill": frozenset({"id", "supplier_id"}), PAYMENT: frozenset({"id", "supplier_id"})},
    ),
)

_REFUNDS = (
    Frozen(
        REFUND,
        (
            "company_id",
            "supplier_id",
            "bank_account_id",
            "currency",
            "rate",
            "amount_minor",
            "amount_base_minor",
            "bank_minor",
            "received_on",
        ),
        name="frozen_what",
    ),
    Refuse(REFUND, "kept", "DELETE", "TRUE", f"{REFUND}: a refund is voided, never deleted"),
    Refuse(
        REFUND,
        "moves",
        "UPDATE OF status",
        "OLD.status = 'void' AND NEW.status <> 'void'",
        f"{REFUND}: what is void stays void",
    ),
    SameCompany(REFUND, {"supplier_id": "suppliers_supplier", "bank_account_id": "banking_bankaccount"}),
    AppendOnly("payments_refundpart"),
    SameCompany(
        "payments_refundpart",
        {"credit_note_id": "credit_notes_creditnote", "from_payment_id": PAYMENT},
        company=f"(SELECT company_id FROM {REFUND} WHERE id = NEW.refund_id)",
    ),
)

GUARDS = (
    _COUNTED,
    AppendOnly("payments_cashuse"),
    SameCompany(
        PAYMENT,
        {
            "supplier_id": "suppliers_supplier",
            "bank_account_id": "banking_bankaccount",
            "payee_account_id": "suppliers_supplierbankaccount",
            "payment_method_id": "payments_paymentmethod",
            "batch_id": "payments_batch",
            "retry_of_id": PAYMENT,
        },
    ),
    Frozen("payments_batch", ("company_id",)),
    Frozen("payments_paymentmethod", ("company_id",)),
    SameCompany("payments_batch", {"bank_account_id": "banking_bankaccount"}),
    *_LIFE,
    *_ALLOCATIONS,
    *_REFUNDS,
)
