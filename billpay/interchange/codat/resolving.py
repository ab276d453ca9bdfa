"""Finding what references mean: by external id within the company, where the file's own records are stored first."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Q

from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.interchange.codat.shapes import Ref
from billpay.ledger.models import AccountType, NominalAccount, TaxRate, TrackingCategory
from billpay.payments.models import Method, PaymentMethod
from billpay.suppliers.models import Supplier

_UNCATEGORISED = "Uncategorised expenses"
_LOCAL = re.compile(r"billpay-([a-z_]+)-(\d{1,18})")


class ImportRefused(Refused):
    """A document of the file cannot be stored; nothing of the file is."""


def outside_id(row: Any) -> str:
    """How the world outside names a row: by its external id, or by one made from ours that reads back in."""
    return row.external_id or f"billpay-{row._meta.model_name}-{row.pk}"


def find[M: models.Model](rows: models.QuerySet[M], identifier: str) -> M | None:
    """The company's row with this external id, or with this id of our own making."""
    found = rows.filter(Q(external_id=identifier)).first()
    local = _LOCAL.fullmatch(identifier)
    if found is None and local and local[1] == rows.model._meta.model_name:
        found = rows.filter(pk=int(local[2])).first()
    return found


@dataclass(slots=True)
class Resolver:
    """
    References of one import. Each is looked up once.

    A supplier, tax rate, account or method that is nowhere is made from its reference where that says enough,
    with a warning; a reference that is only an id is refused.
    """

    company: Company
    warnings: list[str]
    _known: dict[tuple[str, str], Any] = field(default_factory=dict)

    def _once[M: models.Model](self, rows: models.QuerySet[M], identifier: str) -> M | None:
        key = (rows.model._meta.model_name or "", identifier)
        if key not in self._known:
            found = find(rows, identifier)
            if found is None:
                return None
            self._known[key] = found
        return self._known[key]  # type: ignore[no-any-return]

    def supplier(self, ref: Ref, label: str) -> Supplier:
        found = self._once(self.company.suppliers.all(), ref.id)
        if found is not None:
            return found
        if not ref.name:
            raise ImportRefused(f"{label}: supplier {ref.id} is neither in the file nor in {self.company}.")
        self.warnings.append(f"{label}: supplier {ref.id} was nowhere; made from the reference as “{ref.name}”.")
        return Supplier.objects.create(
            company=self.company, name=ref.name[:150], external_id=ref.id, currency=self.company.base_currency
        )

    def account(self, ref: Ref | None, supplier: Supplier, label: str) -> NominalAccount:
        """The nominal account of a line: as referred to; the supplier's usual one, or a suspense account, if not."""
        if ref is None:
            return supplier.default_account or self._uncategorised(label)
        found = self._once(self.company.nominal_accounts.all(), ref.id)
        if found is not None:
            return found
        if not ref.name:
            raise ImportRefused(f"{label}: account {ref.id} is neither in the file nor in {self.company}.")
        self.warnings.append(f"{label}: account {ref.id} was nowhere; made as expense account “{ref.name}”.")
        return NominalAccount.objects.create(
            company=self.company,
            code=self.free_code(AccountType.EXPENSE),
            name=ref.name[:120],
            type=AccountType.EXPENSE,
            external_id=ref.id,
        )

    def _uncategorised(self, label: str) -> NominalAccount:
        self.warnings.append(f"{label}: accountRef is missing; posted to “{_UNCATEGORISED}”.")
        rows = self.company.nominal_accounts.all()
        return rows.filter(name=_UNCATEGORISED).first() or NominalAccount.objects.create(
            company=self.company,
            code=self.free_code(AccountType.EXPENSE),
            name=_UNCATEGORISED,
            type=AccountType.EXPENSE,
        )

    def tax_rate(self, ref: Ref | None, label: str) -> TaxRate | None:
        if ref is None:
            return None
        rates = self.company.tax_rates.all()
        found = self._once(rates, ref.id) or rates.filter(code=ref.id, external_id="").first()
        if found is not None:
            return found
        if ref.percent is None:
            raise ImportRefused(f"{label}: tax rate {ref.id} is neither in the file nor in {self.company}.")
        self.warnings.append(f"{label}: tax rate {ref.id} was nowhere; made from the reference ({ref.percent:f} %).")
        return TaxRate.objects.create(
            company=self.company,
            code=ref.id[:60],
            name=(ref.name or ref.id)[:120],
            percent=ref.percent,
            external_id=ref.id,
        )

    def tracking(self, refs: tuple[Ref, ...]) -> tuple[TrackingCategory, ...]:
        return tuple(self._one_tracking(ref) for ref in refs)

    def _one_tracking(self, ref: Ref) -> TrackingCategory:
        rows = self.company.tracking_categories.all()
        found = self._once(rows, ref.id)
        if found is not None:
            return found
        name = ref.name or ref.id[:120]
        if rows.filter(name=name).exists():
            name = f"{name[:80]} ({ref.id[:36]})"
        return TrackingCategory.objects.create(company=self.company, name=name, external_id=ref.id)

    def method(self, ref: Ref | None, label: str) -> PaymentMethod | None:
        if ref is None:
            return None
        rows = self.company.payment_methods.all()
        found = self._once(rows, ref.id)
        if found is not None:
            return found
        if named := rows.filter(name__iexact=ref.name, external_id="").first() if ref.name else None:
            return named
        self.warnings.append(f"{label}: payment method {ref.id} was nowhere; made from the reference.")
        return PaymentMethod.objects.create(
            company=self.company, name=(ref.name or f"Method {ref.id}")[:80], kind=Method.OTHER, external_id=ref.id
        )

    def free_code(self, kind: AccountType) -> str:
        """The next free code where accounts of that type usually stand."""
        first = {"asset": 1500, "liability": 2300, "equity": 3100, "income": 4100, "expense": 8500}[kind]
        taken = set(self.company.nominal_accounts.values_list("code", flat=True))
        return next(str(code) for code in range(first, 10**6) if str(code) not in taken)
