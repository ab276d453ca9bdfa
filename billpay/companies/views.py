"""Pages about people and companies."""

from __future__ import annotations

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billpay.companies import actions, audit, heads
from billpay.companies.access import MemberRequest, Permission, company_home, requires
from billpay.companies.accounts import send_invitation
from billpay.companies.export import csv_response
from billpay.companies.forms import MemberForm, ProfileForm, RoleForm, SettingsForm
from billpay.companies.lists import paginate
from billpay.companies.models import Company, Role
from billpay.companies.refusals import Refused

EXPORTED_AT_ONCE = 2_000


@require_safe
@login_required
def start(request: MemberRequest) -> HttpResponse:
    """Go straight to the only company; else choose among them."""
    first_two = Company.objects.visible_to(request.user)[:2]
    if len(first_two) == 1:
        return redirect(company_home(first_two[0]))
    return choose(request)


@require_safe
@login_required
def choose(request: MemberRequest) -> HttpResponse:
    """Every company the user can see, also when there is only one, or none."""
    page = paginate(request, Company.objects.visible_to(request.user), per_page=50)
    return render(request, "companies/choose.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: MemberRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST":
        if form.is_valid():
            form.save()
            messages.success(request, "Your profile is saved.")
            return redirect("companies:profile")
        request.user.refresh_from_db()
        return render(request, "companies/profile.html", {"form": form}, status=422)
    return render(request, "companies/profile.html", {"form": form})


def _members_page(request: MemberRequest, company: Company, form: MemberForm, *, error: str = "") -> HttpResponse:
    context = {
        "form": form,
        "error": error,
        "roles": Role.choices,
        "page": paginate(request, company.memberships.select_related("user"), per_page=50),
    }
    return render(request, "companies/members.html", context, status=422 if error or form.is_bound else 200)


@require_http_methods(["GET", "HEAD"])
@requires(Permission.VIEW)
def members(request: MemberRequest, company: Company) -> HttpResponse:
    return _members_page(request, company, MemberForm())


@require_POST
@requires(Permission.MEMBERS)
def add_member(request: MemberRequest, company: Company) -> HttpResponse:
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _members_page(request, company, form)
    try:
        membership = actions.add_member(
            company=company, email=form.cleaned_data["email"], role=Role(form.cleaned_data["role"]), by=request.user
        )
    except Refused as refusal:
        form.add_error(refusal.field or None, str(refusal))
        return _members_page(request, company, form)
    send_invitation(request, membership, invited_by=request.user)
    messages.success(
        request, f"{membership.user.email} is a member now. We have sent them a mail that says how to sign in."
    )
    return redirect("companies:members", company.slug)


@require_POST
@requires(Permission.MEMBERS)
def member_role(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    membership = get_object_or_404(company.memberships.select_related("user"), pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _members_page(request, company, MemberForm(), error="Choose one of the roles in the list.")
    try:
        membership = actions.change_role(membership=membership, role=Role(form.cleaned_data["role"]), by=request.user)
    except Refused as refusal:
        return _members_page(request, company, MemberForm(), error=str(refusal))
    messages.success(request, f"{membership.user} is {membership.get_role_display().lower()} now.")
    return redirect("companies:members", company.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MEMBERS)
def member_removal(request: MemberRequest, company: Company, pk: int) -> HttpResponse:
    """GET asks, POST removes."""
    membership = get_object_or_404(company.memberships.select_related("user"), pk=pk)
    if request.method != "POST":
        return render(request, "companies/member_removal.html", {"membership": membership})
    try:
        actions.remove_member(membership=membership, by=request.user)
    except Refused as refusal:
        return _members_page(request, company, MemberForm(), error=str(refusal))
    messages.success(request, f"{membership.user} is no longer a member.")
    if membership.user_id == request.user.pk:
        return redirect("companies:choose")
    return redirect("companies:members", company.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SETTINGS)
def company_settings(request: MemberRequest, company: Company) -> HttpResponse:
    if request.method != "POST":
        return render(request, "companies/settings.html", {"form": SettingsForm.showing(company)})
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return render(request, "companies/settings.html", {"form": form}, status=422)
    try:
        actions.change_settings(company=company, values=form.cleaned_data, by=request.user)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return render(request, "companies/settings.html", {"form": form}, status=422)
    messages.success(request, "The settings are saved.")
    return redirect("companies:settings", company.slug)


@require_safe
@requires(Permission.VIEW)
def activity(request: MemberRequest, company: Company) -> HttpResponse:
    """The company's whole trail, newest first."""
    events = company.audit_events.select_related("by").order_by("-sequence")
    context = {"page": paginate(request, events, per_page=50), "head": audit.head_of(company)}
    return render(request, "companies/activity.html", context)


@require_safe
@requires(Permission.VIEW)
def activity_export(request: MemberRequest, company: Company) -> StreamingHttpResponse:
    """The whole trail as a file, oldest first, with the hash that chains each line to the one before it."""
    header = ("Number", "At", "By", "What", "Kind", "Id", "Summary", "Detail", "Hash")
    name = f"{company.slug}-activity-{timezone.localdate():%Y-%m-%d}"
    events = company.audit_events.select_related("by").order_by("sequence").iterator(chunk_size=EXPORTED_AT_ONCE)
    rows = (
        (
            event.sequence, event.at, event.by.email if event.by else "", event.verb, event.target_kind,
            event.target_id, event.summary, json.dumps(event.detail, ensure_ascii=False, sort_keys=True), event.hash,
        )
        for event in events
    )  # fmt: skip
    return csv_response(name, header, rows)


@require_safe
@requires(Permission.SETTINGS)
def audit_head(request: MemberRequest, company: Company) -> HttpResponse:
    """Where the trail ends now, as a file for `manage.py check_audit --head`."""
    now = timezone.now()
    document = json.dumps(heads.exported([company], at=now), indent=2)
    response = HttpResponse(document, content_type="application/json")
    name = f"{company.slug}-head-{timezone.localtime(now):%Y-%m-%d-%H%M}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
