"""Files kept with a bill."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from billpay.bills import actions
from billpay.bills.forms import AttachmentForm
from billpay.bills.models import Attachment, Bill
from billpay.bills.views.page import draw
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other


def _bill(company: Company, pk: int) -> Bill:
    bill: Bill = get_object_or_404(company.bills.select_related("supplier", "company"), pk=pk)
    return bill


def _attachment(company: Company, pk: int, attachment: uuid.UUID) -> Attachment:
    found: Attachment = get_object_or_404(company.attachments.select_related("bill__company"), bill=pk, pk=attachment)
    return found


@require_POST
@requires(Permission.BILL_EDIT)
def attachments(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """Keep one more file."""
    bill = _bill(company, pk)
    form = AttachmentForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            kept = actions.attach(bill=bill, file=form.cleaned_data["file"], by=request.user)
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, f"“{kept.name}” is attached.")
            return see_other(request, "bills:detail", company.slug, pk)
    return draw(request, company, bill, file_form=form, status=422)


@require_safe
@requires(Permission.VIEW)
def attachment(request: MemberRequest, company: Company, pk: int, attachment: uuid.UUID) -> HttpResponseBase:
    """
    The file, always as a download: what people upload never runs as a page of this site.

    The type is what its content was found to be, and a sandbox without rights goes with it.
    """
    kept = _attachment(company, pk, attachment)
    try:
        content = kept.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("The file is missing from the store.") from error
    response = FileResponse(content, as_attachment=True, filename=kept.name, content_type=kept.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@require_POST
@requires(Permission.BILL_EDIT)
def attachment_removal(request: MemberRequest, company: Company, pk: int, attachment: uuid.UUID) -> HttpResponse:
    kept = _attachment(company, pk, attachment)
    actions.remove_attachment(attachment=kept, by=request.user)
    messages.success(request, f"“{kept.name}” is removed.")
    return see_other(request, "bills:detail", company.slug, pk)
