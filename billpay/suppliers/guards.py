"""What the database itself refuses of suppliers: see docs/adr/0020-guards-in-the-database.md."""

from billpay.guards import Frozen, SameCompany

GUARDS = (
    Frozen("suppliers_supplier", ("company_id",)),
    SameCompany(
        "suppliers_supplier",
        {"default_account_id": "ledger_nominalaccount", "default_tax_rate_id": "ledger_taxrate"},
    ),
    # Bank details are changed by new rows: what one person entered and another checked stays word for word.
    Frozen(
        "suppliers_supplierbankaccount",
        (
            "company_id",
            "supplier_id",
            "holder",
            "currency",
            "iban",
            "bic",
            "sort_code",
            "routing_number",
            "account_number",
            "created_by_id",
        ),
    ),
    Frozen(
        "suppliers_supplierbankaccount",
        ("checked_at", "checked_by_id", "checked_how"),
        when="OLD.checked_at IS NOT NULL",
    ),
    Frozen("suppliers_supplierbankaccount", ("archived_at", "archived_by_id"), when="OLD.archived_at IS NOT NULL"),
    SameCompany("suppliers_supplierbankaccount", {"supplier_id": "suppliers_supplier"}),
)
