"""The company's payment methods."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from billpay.companies.access import Permission, requires
from billpay.companies.models import Company
from billpay.companies.refusals import Refused
from billpay.htmx import see_other
from billpay.payments import actions
from billpay.payments.forms.lists import MethodForm, NewMethodForm
from billpay.payments.models import Method


def _page(request: HttpRequest, company: Company, form: NewMethodForm, *, error: str = "") -> HttpResponse:
    rows = company.payment_methods.annotate(used=Count("payments")).order_by("archived_at", "id")
    context = {"form": form, "rows": rows, "error": error}
    return render(request, "payments/methods.html", context, status=422 if error or form.errors else 200)


def _empty() -> NewMethodForm:
    return NewMethodForm(label_suffix="")


@require_safe
@requires(Permission.VIEW)
def methods(request: HttpRequest, company: Company) -> HttpResponse:
    return _page(request, company, _empty())


@require_POST
@requires(Permission.SETTINGS)
def add(request: HttpRequest, company: Company) -> HttpResponse:
    form = NewMethodForm(request.POST, label_suffix="")
    if form.is_valid():
        try:
            method = actions.add_method(
                company=company,
                name=form.cleaned_data["name"],
                kind=Method(form.cleaned_data["kind"]),
                by=request.user,  # type: ignore[arg-type]
            )
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{method.name} is added.")
            return see_other(request, "payments:methods", company.slug)
    return _page(request, company, form)


@require_POST
@requires(Permission.SETTINGS)
def rename(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    method = get_object_or_404(company.payment_methods.select_related("company"), pk=pk)
    form = MethodForm(request.POST)
    if not form.is_valid():
        return _page(request, company, _empty(), error="Enter the method’s name, as your company calls it.")
    try:
        actions.rename_method(method=method, name=form.cleaned_data["name"], by=request.user)  # type: ignore[arg-type]
    except Refused as refusal:
        return _page(request, company, _empty(), error=str(refusal))
    messages.success(request, f"{method.name} is renamed.")
    return see_other(request, "payments:methods", company.slug)


@require_POST
@requires(Permission.SETTINGS)
def archive(request: HttpRequest, company: Company, pk: int) -> HttpResponse:
    """Take a method off the choices, or with `action=restore` put it back."""
    method = get_object_or_404(company.payment_methods.select_related("company"), pk=pk)
    try:
        if request.POST.get("action") == "restore":
            actions.restore_method(method=method, by=request.user)  # type: ignore[arg-type]
            messages.success(request, f"{method.name} is in use again.")
        else:
            actions.archive_method(method=method, by=request.user)  # type: ignore[arg-type]
            messages.success(request, f"{method.name} is archived.")
    except Refused as refusal:
        return _page(request, company, _empty(), error=str(refusal))
    return see_other(request, "payments:methods", company.slug)
