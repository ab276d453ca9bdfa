"""The dashboard and search."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company


@require_safe
@requires(Permission.VIEW)
def dashboard(request: MemberRequest, company: Company) -> HttpResponse:
    return render(request, "home/dashboard.html", {})


@require_safe
@requires(Permission.VIEW)
def search(request: MemberRequest, company: Company) -> HttpResponse:
    return render(request, "home/search.html", {"search_query": request.GET.get("q", "").strip()})
