"""What the database itself refuses of the audit trail and of a company's counters: see docs/adr/0020 and 0021."""

from billpay.guards import AppendOnly, Refuse

COUNTERS = ("next_payment_number", "next_batch_number", "next_refund_number")

GUARDS = (
    Refuse(
        "companies_company",
        "numbers_only_grow",
        f"UPDATE OF {', '.join(COUNTERS)}",
        " OR ".join(f"NEW.{name} < OLD.{name}" for name in COUNTERS),
        "companies_company: running numbers only grow",
    ),
    AppendOnly("companies_auditevent"),
    Refuse(
        "companies_auditevent",
        "number_never_replaced",
        "INSERT",
        "EXISTS (SELECT 1 FROM companies_auditevent"
        " WHERE company_id = NEW.company_id AND sequence = NEW.sequence AND id IS DISTINCT FROM NEW.id)",
        "companies_auditevent: no line takes another's number",
        only="sqlite",
    ),
    Refuse(
        "companies_audithead",
        "only_grows",
        "UPDATE",
        'NEW."count" <= OLD."count" OR NEW.company_id <> OLD.company_id OR NEW.id <> OLD.id',
        "companies_audithead: the number of lines only grows",
    ),
    Refuse("companies_audithead", "stays", "DELETE", "TRUE", "companies_audithead: heads are never deleted"),
    Refuse(
        "companies_audithead",
        "never_replaced",
        "INSERT",
        "EXISTS (SELECT 1 FROM companies_audithead WHERE company_id = NEW.company_id OR id = NEW.id)",
        "companies_audithead: no head takes another's place",
        only="sqlite",
    ),
)
