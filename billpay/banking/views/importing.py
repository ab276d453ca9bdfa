"""Importing a statement: upload → columns → preview → confirm. The file stays with us; pages carry its token."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from billpay.banking import actions
from billpay.banking.import_forms import ColumnsForm, ConfirmForm, UploadForm
from billpay.banking.models import StatementUpload
from billpay.banking.statements import StatementRow, UnreadableStatement
from billpay.banking.statements.csv import columns_of, sample
from billpay.banking.statements.proposal import propose, without_missing
from billpay.banking.statements.table import Table
from billpay.companies import idempotency
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other
from billpay.money.value import Money

STEPS = ["Upload", "Columns", "Check", "Done"]
SHOWN_ROWS = 100
SHOWN_NOTES = 20


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.IMPORT)
def upload(request: MemberRequest, company: Company, pk: int | None = None) -> HttpResponse:
    """Take the file, and the account where the address does not say it."""
    account = get_object_or_404(company.bank_accounts, pk=pk) if pk else None
    if request.method != "POST":
        form = UploadForm(company=company, account=account, initial={"account": request.GET.get("account")})
        return _upload_page(request, {"form": form, "account": account})
    form = UploadForm(request.POST, request.FILES, company=company, account=account)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = actions.keep_upload(
                account=account or form.cleaned_data["account"],
                file_name=file.name,
                content=file.read(),
                by=request.user,
            )
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            step = "import_preview" if kept.profile else "import_columns"
            return see_other(request, f"banking:{step}", company.slug, kept.bank_account_id, kept.token)
    return _upload_page(request, {"form": form, "account": account}, status=422)


def _upload_page(request: MemberRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, "banking/import_upload.html", {**context, "steps": STEPS}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.IMPORT)
def columns(request: MemberRequest, company: Company, pk: int, token: uuid.UUID) -> HttpResponse:
    """Say which column is what. Posting `action=check` only shows how the file then reads."""
    kept = _kept(request, company, pk, token)
    table = actions.table_of(kept)
    if request.method != "POST":
        form = ColumnsForm(table=table, initial=_start(kept, table))
        return _columns_page(request, kept, table, form)
    form = ColumnsForm(request.POST, table=table)
    valid = form.is_valid()
    if valid and form.profile and request.POST.get("action") != "check":
        actions.map_columns(upload=kept, profile=form.profile, by=request.user)
        return see_other(request, "banking:import_preview", company.slug, pk, token)
    return _columns_page(request, kept, table, form, status=200 if valid else 422)


def _start(kept: StatementUpload, table: Table) -> dict[str, Any]:
    """What the form shows first: what was chosen for this file, else remembered, else proposed."""
    if kept.profile:
        return dict(kept.profile)
    remembered = actions.remembered_profile(kept.bank_account)
    start = propose(table)
    if remembered is None or start["header"] != remembered.header:
        return start
    return {**start, **without_missing(remembered, table)}


def _columns_page(
    request: MemberRequest, kept: StatementUpload, table: Table, form: ColumnsForm, *, status: int = 200
) -> HttpResponse:
    profile, samples, error = form.profile, [], ""
    if not form.is_bound:
        start = ColumnsForm({name: value for name, value in form.initial.items() if value is not False}, table=table)
        profile = start.profile if start.is_valid() else None
    if profile is not None:
        try:
            samples = sample(table, profile=profile, currency=kept.bank_account.currency)
        except UnreadableStatement as refusal:
            error = str(refusal)
    context = {
        "upload": kept,
        "account": kept.bank_account,
        "form": form,
        "columns": columns_of(table, header=form.has_header),
        "samples": [
            {"sample": one, **_shown(one.row, kept.bank_account.currency)} if one.row else {"sample": one}
            for one in samples
        ],
        "sample_error": error,
        "row_count": len(table.body(header=form.has_header)),
        "steps": STEPS,
    }
    return render_part(request, "banking/import_columns.html", "mapping", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.IMPORT)
def preview(request: MemberRequest, company: Company, pk: int, token: uuid.UUID) -> HttpResponse:
    """GET says what the import would do, POST does it, once."""
    if request.method != "POST":
        kept = _kept(request, company, pk, token)
        if not kept.profile:
            return see_other(request, "banking:import_columns", company.slug, pk, token)
        return _preview_page(request, kept)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _preview_page(request, _kept(request, company, pk, token), posted=True)
    accepted = form.cleaned_data["accept_difference"]

    def act() -> str:
        # Inside, because the file is gone when the same form comes a second time.
        return _import(request, _kept(request, company, pk, token), accept_difference=accepted)

    try:
        location = idempotency.once(
            company=company,
            key=form.cleaned_data["key"],
            content={"upload": str(token), "accept_difference": accepted},
            by=request.user,
            path=request.path,
            act=act,
        )
    except actions.DoesNotAddUp:
        return _preview_page(request, _kept(request, company, pk, token), posted=True)
    except Refused as refusal:
        return _preview_page(request, _kept(request, company, pk, token), error=str(refusal))
    return see_other(request, location)


def _import(request: MemberRequest, kept: StatementUpload, *, accept_difference: bool) -> str:
    slug, account, name = kept.company.slug, kept.bank_account, kept.file_name
    done = actions.import_upload(upload=kept, by=request.user, accept_difference=accept_difference)
    if done.statement is None:
        messages.info(request, f"Nothing new: all {done.known_count} transactions of {name} were here already.")
        return reverse("banking:detail", args=[slug, account.pk])
    known = f" {done.known_count} were here already." if done.known_count else ""
    messages.success(
        request,
        f"{done.new_count} {'transaction' if done.new_count == 1 else 'transactions'} imported.{known}",
        extra_tags=f"undo:{reverse('banking:undo_import', args=[slug, done.statement.pk])}",
    )
    return reverse("banking:statement", args=[slug, done.statement.pk])


def _preview_page(
    request: MemberRequest, kept: StatementUpload, *, error: str = "", posted: bool = False
) -> HttpResponse:
    context: dict[str, Any] = {"upload": kept, "account": kept.bank_account, "steps": STEPS, "error": error}
    try:
        parsed = actions.read_upload(kept)
    except UnreadableStatement as refusal:
        context.update(problems=refusal.problems, problem_count=refusal.count)
    else:
        sorted_out = actions.sort_out(account=kept.bank_account, rows=parsed.rows)
        off = bool(parsed.off_by_minor)
        context.update(
            parsed=parsed,
            new_rows=[_shown(fresh.row, parsed.currency) for fresh in sorted_out.fresh[:SHOWN_ROWS]],
            new_count=len(sorted_out.fresh),
            known_rows=[_shown(row, parsed.currency) for row in sorted_out.known[:SHOWN_ROWS]],
            known_count=sorted_out.known_count,
            notes=parsed.notes[:SHOWN_NOTES],
            more_notes=len(parsed.notes) - SHOWN_NOTES,
            difference=actions.difference_in_words(parsed) if off else "",
            form=ConfirmForm(request.POST if posted else None, off_by=off),
        )
    return render(request, "banking/import_preview.html", context, status=422 if posted or error else 200)


def _shown(row: StatementRow, currency: str) -> dict[str, Any]:
    """A row with its amounts as Money, which is what templates show."""
    balance = None if row.balance_minor is None else Money(row.balance_minor, currency)
    return {"row": row, "amount": Money(row.minor, currency), "balance": balance}


@require_POST
@requires(Permission.IMPORT)
def discard(request: MemberRequest, company: Company, pk: int, token: uuid.UUID) -> HttpResponse:
    actions.discard_upload(upload=_kept(request, company, pk, token))
    messages.info(request, "The file is forgotten; nothing was imported.")
    return see_other(request, "banking:detail", company.slug, pk)


def _kept(request: MemberRequest, company: Company, pk: int, token: uuid.UUID) -> StatementUpload:
    """The person's own file for this account. Another's is not found, even with its token."""
    return get_object_or_404(
        company.statement_uploads.select_related("bank_account", "company"),
        bank_account=pk,
        token=token,
        uploaded_by=request.user,
    )
