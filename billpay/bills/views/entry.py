"""Entering and editing a bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from billpay.bills import actions
from billpay.bills.actions import DuplicateNumber, Stale
from billpay.bills.forms import BillForm
from billpay.bills.models import Bill
from billpay.bills.views.moves import after_approval, say
from billpay.companies import idempotency
from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.approval import exceeded, limits_of
from billpay.companies.models import ApprovalSubject, Company
from billpay.companies.refusals import Refused
from billpay.documents import drafting, terms
from billpay.documents.lines import Editor
from billpay.htmx import see_other, wants_part
from billpay.money.value import Money

REDRAWS = frozenset({"add_line", "remove_line", "apply"})
NEAR_DAYS = 14
"""Another number over the same amount within so many days is worth a word."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Bills that look like the one being entered: `blocking` ones need a reason, the others are pointed out."""

    blocking: list[Bill]
    others: list[Bill]
    similar: list[Bill]


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BILL_EDIT)
def new(request: MemberRequest, company: Company) -> HttpResponse:
    """An empty bill, one for `?supplier=`, or a copy of `?copy=`."""
    if request.method == "POST":
        return _posted(request, company, None)
    if copied := request.GET.get("copy"):
        bill = owned(company.bills.select_related("supplier"), [copied])[0]
        usual = terms.of(bill.supplier, timezone.localdate())
        return _page(request, company, Editor.of(BillForm, bill, copy=True, **usual), None)
    asked = request.GET.get("supplier")
    supplier = owned(company.suppliers.all(), [asked])[0] if asked else None
    editor = Editor.fresh(BillForm, company, supplier=supplier)
    if supplier:
        editor.form.initial.update(terms.of(supplier, editor.form.initial["issued_on"]))
    return _page(request, company, editor, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BILL_EDIT)
def edit(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """The form of a bill that is not approved yet; one that is has its amounts locked, and goes to its page."""
    bill = get_object_or_404(company.bills.select_related("supplier", "company"), pk=pk)
    if request.method == "POST":
        return _posted(request, company, bill)
    if not bill.is_editable:
        return see_other(request, "bills:dates", company.slug, pk)
    editor = Editor.of(
        BillForm,
        bill,
        due_on=bill.due_on,
        planned_on=bill.planned_on,
        discount_percent=bill.discount_percent or None,
        discount_until=bill.discount_until,
        discount_tax=bill.discount_tax,
    )
    return _page(request, company, editor, bill)


def _posted(request: MemberRequest, company: Company, bill: Bill | None) -> HttpResponse:
    if REDRAWS & request.POST.keys():
        return _redrawn(request, company, bill)
    asked = request.POST.get("action", "draft")
    if asked in {"approve", "approve_next"} and Permission.BILL_APPROVE not in request.permissions:
        raise PermissionDenied("Your role does not allow approving bills.")
    editor = Editor.sent(BillForm, request, company, bill)
    if not editor.is_valid():
        return _page(request, company, editor, bill, status=422)
    try:
        location = idempotency.once(
            company=company,
            key=editor.form.cleaned_data["key"],
            content=_digestible(request, bill),
            by=request.user,
            path=request.path,
            act=lambda: _saved(request, company, editor, bill, asked),
        )
    except Stale as refusal:
        return _stale(request, company, editor, bill, refusal)
    except DuplicateNumber as refusal:
        editor.form.add_error("number", str(refusal))
        return _page(request, company, editor, bill, twins=Twins(list(refusal.twins), [], []), status=422)  # type: ignore[arg-type]
    except Refused as refusal:
        editor.form.add_error(refusal.field if refusal.field in editor.form.fields else None, str(refusal))
        return _page(request, company, editor, bill, status=422)
    return _answered(request, company, location, "redraft" if _waited(bill) and asked == "draft" else asked)


def _waited(bill: Bill | None) -> bool:
    return bill is not None and bill.status == Bill.Status.AWAITING_APPROVAL


def _answered(request: MemberRequest, company: Company, location: str, asked: str) -> HttpResponse:
    words = {
        "redraft": "{} is a draft again. Approvals given before do not count; submit it when it is right.",
        "submit": "{} is submitted for approval.",
        "approve": "{} is approved: {} to pay by {}.",
        "approve_next": "{} is approved: {} to pay by {}.",
    }
    bill = company.bills.get(pk=int(location.rstrip("/").rpartition("/")[2]))
    say(request, words.get(asked, "{} is saved as a draft."), bill)
    if asked == "approve_next":
        return after_approval(request, company, bill, go_on=True)
    return see_other(request, location)


def _saved(request: MemberRequest, company: Company, editor: Editor[BillForm], bill: Bill | None, asked: str) -> str:
    """Keep the bill, its file and what was asked for, all or nothing; gives the address of its page."""
    entered = editor.form.cleaned_data
    content = editor.form.content(editor.lines)
    own = {name: entered[name] for name in ("due_on", "planned_on", "twin_reason")}
    own["discount"] = editor.form.discount
    if bill is None:
        kept = actions.enter(company=company, content=content, by=request.user, **own)
    else:
        kept = actions.edit(bill=bill, content=content, version=entered["version"] or 0, by=request.user, **own)
    if entered["file"]:
        actions.attach(bill=kept, file=entered["file"], by=request.user)
    if asked == "submit":
        actions.submit(bill=kept, by=request.user)
    elif asked in {"approve", "approve_next"}:
        actions.approve(bill=kept, by=request.user)
    return reverse("bills:detail", args=[company.slug, kept.pk])


def _digestible(request: MemberRequest, bill: Bill | None) -> dict[str, Any]:
    """What makes two posts of one form the same."""
    sent = {name: request.POST.getlist(name) for name in request.POST if name != "csrfmiddlewaretoken"}
    files = {name: [(file.name, file.size) for file in request.FILES.getlist(name)] for name in request.FILES}
    return {"bill": bill.pk if bill else None, "sent": sent, "files": files}


def _redrawn(request: MemberRequest, company: Company, bill: Bill | None) -> HttpResponse:
    editor = Editor.redrawn(BillForm, request, company, bill)
    if not wants_part(request):
        return _page(request, company, editor, bill)
    part = "documents/_redrawn.html" if "apply" in request.POST else "documents/_lines_redrawn.html"
    return render(request, part, {"editor": editor})


def _page(
    request: MemberRequest,
    company: Company,
    editor: Editor[BillForm],
    bill: Bill | None,
    *,
    twins: Twins | None = None,
    status: int = 200,
) -> HttpResponse:
    form = editor.form
    context = {
        "editor": editor,
        "form": form,
        "formset": editor.lines,
        "bill": bill,
        "twins": twins or (_twins(editor, bill) if form.is_bound or form["twin_reason"].value() else None),
        "totals_href": reverse("bills:totals", args=[company.slug]),
        "limit": _limit(company, bill),
        "cancel_href": reverse("bills:detail", args=[company.slug, bill.pk])
        if bill
        else reverse("bills:list", args=[company.slug]),
    }
    return render(request, "bills/form.html", context, status=status)


def _limit(company: Company, bill: Bill | None) -> dict[str, Any] | None:
    """The lowest amount over which others approve, and whether that is certain of this bill: None without limits."""
    limits = limits_of(company, ApprovalSubject.BILL)
    if not limits:
        return None
    lowest = Money(limits[-1].above_minor, company.base_currency)
    return {"over": lowest, "binds": not lowest or bool(bill and exceeded(limits, actions.in_base(bill)))}


def _stale(
    request: MemberRequest, company: Company, editor: Editor[BillForm], bill: Bill | None, refusal: Stale
) -> HttpResponse:
    """What the bill is now beside what was typed, so that nothing typed is lost without being seen."""
    assert bill is not None  # noqa: S101  Only an edit can be stale.
    now = company.bills.select_related("supplier").get(pk=bill.pk)
    typed = editor.form.content(editor.lines)
    entered = editor.form.cleaned_data
    pairs = [
        ("Supplier", now.supplier, typed.supplier),
        ("Bill number", now.number, typed.number),
        ("Bill date", now.issued_on, typed.issued_on),
        ("Due date", now.due_on, entered["due_on"]),
        ("Currency", now.currency, typed.currency),
        ("Reference", now.reference, typed.reference),
        ("Note", now.note, typed.note),
        (
            "Discount, percent",
            now.discount_percent.normalize(),
            (entered["discount_percent"] or Decimal(0)).normalize(),
        ),
        ("Discount until", now.discount_until, entered["discount_until"]),
        ("Lines", now.lines.count(), len(typed.lines)),
        ("Total", now.total, editor.preview.total),
    ]
    rows = [{"label": label, "now": here, "typed": mine, "differs": here != mine} for label, here, mine in pairs]
    return render(request, "bills/stale.html", {"bill": now, "rows": rows, "error": str(refusal)}, status=409)


@require_POST
@requires(Permission.BILL_EDIT)
def totals(request: MemberRequest, company: Company) -> HttpResponse:
    """What the typed lines come to, for the block of sums."""
    editor = Editor.sent(BillForm, request, company)
    context = {"preview": editor.preview, "amounts_are": editor.form["amounts_are"].value(), "live": True}
    return render(request, "documents/_totals.html", context)


@require_POST
@requires(Permission.BILL_EDIT)
def duplicates(request: MemberRequest, company: Company) -> HttpResponse:
    """Bills that look like the one being typed, as soon as supplier and number are known."""
    asked = request.POST.get("bill", "")
    bill = owned(company.bills.all(), [asked])[0] if asked else None
    editor = Editor.sent(BillForm, request, company)
    return render(request, "bills/_twins.html", {"twins": _twins(editor, bill), "form": editor.form})


def _twins(editor: Editor[BillForm], bill: Bill | None) -> Twins | None:
    supplier, number = editor.supplier, str(editor.form["number"].value() or "").strip()
    if supplier is None:
        return None
    form, total = editor.form, editor.preview.total
    try:
        issued_on = form.fields["issued_on"].clean(form["issued_on"].value())
    except Exception:  # noqa: BLE001  Any box may hold anything while it is being typed.
        return None
    typed = Bill(
        pk=bill.pk if bill else None,
        supplier=supplier,
        number=number,
        issued_on=issued_on,
        total_minor=total.minor,
        currency=total.currency,
    )
    found = cast("list[Bill]", drafting.twins_of(typed)) if number else []
    blocking = [twin for twin in found if drafting.blocks(typed, twin)]
    return Twins(blocking, [twin for twin in found if twin not in blocking], [] if found else _similar(typed))


def _similar(typed: Bill) -> list[Bill]:
    """Bills of the supplier over the same amount around the same day, whatever their number."""
    if not typed.total_minor:
        return []
    near = Bill.objects.filter(
        supplier=typed.supplier,
        currency=typed.currency,
        total_minor=typed.total_minor,
        issued_on__range=(_shifted(typed.issued_on, -NEAR_DAYS), _shifted(typed.issued_on, NEAR_DAYS)),
    )
    return list(near.exclude(pk=typed.pk).exclude(status=Bill.Status.VOID).order_by("-issued_on")[:3])


def _shifted(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)
