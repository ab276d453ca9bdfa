"""What the list of credit notes shows: which ones, how many in each state, and what credit there is."""

from __future__ import annotations

from django.db.models import Count, Q, Sum

from billpay.companies.models import Company
from billpay.credit_notes.forms import FilterForm
from billpay.credit_notes.models import CreditNoteQuerySet, CreditNoteState
from billpay.documents.numbers import normalise
from billpay.money.locales import active_marks
from billpay.money.value import InvalidAmount, Money, parse

STATES: dict[str, tuple[str, ...]] = {
    "draft": (CreditNoteState.DRAFT,),
    "approve": (CreditNoteState.AWAITING_APPROVAL,),
    "open": (CreditNoteState.OPEN,),
    "partly": (CreditNoteState.PARTLY_USED,),
    "used": (CreditNoteState.USED,),
    "void": (CreditNoteState.VOID,),
}
SORTS: dict[str, tuple[str, ...]] = {
    "supplier": ("supplier__name", "id"),
    "number": ("normalised_number", "id"),
    "issued_on": ("issued_on", "id"),
    "total": ("total_minor", "id"),
    "used": ("used_minor", "id"),
    "remaining": ("remaining_minor", "id"),
    "state": ("state", "id"),
}
DEFAULT_SORT = "-issued_on"


def ordered(notes: CreditNoteQuerySet, sort: str) -> CreditNoteQuerySet:
    """In the order of `sort`, as in "total" or "-total"; the id settles ties."""
    down = sort.startswith("-")
    return notes.order_by(*(f"-{name}" if down else name for name in SORTS[sort.removeprefix("-")]))


def find(company: Company, form: FilterForm) -> CreditNoteQuerySet:
    """The company's credit notes that the filters ask for. `form` has been validated; what it refused is left out."""
    asked = form.cleaned_data
    notes = company.credit_notes.all()
    if form.tab_code in STATES:
        notes = notes.filter(state__in=STATES[form.tab_code])
    lookups = {"supplier_id": "supplier", "issued_on__gte": "since", "issued_on__lte": "until"}
    notes = notes.filter(**{lookup: asked[name] for lookup, name in lookups.items() if asked.get(name)})
    if asked.get("left"):
        notes = notes.filter(remaining_minor__gt=0)
    if text := asked.get("q", "").strip():
        notes = notes.filter(_matches(company, text))
    return notes


def _matches(company: Company, text: str) -> Q:
    """Number, reference, supplier, or an amount: the total or what remains, in whichever currency it can be read."""
    match = Q(number__icontains=text) | Q(reference__icontains=text) | Q(normalised_number=normalise(text))
    match |= Q(supplier__in=company.suppliers.filter(name__icontains=text))
    decimal_mark, group_mark = active_marks()
    for currency in company.credit_notes.order_by().values_list("currency", flat=True).distinct():
        try:
            minor = parse(text, currency, decimal_mark=decimal_mark, group_mark=group_mark).minor
        except InvalidAmount:
            continue
        match |= Q(currency=currency, total_minor=minor) | Q(currency=currency, remaining_minor=minor, status="open")
    return match


def counts(company: Company) -> dict[str, int]:
    """How many credit notes each tab holds, in one query."""
    by_state = dict(company.credit_notes.order_by().values_list("state").annotate(Count("pk")))
    tabs = {tab: sum(by_state.get(state, 0) for state in states) for tab, states in STATES.items()}
    return {**tabs, "all": sum(by_state.values())}


def available(company: Company) -> tuple[int, list[Money]]:
    """How many credit notes can be used, and what is left on them: one sum a currency, the company's own first."""
    found = list(
        company.credit_notes.usable().order_by().values_list("currency").annotate(Count("pk"), Sum("available_minor"))
    )
    found.sort(key=lambda row: (row[0] != company.base_currency, row[0]))
    return sum(row[1] for row in found), [Money(row[2], row[0]) for row in found]
