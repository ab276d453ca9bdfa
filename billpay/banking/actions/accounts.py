"""Opening and keeping the company's bank accounts."""

from __future__ import annotations

from django.db import transaction

from billpay.banking.models import BankAccount
from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.companies.refusals import Refused
from billpay.ledger.models import AccountType, NominalAccount


class BankAccountError(Refused):
    """A bank account would not do what was asked."""


@transaction.atomic
def open_account(
    *,
    company: Company,
    name: str,
    currency: str,
    by: User | None,
    nominal_account: NominalAccount | None = None,
    external_id: str = "",
    **details: str,
) -> BankAccount:
    """
    Open a bank account with a nominal account of its own, by the next free code from 1200 unless one is given.

    :param details: holder, iban, bic, sort_code, routing_number, account_number: checked by who calls.
    :raises BankAccountError: the company has an account of that name.
    """
    if company.bank_accounts.filter(name=name).exists():
        raise BankAccountError(f"There is a bank account called {name} already.", field="name")
    nominal = nominal_account or NominalAccount.objects.create(
        company=company, code=_free_code(company), name=name, type=AccountType.ASSET
    )
    account = BankAccount.objects.create(
        company=company, name=name, currency=currency, nominal_account=nominal, external_id=external_id, **details
    )
    audit.record(
        company=company,
        verb="bank_account.opened",
        target=account,
        by=by,
        summary=f"Bank account {name} ({currency}) opened, nominal account {nominal.code}",
    )
    return account


def _free_code(company: Company) -> str:
    taken = set(company.nominal_accounts.filter(code__startswith="12").values_list("code", flat=True))
    return next(str(code) for code in range(1200, 9999) if str(code) not in taken)
