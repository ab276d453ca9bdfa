"""
The line editor: rows of a form before they are a document, and what they come to.

`Editor` holds the head and the lines of one entry page, whether drawn from a document, typed and sent, or typed
and redrawn because a line was added. The server is the only calculator: `preview` says what was typed comes to.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Self, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from billpay.companies.models import Company
from billpay.documents import terms
from billpay.documents.forms import (
    MAX_LINES,
    PREFIX,
    BaseLineFormSet,
    DocumentForm,
    LineForm,
    LineFormSet,
    LineOptions,
    blank_head,
    head_of,
)
from billpay.documents.models import AmountsAre, Document, Line
from billpay.documents.totals import LineInput, Totals, compute, explain_difference
from billpay.money.value import InvalidAmount, Money, convert
from billpay.suppliers.models import Supplier

type Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TaxSum:
    """Net and tax of all lines at one rate."""

    label: str
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Preview:
    """What the typed lines come to. `amounts` has one entry a row, None where the row cannot be read yet."""

    amounts: list[Money | None]
    subtotal: Money
    taxes: list[TaxSum]
    tax: Money
    total: Money
    base_total: Money | None
    off: str
    problem: str


def row_of(line: Line) -> Row:
    """A line that exists as a row of the editor."""
    return {
        "description": line.description,
        "quantity": line.quantity,
        "unit_amount": Money(line.unit_amount_minor, line.document.currency),  # type: ignore[attr-defined]
        "discount_percent": line.discount_percent or None,
        "account": line.account_id,
        "tax_rate": line.tax_rate_id,
        "tracking": ",".join(str(one.pk) for one in line.tracking.all()),
    }


def blank_row(supplier: Supplier | None) -> Row:
    """An empty row, with the account and tax usual for the supplier."""
    return {
        "quantity": Decimal(1),
        "account": (supplier.default_account_id if supplier else None) or "",
        "tax_rate": (supplier.default_tax_rate_id if supplier else None) or "",
    }


def typed_rows(data: QueryDict) -> list[Row]:
    """The rows of a sent form as they were typed, unread."""
    text = data.get(f"{PREFIX}-TOTAL_FORMS", "0")
    count = min(int(text), MAX_LINES) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return [{name: data.get(f"{PREFIX}-{n}-{name}", "") for name in LineForm.base_fields} for n in range(count)]


def _is_blank(row: Row) -> bool:
    return not any(str(row.get(name) or "").strip() for name in ("description", "unit_amount"))


class Editor[F: DocumentForm]:
    """One entry page: `form` (the head), `lines` (the formset), `preview` (what it comes to)."""

    just_added = False

    def __init__(self, *, company: Company, form: F, lines: BaseLineFormSet, rows: list[Row]) -> None:
        self.company, self.form, self.lines, self.rows = company, form, lines, rows

    @classmethod
    def fresh(cls, form_class: type[F], company: Company, *, supplier: Supplier | None = None, **head: Any) -> Self:
        """An empty page, for a supplier if one is known."""
        return cls._drawn(form_class, company, {**blank_head(company, supplier), **head}, [blank_row(supplier)] * 2)

    @classmethod
    def of(cls, form_class: type[F], document: Document, *, copy: bool = False, **head: Any) -> Self:
        """The page of a document that exists, or a copy of it that has no number, date and rate yet."""
        lines = list(
            document.lines.select_related("account", "tax_rate", "document").prefetch_related("tracking")  # type: ignore[attr-defined]
        )
        shown = {**head_of(document), **head}
        if copy:
            for name in ("version", "number", "rate", "twin_reason", "stated_total", "external_id"):
                shown[name] = None
            shown["issued_on"] = timezone.localdate()
        rows = [row_of(line) for line in lines] or [blank_row(document.supplier)]
        return cls._drawn(form_class, document.company, shown, rows, document=document, kept=lines)

    @classmethod
    def sent(
        cls, form_class: type[F], request: HttpRequest, company: Company, document: Document | None = None
    ) -> Self:
        """What was sent, to be checked and saved."""
        form = form_class(request.POST, request.FILES, company=company, document=document)
        options = LineOptions.of(company, lines=_lines_of(document))
        lines = LineFormSet(
            request.POST, prefix=PREFIX, form_kwargs={"options": options, "currency": form.typed_currency}
        )
        return cls(company=company, form=form, lines=cast(BaseLineFormSet, lines), rows=typed_rows(request.POST))

    @classmethod
    def redrawn(
        cls, form_class: type[F], request: HttpRequest, company: Company, document: Document | None = None
    ) -> Self:
        """
        What was typed, drawn again unchecked, after the button that was pressed: `add_line`, `remove_line` (with the
        row's index), or `apply` (`supplier` puts the supplier's currency, terms, account and tax; `date` the terms).
        """
        data = request.POST
        head: Row = {name: data.get(name, "") for name in form_class.base_fields}
        rows = typed_rows(data)
        supplier = _supplier(company, data)
        if "remove_line" in data:
            gone = data["remove_line"]
            rows = [row for n, row in enumerate(rows) if str(n) != gone]
        if data.get("apply") in {"supplier", "date"}:
            _apply(head, rows, supplier, with_supplier=data["apply"] == "supplier")
        if "add_line" in data or not rows:
            rows = [*rows, blank_row(supplier)][:MAX_LINES]
        editor = cls._drawn(form_class, company, head, rows, document=document, kept=_lines_of(document))
        editor.just_added = "add_line" in data
        return editor

    @classmethod
    def _drawn(
        cls,
        form_class: type[F],
        company: Company,
        head: Row,
        rows: list[Row],
        *,
        document: Document | None = None,
        kept: list[Line] | None = None,
    ) -> Self:
        form = form_class(initial=head, company=company, document=document)
        options = LineOptions.of(company, lines=kept or [])
        lines = LineFormSet(
            prefix=PREFIX, initial=rows, form_kwargs={"options": options, "currency": form.typed_currency}
        )
        return cls(company=company, form=form, lines=cast(BaseLineFormSet, lines), rows=rows)

    def is_valid(self) -> bool:
        head, lines = self.form.is_valid(), self.lines.is_valid()
        return head and lines

    @property
    def supplier(self) -> Supplier | None:
        return _supplier(self.company, {"supplier": str(self.form["supplier"].value() or "")})

    @property
    def shows_tracking(self) -> bool:
        return bool(self.lines.form_kwargs["options"].tracking)

    @property
    def table(self) -> list[tuple[LineForm, Money | None]]:
        """Each row's form with what the row comes to."""
        return list(zip(self.lines.forms, [*self.preview.amounts, *[None] * len(self.lines.forms)], strict=False))

    @cached_property
    def preview(self) -> Preview:
        return preview(self.company, self.form, self.rows, self.lines.form_kwargs["options"])


def preview(company: Company, form: DocumentForm, rows: list[Row], options: LineOptions) -> Preview:
    """What the rows come to as typed; rows that cannot be read yet are left out, and nothing is refused."""
    currency = form.typed_currency
    amounts_are = str(form["amounts_are"].value() or "")
    amounts_are = amounts_are if amounts_are in AmountsAre.values else AmountsAre.EXCLUSIVE
    reader = LineForm(options=options, currency=currency)
    inputs = [_input(reader, row, options) for row in rows]
    problem, totals = "", Totals((), 0, 0, 0, ())
    try:
        totals = compute(
            [one for one in inputs if one], currency=currency, amounts_are=amounts_are, rounding=company.tax_rounding
        )
    except InvalidAmount as error:
        problem = str(error)
    sums = iter(totals.lines)
    taken = [next(sums, None) if one else None for one in inputs]
    inclusive = amounts_are == AmountsAre.INCLUSIVE
    total = Money(totals.total_minor, currency)
    stated, rate = _read(form, "stated_total"), _read(form, "rate")
    return Preview(
        amounts=[
            Money(one.total_minor if inclusive else one.subtotal_minor, currency) if one else None for one in taken
        ],
        subtotal=Money(totals.subtotal_minor, currency),
        taxes=[
            TaxSum(str(options.tax_rates[str(key)]), Money(net, currency), Money(tax, currency))
            for key, _, net, tax in totals.tax_by_rate
            if key is not None
        ],
        tax=Money(totals.tax_minor, currency),
        total=total,
        base_total=_in_base(total, rate, company) if rate and form.is_foreign else None,
        off=explain_difference(total, stated) if isinstance(stated, Money) and stated.currency == currency else "",
        problem=problem,
    )


def _in_base(total: Money, rate: Decimal, company: Company) -> Money | None:
    try:
        return convert(total, rate, company.base_currency)
    except InvalidAmount:
        return None


def _input(reader: LineForm, row: Row, options: LineOptions) -> LineInput | None:
    if not str(row.get("unit_amount") or "").strip():
        return None
    try:
        read = {
            name: reader.fields[name].clean(row.get(name)) for name in ("quantity", "unit_amount", "discount_percent")
        }
    except ValidationError:
        return None
    rate = options.tax_rates.get(str(row.get("tax_rate") or ""))
    return LineInput(
        quantity=read["quantity"],
        unit_amount_minor=read["unit_amount"].minor,
        discount_percent=read["discount_percent"] or Decimal(0),
        tax_percent=rate.percent if rate else Decimal(0),
        tax_key=rate.pk if rate else None,
    )


def _read(form: forms.Form, name: str) -> Any:
    """The value of one box, or None if it cannot be read."""
    try:
        return form.fields[name].clean(form[name].value())
    except ValidationError:
        return None


def _lines_of(document: Document | None) -> list[Line]:
    if document is None:
        return []
    return list(document.lines.select_related("account", "tax_rate").prefetch_related("tracking"))  # type: ignore[attr-defined]


def _supplier(company: Company, data: Any) -> Supplier | None:
    typed = str(data.get("supplier") or "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        return None
    return company.suppliers.filter(pk=int(typed)).first()


def _apply(head: Row, rows: list[Row], supplier: Supplier | None, *, with_supplier: bool) -> None:
    """Put what is usual for the supplier where nothing was chosen by hand."""
    if supplier is None:
        return
    terms.follow(head, supplier, chosen=with_supplier)
    if not with_supplier:
        return
    if head.get("currency") != supplier.currency:
        head["currency"], head["rate"] = supplier.currency, ""
    usual = blank_row(supplier)
    for row in rows:
        if _is_blank(row) or not row.get("account"):
            row |= {name: usual[name] for name in ("account", "tax_rate") if usual[name]}
