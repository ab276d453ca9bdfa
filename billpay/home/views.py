"""The dashboard and search."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.home import board, finding, overview
from billpay.htmx import render_part


@require_safe
@requires(Permission.VIEW)
def dashboard(request: MemberRequest, company: Company) -> HttpResponse:
    """What is owed, when, to whom, and what waits; the first steps while there is no bill yet."""
    if not company.bills.exists():
        return render(request, "home/first_steps.html", {"steps": overview.first_steps(company)})
    return render(request, "home/dashboard.html", board.context(company, today=timezone.localdate()))


@require_safe
@requires(Permission.VIEW)
def search(request: MemberRequest, company: Company) -> HttpResponse:
    """What was found, in groups; htmx gets the groups alone."""
    text = finding.asked(request.GET.get("q", ""))
    found = finding.find(company, text) if text else None
    return render_part(request, "home/search.html", "found", {"search_query": text, "found": found})
