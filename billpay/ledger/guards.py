"""What the database itself refuses in the books: see docs/adr/0020-guards-in-the-database.md."""

from billpay.guards import AppendOnly, Frozen, Refuse, SameCompany

GUARDS = (
    AppendOnly("ledger_journalentry"),
    AppendOnly("ledger_journalline"),
    Refuse(
        "ledger_journalentry",
        "closed_period",
        "INSERT",
        'EXISTS (SELECT 1 FROM companies_company WHERE id = NEW.company_id AND locked_through >= NEW."on")',
        "ledger_journalentry: the books are closed on that day",
        needs={"companies_company": frozenset({"id", "locked_through"})},
    ),
    SameCompany("ledger_journalentry", {"reverses_id": "ledger_journalentry"}),
    SameCompany(
        "ledger_journalline",
        {"account_id": "ledger_nominalaccount"},
        company="(SELECT company_id FROM ledger_journalentry WHERE id = NEW.entry_id)",
    ),
    Frozen("ledger_nominalaccount", ("company_id",)),
    Frozen("ledger_taxrate", ("company_id",)),
    Frozen("ledger_trackingcategory", ("company_id",)),
)
