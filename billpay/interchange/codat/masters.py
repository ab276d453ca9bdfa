"""Storing what documents refer to: accounts, tax rates, payment methods, suppliers."""

from __future__ import annotations

from django.utils import timezone

from billpay.banking.actions import open_account
from billpay.banking.models import BankAccount
from billpay.companies import audit
from billpay.companies.models import Company, User
from billpay.interchange.codat import shapes
from billpay.interchange.codat.resolving import ImportRefused, Resolver, find
from billpay.ledger.models import AccountType, NominalAccount, TaxRate
from billpay.payments.models import Method, PaymentMethod
from billpay.suppliers.models import Supplier

_METHOD_KINDS = {
    "cash": Method.CASH,
    "check": Method.CHEQUE,
    "cheque": Method.CHEQUE,
    "creditcard": Method.CARD,
    "debitcard": Method.CARD,
    "banktransfer": Method.BANK_TRANSFER,
}


def account(shape: shapes.Account, company: Company, resolver: Resolver, by: User) -> bool:
    """
    Store one account, a bank account with it if it is one; True if it is new.

    An account of the same code that no other system knows yet is taken to be this one.
    """
    nominal = find(company.nominal_accounts.all(), shape.id)
    new = nominal is None
    if nominal is None:
        nominal = _adopt(shape, company) or _new_nominal(shape, company, resolver)
    if shape.is_bank:
        bank_account_for(nominal, shape.currency or company.base_currency, company, resolver, by)
    return new


def _adopt(shape: shapes.Account, company: Company) -> NominalAccount | None:
    if not shape.code:
        return None
    nominal = company.nominal_accounts.filter(code=shape.code, external_id="").first()
    if nominal is not None and (not shape.type or nominal.type == shape.type):
        nominal.external_id = shape.id
        nominal.save(update_fields=["external_id"])
        return nominal
    return None


def _new_nominal(shape: shapes.Account, company: Company, resolver: Resolver) -> NominalAccount:
    if shape.type in AccountType.values:
        kind = AccountType(shape.type)
    elif shape.is_bank:
        kind = AccountType.ASSET
    else:
        kind = AccountType.EXPENSE
        resolver.warnings.append(f"account {shape.name}: type “{shape.type or 'none'}” taken as an expense account.")
    code = shape.code
    if not code or company.nominal_accounts.filter(code=code).exists():
        code = resolver.free_code(kind)
    return NominalAccount.objects.create(
        company=company,
        code=code,
        name=shape.name,
        type=kind,
        external_id=shape.id,
        archived_at=timezone.now() if shape.archived else None,
    )


def bank_account_for(
    nominal: NominalAccount, currency: str, company: Company, resolver: Resolver, by: User
) -> BankAccount:
    """The bank account that is kept on a nominal account, opened if it is not there yet."""
    existing = company.bank_accounts.filter(nominal_account=nominal).first()
    if existing is not None:
        return existing
    if nominal.type not in {AccountType.ASSET, AccountType.LIABILITY}:
        raise ImportRefused(f"{nominal} is an {nominal.get_type_display().lower()} account; no money is paid from it.")
    name = nominal.name
    if company.bank_accounts.filter(name=name).exists():
        name = f"{name} {nominal.code}"
    return open_account(
        company=company, name=name, currency=currency, by=by, nominal_account=nominal, external_id=nominal.external_id
    )


def tax_rate(shape: shapes.Rate, company: Company) -> bool:
    """Store one tax rate; True if it is new."""
    if find(company.tax_rates.all(), shape.id):
        return False
    known = company.tax_rates.filter(code=shape.code).first()
    if known is not None and not known.external_id and known.percent == shape.percent:
        known.external_id = shape.id
        known.save(update_fields=["external_id"])
        return True
    code = shape.code if known is None else shape.id[:60]
    TaxRate.objects.create(
        company=company,
        code=code,
        name=shape.name,
        percent=shape.percent,
        external_id=shape.id,
        archived_at=timezone.now() if shape.archived else None,
    )
    return True


def method(shape: shapes.Way, company: Company) -> bool:
    """Store one payment method; True if it is new. One of the same name is taken to be it."""
    methods = company.payment_methods.all()
    if find(methods, shape.id):
        return False
    kind = _METHOD_KINDS.get(shape.type.replace(" ", ""), Method.OTHER)
    known = methods.filter(name=shape.name).first()
    if known is not None and not known.external_id:
        known.external_id = shape.id
        known.save(update_fields=["external_id"])
        return True
    name = shape.name if known is None else f"{shape.name[:40]} ({shape.id[:36]})"
    PaymentMethod.objects.create(
        company=company,
        name=name,
        kind=kind,
        external_id=shape.id,
        archived_at=timezone.now() if shape.archived else None,
    )
    return True


def supplier(shape: shapes.Supplier, company: Company, by: User) -> bool:
    """Store one supplier; True if it is new."""
    if find(company.suppliers.all(), shape.id):
        return False
    row = Supplier.objects.create(
        company=company,
        external_id=shape.id,
        name=shape.name,
        contact_name=shape.contact_name,
        email=shape.email,
        phone=shape.phone,
        address=shape.address,
        tax_number=shape.tax_number,
        currency=shape.currency or company.base_currency,
        archived_at=timezone.now() if shape.archived else None,
    )
    audit.record(company=company, verb="supplier.imported", target=row, by=by, summary=f"Supplier {row.name} imported")
    return True
