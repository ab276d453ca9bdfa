"""Money that suppliers send back: the list, entering one, and its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from billpay.companies import audit, idempotency
from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.export import csv_response
from billpay.companies.lists import paginate, sorting
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.credit_notes.models import CreditNote
from billpay.htmx import render_part, see_other
from billpay.ledger import actions as ledger
from billpay.money.locales import active_marks
from billpay.money.value import MoneyError, parse
from billpay.payments import actions
from billpay.payments.actions import PaymentError
from billpay.payments.forms.refund import RefundFilter, RefundForm, SenderForm
from billpay.payments.models import Payment, Refund, RefundStatus
from billpay.payments.models.refund import RefundQuerySet
from billpay.payments.returnable import returnable, senders
from billpay.payments.views.showing import journal_of
from billpay.suppliers.models import Supplier

TABS = {
    "": ("All", Q()),
    "received": ("Received", Q(status=RefundStatus.COMPLETED)),
    "void": ("Void", Q(status=RefundStatus.VOID)),
}
SORTS = {"number": "number", "received_on": "received_on", "supplier": "supplier__name", "amount": "amount_minor"}
COLUMNS = (
    "Number", "Date received", "Supplier", "Account", "Reference", "Currency", "Amount", "Arrived", "Status",
    "Voided on",
)  # fmt: skip


@require_safe
@requires(Permission.VIEW)
def refunds(request: MemberRequest, company: Company) -> HttpResponse:
    """Every refund, by tab and filter; the address holds the state."""
    tab, sort, form, rows = _asked(request, company)
    counts = company.refunds.aggregate(
        **{name or "all": Count("pk", filter=where) for name, (_, where) in TABS.items()}
    )
    address = reverse("payments:refunds", args=[company.slug])
    page = paginate(request, rows)
    context = {
        "page": page,
        "sort": sort,
        "filter": form,
        "tab": tab,
        "tabs": [
            {
                "label": label,
                "href": f"{address}?tab={name}" if name else address,
                "count": counts[name or "all"],
                "current": name == tab,
            }
            for name, (label, _) in TABS.items()
        ],
        "is_filtered": form.is_filtering,
        "hidden": counts[tab or "all"] - page.paginator.count,
        "clear_href": f"{address}?tab={tab}" if tab else address,
        "export_href": f"{reverse('payments:refunds_export', args=[company.slug])}?{request.GET.urlencode()}",
    }
    return render_part(request, "payments/refunds.html", "rows", context)


@require_safe
@requires(Permission.VIEW)
def export(request: MemberRequest, company: Company) -> HttpResponseBase:
    """Exactly the filtered and sorted list, as CSV."""
    return csv_response(f"refunds-{company.slug}", COLUMNS, _cells(_asked(request, company)[3]))


def _cells(rows: RefundQuerySet) -> Iterator[list[Any]]:
    for refund in rows.iterator(chunk_size=1000):
        yield [
            refund.number, refund.received_on, refund.supplier.name, refund.bank_account.name, refund.reference,
            refund.currency, refund.amount, refund.bank_total, refund.get_status_display(), refund.voided_on,
        ]  # fmt: skip


def _asked(request: MemberRequest, company: Company) -> tuple[str, str, RefundFilter, RefundQuerySet]:
    """The tab, the order, the filters and the refunds that the address asks for."""
    form = RefundFilter(request.GET, company=company)
    form.is_valid()
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    sort = sorting(request, allowed=SORTS, default="-received_on")
    asked = form.cleaned_data
    lookups = {"supplier": "supplier", "received_on__gte": "since", "received_on__lte": "until"}
    rows: RefundQuerySet = Refund.objects.filter(
        TABS[tab][1], company=company, **{lookup: asked[name] for lookup, name in lookups.items() if asked.get(name)}
    )
    if text := asked.get("q"):
        rows = rows.filter(_search(company, text))
    down = "-" if sort.startswith("-") else ""
    order = (f"{down}{SORTS[sort.removeprefix('-')]}", f"{down}id")
    return tab, sort, form, rows.select_related("supplier", "bank_account").order_by(*order)


def _search(company: Company, text: str) -> Q:
    """Number, reference, supplier, or an amount in whichever currency it can be read."""
    found = Q(number__icontains=text) | Q(reference__icontains=text) | Q(supplier__name__icontains=text)
    decimal_mark, group_mark = active_marks()
    for currency in company.refunds.order_by().values_list("currency", flat=True).distinct():
        try:
            minor = parse(text, currency, decimal_mark=decimal_mark, group_mark=group_mark).minor
        except MoneyError:
            continue
        found |= Q(currency=currency, amount_minor=minor)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PAYMENT_MAKE)
def new(request: MemberRequest, company: Company) -> HttpResponse:
    """Enter money back; `?supplier=`, `?credit_note=` or `?payment=` says of whom or what. See `RefundForm`."""
    if request.method == "POST" and not request.POST.get("supplier"):
        return _choose(request, company, SenderForm(request.POST, senders=senders(company)), status=422)
    supplier, first = _of_whom(request, company)
    if supplier is None:
        return _choose(request, company, SenderForm(senders=senders(company)))
    desk = _Desk(request, company, supplier, first)
    if request.method != "POST":
        return desk.page(desk.form())
    if request.POST.get("action") == "totals":
        return desk.page(desk.form(request.POST), part="live")
    return desk.receive()


def _choose(request: MemberRequest, company: Company, form: SenderForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "any": senders(company).exists()}
    return render(request, "payments/refund_of.html", context, status=status)


def _of_whom(request: MemberRequest, company: Company) -> tuple[Supplier | None, CreditNote | Payment | None]:
    """
    The supplier, and the credit note or payment that the address names, if it names one.

    :raises Http404: what it names is not the company's.
    """
    if asked := request.POST.get("supplier"):
        return owned(company.suppliers.all(), [asked])[0], None
    if asked := request.GET.get("credit_note"):
        note: CreditNote = owned(company.credit_notes.select_related("supplier"), [asked])[0]
        return note.supplier, note
    if asked := request.GET.get("payment"):
        payment: Payment = owned(company.payments.select_related("supplier"), [asked])[0]
        return payment.supplier, payment
    if asked := request.GET.get("supplier"):
        return owned(company.suppliers.all(), [asked])[0], None
    return None, None


class _Desk:
    """Entering a refund of one supplier, in one of the currencies there is something in."""

    def __init__(
        self, request: MemberRequest, company: Company, supplier: Supplier, first: CreditNote | Payment | None
    ) -> None:
        self.request, self.company, self.supplier, self.first = request, company, supplier, first
        everything = returnable(supplier, first=first)
        self.currencies = sorted({one.free.currency for one in everything}, key=lambda code: code != supplier.currency)
        asked = request.POST.get("currency") or request.GET.get("currency") or (first.currency if first else "")
        # Where nothing is left any more, the sent form is still drawn in its own currency.
        usual = self.currencies[0] if self.currencies else supplier.currency
        self.currency = asked if asked in self.currencies else usual
        self.sources = [one for one in everything if one.free.currency == self.currency]

    def form(self, data: Any = None) -> RefundForm:
        alone = self.first is None and len(self.sources) == 1
        filled = {f"amount-{one.key}": one.free for one in self.sources if alone or one.row == self.first}
        return RefundForm(
            data,
            company=self.company,
            supplier=self.supplier,
            currency=self.currency,
            sources=self.sources,
            today=timezone.localdate(),
            initial=filled,
        )

    def receive(self) -> HttpResponse:
        request, form = self.request, self.form(self.request.POST)
        try:
            key = form.fields["key"].clean(request.POST.get("key"))
        except ValidationError:
            return self.page(form, status=422)
        try:
            location = idempotency.once(
                company=self.company,
                key=key,
                content={name: str(value).strip() for name, value in request.POST.items() if name not in _FRAME},
                by=request.user,
                path=request.path,
                act=lambda: self._record(form),
            )
        except idempotency.KeyReused as refusal:
            return self.page(form, error=str(refusal), status=422)
        except Refused as refusal:
            if str(refusal):
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            return self.page(form, status=422)
        return see_other(request, location)

    def _record(self, form: RefundForm) -> str:
        """:raises Refused: without words when the form says what is wrong itself."""
        if not form.is_valid():
            raise PaymentError("")
        sent = form.cleaned_data
        rate = {"rate": sent["rate"]} if form.is_foreign else {}
        refund = actions.refund(
            company=self.company,
            supplier=self.supplier,
            bank_account=sent["bank_account"],
            received_on=sent["received_on"],
            parts=form.parts,
            by=self.request.user,
            reference=sent["reference"],
            note=sent["note"],
            **rate,
        )
        messages.success(self.request, f"Refund {refund.number} of {refund.amount} is recorded.")
        return reverse("payments:refund", args=[self.company.slug, refund.pk])

    def page(self, form: RefundForm, *, part: str = "sums", error: str = "", status: int = 200) -> HttpResponse:
        """The page with `form`, and what its amounts come to; those it starts with are read as if they were sent."""
        sums = form
        if not form.is_bound:
            sums = self.form({f"amount-{one.key}": form[f"amount-{one.key}"].value() for one in self.sources})
        sums.is_valid()
        context = {
            "form": form,
            "sums": sums,
            "rows": form.rows(sums),
            "supplier": self.supplier,
            "currency": self.currency,
            "currencies": self.currencies,
            "error": error,
        }
        return render_part(self.request, "payments/refund_new.html", part, context, status=status)


_FRAME = frozenset({"key", "action", "csrfmiddlewaretoken"})
"""What a form carries besides its content."""


@require_safe
@requires(Permission.VIEW)
def detail(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    refund = get_object_or_404(
        company.refunds.select_related("company", "supplier", "bank_account", "created_by", "voided_by"), pk=pk
    )
    context = {
        "refund": refund,
        "parts": refund.parts.select_related("credit_note", "from_payment", "refund"),
        # Read through the reverse relation of the room above.
        "matches": refund.matches.filter(undone_at=None).select_related("transaction", "transaction__bank_account"),
        "match_state": _match_state(refund),
        "journal": journal_of(list(ledger.entries_of(refund)), company),
        "events": audit.trail(refund)[:50],
    }
    return render(request, "payments/refund.html", context)


def _match_state(refund: Refund) -> str:
    if refund.status != RefundStatus.COMPLETED:
        return ""
    if not refund.matched_minor:
        return "unmatched"
    return "partly_matched" if refund.unmatched else "matched"
