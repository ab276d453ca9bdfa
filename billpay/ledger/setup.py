"""The chart of accounts and tax rates a new company starts with."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from billpay.companies.models import Company
from billpay.ledger.models import AccountRole, AccountType, NominalAccount, TaxRate

_CHART: tuple[tuple[str, str, AccountType, AccountRole | None], ...] = (
    ("1400", "Prepayments and deposits", AccountType.ASSET, None),
    ("2100", "Accounts payable", AccountType.LIABILITY, AccountRole.PAYABLES),
    ("2201", "Input tax", AccountType.ASSET, AccountRole.TAX),
    ("3000", "Retained earnings", AccountType.EQUITY, None),
    ("4900", "Discounts received", AccountType.INCOME, AccountRole.DISCOUNTS),
    ("4910", "Small write-offs", AccountType.INCOME, AccountRole.WRITE_OFFS),
    ("5000", "Goods for resale", AccountType.EXPENSE, None),
    ("5100", "Packaging", AccountType.EXPENSE, None),
    ("5200", "Freight and carriage", AccountType.EXPENSE, None),
    ("6200", "Advertising and marketing", AccountType.EXPENSE, None),
    ("7000", "Subcontractors", AccountType.EXPENSE, None),
    ("7100", "Rent", AccountType.EXPENSE, None),
    ("7103", "Rates and local taxes", AccountType.EXPENSE, None),
    ("7200", "Electricity, gas and water", AccountType.EXPENSE, None),
    ("7300", "Motor expenses", AccountType.EXPENSE, None),
    ("7400", "Travel and accommodation", AccountType.EXPENSE, None),
    ("7500", "Office supplies and stationery", AccountType.EXPENSE, None),
    ("7502", "Telephone and internet", AccountType.EXPENSE, None),
    ("7550", "Software subscriptions", AccountType.EXPENSE, None),
    ("7600", "Legal and professional fees", AccountType.EXPENSE, None),
    ("7610", "Accountancy", AccountType.EXPENSE, None),
    ("7700", "Equipment hire", AccountType.EXPENSE, None),
    ("7800", "Repairs and maintenance", AccountType.EXPENSE, None),
    ("7801", "Cleaning and waste", AccountType.EXPENSE, None),
    ("7901", "Bank charges", AccountType.EXPENSE, AccountRole.CHARGES),
    ("7906", "Exchange differences", AccountType.EXPENSE, AccountRole.EXCHANGE),
    ("8200", "Insurance", AccountType.EXPENSE, None),
    ("8201", "Training", AccountType.EXPENSE, None),
)

_TAX_RATES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "GBP": (
        ("STANDARD", "20% (VAT on expenses)", "20"),
        ("REDUCED", "5% (VAT on expenses)", "5"),
        ("ZERO", "Zero rated", "0"),
        ("EXEMPT", "Exempt", "0"),
    ),
    "EUR": (
        ("STANDARD", "21% VAT", "21"),
        ("REDUCED", "10% VAT", "10"),
        ("ZERO", "Zero rated", "0"),
    ),
    "AUD": (("GST", "10% GST on expenses", "10"), ("FREE", "GST free", "0")),
    "NZD": (("GST", "15% GST on expenses", "15"), ("ZERO", "Zero rated", "0")),
    "CAD": (("GST", "5% GST", "5"), ("HST", "13% HST", "13"), ("EXEMPT", "Exempt", "0")),
}
_NO_TAX = (("NONE", "No tax", "0"),)


@transaction.atomic
def create_usual_books(*, company: Company) -> None:
    """A usual chart of accounts, and the tax rates usual where the base currency is used; no bank account yet."""
    NominalAccount.objects.bulk_create(
        NominalAccount(company=company, code=code, name=name, type=kind, role=role or "")
        for code, name, kind, role in _CHART
    )
    TaxRate.objects.bulk_create(
        TaxRate(company=company, code=code, name=name, percent=Decimal(percent))
        for code, name, percent in _TAX_RATES.get(company.base_currency, _NO_TAX)
    )
