"""The page on which owners say who must approve what."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billpay.companies import actions
from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.approval import LABELS, lately_loosened, policy_of, shortages
from billpay.companies.approval_forms import ADDS, REMOVES, ApprovalForm
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import render_part, see_other


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SETTINGS)
def approval(request: MemberRequest, company: Company) -> HttpResponse:
    """Draw what is in force; POST stores what was entered, or adds or removes a row without storing."""
    if request.method != "POST":
        return _page(request, company, ApprovalForm.showing(company, policy_of(company)))
    if {ADDS, REMOVES} & request.POST.keys():
        return _page(request, company, ApprovalForm.redrawn(company, request.POST))
    form = ApprovalForm.sent(company, request.POST)
    if not form.is_valid():
        return _page(request, company, form, status=422)
    try:
        actions.change_approval(company=company, policy=form.policy, seen=form.cleaned_data["seen"], by=request.user)
    except actions.PolicyChanged as conflict:
        return _page(request, company, form, error=str(conflict), status=409)
    except Refused as refusal:
        return _page(request, company, form, error=str(refusal), status=422)
    messages.success(request, "What has to be approved is saved.")
    return see_other(request, "companies:approval", company.slug)


def _page(
    request: MemberRequest,
    company: Company,
    form: ApprovalForm,
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    policy = policy_of(company)
    words = policy.words(company.base_currency)
    context = {
        "form": form,
        "formset": form.rows,
        "error": error,
        "removed": REMOVES in request.POST,
        "shortages": shortages(company, policy),
        "loosened": lately_loosened(company, today=timezone.localdate()),
        "in_force": [{"key": LABELS[name], "value": words[name]} for name in LABELS] if status == 409 else [],
        "seen": policy.digest if status == 409 else form["seen"].value(),
    }
    return render_part(request, "companies/approval.html", "limits", context, status=status)
