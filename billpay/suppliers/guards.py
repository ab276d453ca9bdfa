"""What the database itself refuses of suppliers: see docs/adr/0020-guards-in-the-database.md."""

from billpay.guards import Frozen, SameCompany

GUARDS = (
    Frozen("suppliers_supplier", ("company_id",)),
    SameCompany(
        "suppliers_supplier",
        {"default_account_id": "ledger_nominalaccount", "default_tax_rate_id": "ledger_taxrate"},
    ),
    SameCompany("suppliers_supplierbankaccount", {"supplier_id": "suppliers_supplier"}),
)
