"""What the database itself refuses of matches: see docs/adr/0020-guards-in-the-database.md."""

from billpay.guards import CountedLive, Frozen, SameCompany

MATCH = "reconciliation_match"

GUARDS = (
    CountedLive("banking_banktransaction", MATCH, "transaction_id", "matched_minor"),
    CountedLive("payments_payment", MATCH, "payment_id", "matched_minor"),
    CountedLive("payments_refund", MATCH, "refund_id", "matched_minor"),
    SameCompany(
        MATCH,
        {
            "transaction_id": "banking_banktransaction",
            "payment_id": "payments_payment",
            "refund_id": "payments_refund",
        },
    ),
    Frozen(MATCH, ("company_id", "group", "created_at", "created_by_id")),
)
