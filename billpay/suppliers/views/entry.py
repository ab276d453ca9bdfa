"""Adding, changing, archiving and restoring a supplier."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billpay.companies.access import MemberRequest, Permission, requires
from billpay.companies.models import Company
from billpay.htmx import see_other
from billpay.suppliers import actions, standing
from billpay.suppliers.forms import SupplierForm
from billpay.suppliers.models import Supplier
from billpay.suppliers.similar import similar as alike

type Twins = list[dict[str, Any]]


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SUPPLIER_EDIT)
def new(request: MemberRequest, company: Company) -> HttpResponse:
    """An empty form, with `?name=` in it; a name much like one there is asks first."""
    if request.method != "POST":
        initial = {
            "name": request.GET.get("name", "")[:150],
            "currency": company.base_currency,
            "terms_days": 30,
            "terms": Supplier._meta.get_field("terms").default,
        }
        return _form(request, company, SupplierForm(company=company, initial=initial), None)
    form = SupplierForm(request.POST, company=company)
    twins = _twins(company, request.POST.get("name", ""))
    if not form.is_valid():
        return _form(request, company, form, None, twins=twins, status=422)
    if twins and not form.cleaned_data["confirmed"]:
        form.add_error("confirmed", f"{twins[0]['name']} is a supplier already. Say that this is another one.")
        return _form(request, company, form, None, twins=twins, status=422)
    supplier = actions.create(company=company, values=form.values, by=request.user)
    messages.success(request, f"{supplier} is added.")
    return see_other(request, "suppliers:detail", company.slug, supplier.pk)


@require_safe
@requires(Permission.SUPPLIER_EDIT)
def similar(request: MemberRequest, company: Company) -> HttpResponse:
    """Suppliers that are named much like `?name=`, while it is being typed."""
    form = SupplierForm(company=company)
    return render(
        request, "suppliers/_similar.html", {"form": form, "twins": _twins(company, request.GET.get("name", ""))}
    )


def _twins(company: Company, name: str) -> Twins:
    found = alike(name, company.suppliers.order_by("pk").values_list("pk", "name"))
    archived = set(company.suppliers.archived().filter(pk__in=[pk for pk, _ in found]).values_list("pk", flat=True))
    return [{"pk": pk, "name": other, "archived": pk in archived} for pk, other in found]


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SUPPLIER_EDIT)
def edit(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    supplier = _found(company, pk)
    if request.method != "POST":
        return _form(request, company, SupplierForm.showing(supplier), supplier)
    form = SupplierForm(request.POST, company=company, supplier=supplier)
    if not form.is_valid():
        return _form(request, company, form, supplier, status=422)
    version = form.cleaned_data["version"] or 0
    try:
        actions.edit(supplier=supplier, values=form.values, version=version, by=request.user)
    except actions.Stale as refusal:
        return _stale(request, company, form, supplier, refusal)
    messages.success(request, f"{form.values['name']} is saved.")
    return see_other(request, "suppliers:detail", company.slug, pk)


def _found(company: Company, pk: int) -> Supplier:
    supplier: Supplier = get_object_or_404(
        company.suppliers.select_related("company", "default_account", "default_tax_rate"), pk=pk
    )
    return supplier


def _form(
    request: MemberRequest,
    company: Company,
    form: SupplierForm,
    supplier: Supplier | None,
    *,
    twins: Twins | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "supplier": supplier,
        "twins": twins or [],
        "cancel_href": reverse("suppliers:detail", args=[company.slug, supplier.pk])
        if supplier
        else reverse("suppliers:list", args=[company.slug]),
    }
    return render(request, "suppliers/form.html", context, status=status)


def _stale(
    request: MemberRequest, company: Company, form: SupplierForm, supplier: Supplier, refusal: actions.Stale
) -> HttpResponse:
    """What the supplier is now beside what was typed, so that nothing typed is lost without being seen."""
    now = _found(company, supplier.pk)
    rows = []
    for name, label in actions.DETAILS.items():
        here, typed = getattr(now, name), form.values[name]
        now_shown, typed_shown = (actions.in_words(name, value) if value else "" for value in (here, typed))
        rows.append({"label": label, "now": now_shown, "typed": typed_shown, "differs": here != typed})
    return render(request, "suppliers/stale.html", {"supplier": now, "rows": rows, "error": str(refusal)}, status=409)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SUPPLIER_EDIT)
def archive(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """What archiving means for this supplier, and then the archiving."""
    supplier = _found(company, pk)
    if request.method == "POST":
        actions.archive(supplier=supplier, by=request.user)
        undo = reverse("suppliers:restore", args=[company.slug, pk])
        messages.success(request, f"{supplier} is archived.", extra_tags=f"undo:{undo}")
        return see_other(request, "suppliers:detail", company.slug, pk)
    figures = standing.figures(supplier, today=timezone.localdate())
    return render(request, "suppliers/archive.html", {"supplier": supplier, "figures": figures})


@require_POST
@requires(Permission.SUPPLIER_EDIT)
def restore(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    supplier = _found(company, pk)
    actions.restore(supplier=supplier, by=request.user)
    messages.success(request, f"{supplier} is active again.")
    return see_other(request, "suppliers:detail", company.slug, pk)
