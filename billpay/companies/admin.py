"""The operators' desk for people and companies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from billpay.companies import actions
from billpay.companies.actions import not_come
from billpay.companies.models import (
    ApprovalLimit,
    AuditEvent,
    AuditHead,
    Company,
    IdempotencyKey,
    Membership,
    Role,
    User,
)
from billpay.companies.refusals import Refused
from billpay.money.value import Money


class QuickAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists that stay quick when there are many rows."""

    list_per_page = 50
    show_full_result_count = False


class ReadOnlyAdmin(QuickAdmin):
    """Look, do not touch: what only actions may write, and nothing may change afterwards."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows of a parent, shown only."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ThroughActions(QuickAdmin):
    """
    Changes by the same actions as the pages make, which leave their line in the company's trail.

    What they refuse is said in words, and the form is drawn again as things are.
    """

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_words(request, lambda: super(ThroughActions, self).changeform_view(request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_words(request, lambda: super(ThroughActions, self).delete_view(request, *args, **kwargs))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_words(request, lambda: super(ThroughActions, self).changelist_view(request, *args, **kwargs))

    def _or_words(self, request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return answer()
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class LowerCaseEmail:
    """People sign in by address in any case, so one address is stored one way."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class UserCreation(LowerCaseEmail, AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email", "name")
        field_classes: dict[str, Any] = {}


class UserChange(LowerCaseEmail, UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, Any] = {}


class UserMemberships(ReadOnlyInline):
    model = Membership
    fields = ("company", "role", "created_at")
    readonly_fields = fields


@admin.register(User)
class UserAdmin(DjangoUserAdmin, QuickAdmin):  # type: ignore[type-arg]
    form = UserChange
    add_form = UserCreation
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "date_joined")
    inlines = (UserMemberships,)
    fieldsets = (
        (None, {"fields": ("email", "password", "name")}),
        ("Display", {"fields": ("theme", "locale", "shortcuts")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are switched off, never deleted: the trail names them."""
        return False


class Memberships(ReadOnlyInline):
    """Shown only: memberships have a desk of their own."""

    model = Membership
    fields = ("user", "role", "created_at")
    readonly_fields = fields
    show_change_link = True


class Limits(ReadOnlyInline):
    model = ApprovalLimit
    verbose_name = "approval limit"
    fields = ("subject", "above", "approvers")
    readonly_fields = fields

    @admin.display(description="over")
    def above(self, limit: ApprovalLimit) -> str:
        return str(Money(limit.above_minor, limit.company.base_currency))


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A company as operators change it: the books are locked through no day that has not come."""

    def clean_locked_through(self) -> date | None:
        day: date | None = self.cleaned_data["locked_through"]
        if "locked_through" in self.changed_data and (why := not_come(day)):
            raise forms.ValidationError(why)
        return day


@admin.register(Company)
class CompanyAdmin(ThroughActions):
    form = CompanyForm
    list_display = ("name", "slug", "base_currency", "locked_through", "created_at")
    search_fields = ("name", "slug")
    list_filter = ("base_currency",)
    # What owners decide on their page of approval leaves a line there; here it is shown only.
    readonly_fields = (
        "next_payment_number",
        "next_batch_number",
        "next_refund_number",
        "split_window_days",
        "checks_bank_details",
        "write_off_limit_minor",
        "created_at",
    )
    inlines = (Memberships, Limits)

    def get_readonly_fields(self, request: HttpRequest, obj: Company | None = None) -> tuple[str, ...]:
        """The books' currency is fixed once there are books, and links hold the slug."""
        return (*self.readonly_fields, "base_currency", "slug") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        actions.change_settings(company=obj, values=form.cleaned_data, by=cast("User", request.user))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A company comes with its chart of accounts: `manage.py create_company` makes both."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(ThroughActions):
    list_display = ("user", "company", "role", "created_at")
    list_select_related = ("user", "company")
    list_filter = ("role",)
    search_fields = ("user__email", "user__name", "company__name", "company__slug")
    autocomplete_fields = ("user", "company")
    readonly_fields = ("created_at",)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        """Whose it is, and where, stays; another person or company is another membership."""
        return (*self.readonly_fields, "user", "company") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        by, role = cast("User", request.user), Role(form.cleaned_data["role"])
        if change:
            actions.change_role(membership=obj, role=role, by=by)
        else:
            obj.pk = actions.add_member(company=obj.company, email=obj.user.email, role=role, by=by).pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        actions.remove_member(membership=obj, by=cast("User", request.user))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        with transaction.atomic():
            for membership in queryset.select_related("company", "user").order_by("pk"):
                self.delete_model(request, membership)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "company", "sequence", "by", "verb", "summary", "hash")
    list_select_related = ("company", "by")
    list_filter = ("verb",)
    date_hierarchy = "at"
    search_fields = ("summary", "verb", "company__slug", "by__email", "target_id", "hash")


@admin.register(AuditHead)
class AuditHeadAdmin(ReadOnlyAdmin):
    list_display = ("company", "count", "hash", "seal")
    list_select_related = ("company",)
    search_fields = ("company__slug", "company__name", "hash")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "company", "by", "method", "path", "status", "location", "key")
    list_select_related = ("company", "by")
    date_hierarchy = "created_at"
    search_fields = ("key", "path", "location", "company__slug", "by__email")
