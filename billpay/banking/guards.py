"""What the database itself refuses of bank accounts: see docs/adr/0020-guards-in-the-database.md."""

from billpay.guards import Frozen, SameCompany

GUARDS = (
    Frozen("banking_bankaccount", ("company_id",)),
    Frozen("banking_statement", ("company_id",)),
    Frozen("banking_banktransaction", ("company_id",)),
    SameCompany("banking_bankaccount", {"nominal_account_id": "ledger_nominalaccount"}),
    SameCompany("banking_statement", {"bank_account_id": "banking_bankaccount"}),
    SameCompany("banking_statementupload", {"bank_account_id": "banking_bankaccount"}),
    SameCompany(
        "banking_banktransaction",
        {"bank_account_id": "banking_bankaccount", "statement_id": "banking_statement"},
    ),
)
