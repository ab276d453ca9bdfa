"""Entering and editing a credit note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from billpay.companies import idempotency
from billpay.companies.access import MemberRequest, Permission, owned, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.credit_notes import actions
from billpay.credit_notes.actions import DuplicateNumber, Stale
from billpay.credit_notes.forms import CreditNoteForm
from billpay.credit_notes.models import CreditNote
from billpay.credit_notes.views.moves import after_approval, say
from billpay.documents import drafting
from billpay.documents.lines import Editor
from billpay.htmx import see_other, wants_part

REDRAWS = frozenset({"add_line", "remove_line", "apply"})


@dataclass(frozen=True, slots=True)
class Twins:
    """Credit notes of the same number: `blocking` ones need a reason, the others are pointed out."""

    blocking: list[CreditNote]
    others: list[CreditNote]


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CREDIT_EDIT)
def new(request: MemberRequest, company: Company) -> HttpResponse:
    """An empty credit note, one for `?supplier=`, or a copy of `?copy=`."""
    if request.method == "POST":
        return _posted(request, company, None)
    if copied := request.GET.get("copy"):
        note = owned(company.credit_notes.select_related("supplier", "company"), [copied])[0]
        return _page(request, company, Editor.of(CreditNoteForm, note, copy=True), None)
    asked = request.GET.get("supplier")
    supplier = owned(company.suppliers.all(), [asked])[0] if asked else None
    return _page(request, company, Editor.fresh(CreditNoteForm, company, supplier=supplier), None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CREDIT_EDIT)
def edit(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """The form of a credit note that is not approved yet; one that is goes to its page, where its amounts stand."""
    note = get_object_or_404(company.credit_notes.select_related("supplier", "company"), pk=pk)
    if request.method == "POST":
        return _posted(request, company, note)
    if not note.is_editable:
        return see_other(request, "credit_notes:detail", company.slug, pk)
    return _page(request, company, Editor.of(CreditNoteForm, note), note)


def _posted(request: MemberRequest, company: Company, note: CreditNote | None) -> HttpResponse:
    if REDRAWS & request.POST.keys():
        return _redrawn(request, company, note)
    asked = request.POST.get("action", "draft")
    if asked == "approve" and Permission.CREDIT_APPROVE not in request.permissions:
        raise PermissionDenied("Your role does not allow approving credit notes.")
    editor = Editor.sent(CreditNoteForm, request, company, note)
    if not editor.is_valid():
        return _page(request, company, editor, note, status=422)
    try:
        location = idempotency.once(
            company=company,
            key=editor.form.cleaned_data["key"],
            content=_digestible(request, note),
            by=request.user,
            path=request.path,
            act=lambda: _saved(request, company, editor, note, asked),
        )
    except Stale as refusal:
        return _stale(request, company, editor, note, refusal)
    except DuplicateNumber as refusal:
        editor.form.add_error("number", str(refusal))
        return _page(request, company, editor, note, twins=Twins(list(refusal.twins), []), status=422)  # type: ignore[arg-type]
    except Refused as refusal:
        editor.form.add_error(refusal.field if refusal.field in editor.form.fields else None, str(refusal))
        return _page(request, company, editor, note, status=422)
    return _answered(request, company, location, asked)


def _answered(request: MemberRequest, company: Company, location: str, asked: str) -> HttpResponse:
    words = {"submit": "{} is submitted for approval.", "approve": "{} is approved: {} of credit can be used."}
    pk = int(location.rstrip("/").rpartition("/")[2])
    say(request, words.get(asked, "{} is saved as a draft."), company.credit_notes.get(pk=pk))
    return after_approval(request, company, pk, go_on=False)


def _saved(
    request: MemberRequest, company: Company, editor: Editor[CreditNoteForm], note: CreditNote | None, asked: str
) -> str:
    """Keep the credit note and do what was asked for, all or nothing; gives the address of its page."""
    entered = editor.form.cleaned_data
    content, reason = editor.form.content(editor.lines), entered["twin_reason"]
    if note is None:
        kept = actions.enter(company=company, content=content, by=request.user, twin_reason=reason)
    else:
        version = entered["version"] or 0
        kept = actions.edit(note=note, content=content, version=version, by=request.user, twin_reason=reason)
    if asked == "submit":
        actions.submit(note=kept, by=request.user)
    elif asked == "approve":
        actions.approve(note=kept, by=request.user)
    return reverse("credit_notes:detail", args=[company.slug, kept.pk])


def _digestible(request: MemberRequest, note: CreditNote | None) -> dict[str, Any]:
    """What makes two posts of one form the same."""
    sent = {name: request.POST.getlist(name) for name in request.POST if name != "csrfmiddlewaretoken"}
    return {"credit_note": note.pk if note else None, "sent": sent}


def _redrawn(request: MemberRequest, company: Company, note: CreditNote | None) -> HttpResponse:
    editor = Editor.redrawn(CreditNoteForm, request, company, note)
    if not wants_part(request):
        return _page(request, company, editor, note)
    part = "documents/_redrawn.html" if "apply" in request.POST else "documents/_lines_redrawn.html"
    return render(request, part, {"editor": editor})


def _page(
    request: MemberRequest,
    company: Company,
    editor: Editor[CreditNoteForm],
    note: CreditNote | None,
    *,
    twins: Twins | None = None,
    status: int = 200,
) -> HttpResponse:
    form = editor.form
    context = {
        "editor": editor,
        "form": form,
        "formset": editor.lines,
        "note": note,
        "twins": twins or (_twins(editor, note) if form.is_bound or form["twin_reason"].value() else None),
        "totals_href": reverse("credit_notes:totals", args=[company.slug]),
        "cancel_href": reverse("credit_notes:detail", args=[company.slug, note.pk])
        if note
        else reverse("credit_notes:list", args=[company.slug]),
    }
    return render(request, "credit_notes/form.html", context, status=status)


def _stale(
    request: MemberRequest, company: Company, editor: Editor[CreditNoteForm], note: CreditNote | None, refusal: Stale
) -> HttpResponse:
    """What the credit note is now beside what was typed, so that nothing typed is lost without being seen."""
    assert note is not None  # noqa: S101  Only an edit can be stale.
    now = company.credit_notes.select_related("supplier").get(pk=note.pk)
    typed = editor.form.content(editor.lines)
    pairs = [
        ("Supplier", now.supplier, typed.supplier),
        ("Credit note number", now.number, typed.number),
        ("Date", now.issued_on, typed.issued_on),
        ("Currency", now.currency, typed.currency),
        ("Reference", now.reference, typed.reference),
        ("Note", now.note, typed.note),
        ("Lines", now.lines.count(), len(typed.lines)),
        ("Total", now.total, editor.preview.total),
    ]
    rows = [{"label": label, "now": here, "typed": mine, "differs": here != mine} for label, here, mine in pairs]
    context = {"note": now, "rows": rows, "error": str(refusal)}
    return render(request, "credit_notes/stale.html", context, status=409)


@require_POST
@requires(Permission.CREDIT_EDIT)
def totals(request: MemberRequest, company: Company) -> HttpResponse:
    """What the typed lines come to, for the block of sums."""
    editor = Editor.sent(CreditNoteForm, request, company)
    context = {"preview": editor.preview, "amounts_are": editor.form["amounts_are"].value(), "live": True}
    return render(request, "documents/_totals.html", context)


@require_POST
@requires(Permission.CREDIT_EDIT)
def duplicates(request: MemberRequest, company: Company) -> HttpResponse:
    """Credit notes of the number being typed, as soon as supplier and number are known."""
    asked = request.POST.get("credit_note", "")
    note = owned(company.credit_notes.all(), [asked])[0] if asked else None
    editor = Editor.sent(CreditNoteForm, request, company)
    return render(request, "credit_notes/_twins.html", {"twins": _twins(editor, note), "form": editor.form})


def _twins(editor: Editor[CreditNoteForm], note: CreditNote | None) -> Twins | None:
    supplier, number = editor.supplier, str(editor.form["number"].value() or "").strip()
    if supplier is None or not number:
        return None
    form, total = editor.form, editor.preview.total
    try:
        issued_on = form.fields["issued_on"].clean(form["issued_on"].value())
    except ValidationError:
        return None
    typed = CreditNote(
        pk=note.pk if note else None,
        supplier=supplier,
        number=number,
        issued_on=issued_on,
        total_minor=total.minor,
        currency=total.currency,
    )
    found: list[CreditNote] = drafting.twins_of(typed)  # type: ignore[assignment]
    blocking = [twin for twin in found if drafting.blocks(typed, twin)]
    return Twins(blocking, [twin for twin in found if twin not in blocking])
