"""The operators' desk for people and companies."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest

from billpay.companies.models import ApprovalLimit, AuditEvent, AuditHead, Company, IdempotencyKey, Membership, User
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


class Memberships(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


class Limits(ReadOnlyInline):
    model = ApprovalLimit
    verbose_name = "approval limit"
    fields = ("subject", "above", "approvers")
    readonly_fields = fields

    @admin.display(description="over")
    def above(self, limit: ApprovalLimit) -> str:
        return str(Money(limit.above_minor, limit.company.base_currency))


@admin.register(Company)
class CompanyAdmin(QuickAdmin):
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A company comes with its chart of accounts: `manage.py create_company` makes both."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(QuickAdmin):
    list_display = ("user", "company", "role", "created_at")
    list_select_related = ("user", "company")
    list_filter = ("role",)
    search_fields = ("user__email", "user__name", "company__name", "company__slug")
    autocomplete_fields = ("user", "company")
    readonly_fields = ("created_at",)


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
