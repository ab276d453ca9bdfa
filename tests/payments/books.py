"""What the books of a company say, for tests: balances by role, and the sum of the ledger under payables."""

from django.db.models import Sum

from billpay.companies.models import Company
from billpay.ledger.models import JournalLine


def balance(company: Company, role: str) -> int:
    """Debits less credits of the account with that role, in base minor units."""
    sums = JournalLine.objects.filter(entry__company=company, account__role=role).aggregate(
        debit=Sum("debit_minor", default=0), credit=Sum("credit_minor", default=0)
    )
    return sums["debit"] - sums["credit"]


def sub_ledger(company: Company) -> int:
    """Outstanding bills less remaining credit less money on account, in base minor units (rule 24)."""
    bills = company.bills.filter(status="open").values_list("total_base_minor", "settled_base_minor")
    credits = company.credit_notes.filter(status="open").values_list("total_base_minor", "used_base_minor")
    cash = company.payments.filter(status="completed").values_list("amount_base_minor", "allocated_base_minor")
    return sum(a - b for a, b in bills) - sum(a - b for a, b in credits) - sum(a - b for a, b in cash)
