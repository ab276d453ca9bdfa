"""
Every address of Billpay.

A company's pages begin with its slug, so the words that begin the other addresses cannot be slugs:
they are listed in `billpay.companies.actions.RESERVED_SLUGS`.
"""

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from billpay.companies import urls as companies
from billpay.home import health
from billpay.proof import views as proof

# The admin's own sign-in would pass by the second factor and the lock-out.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = "Billpay operations"
admin.site.site_title = "Billpay operations"
admin.site.index_title = "Records of every company"
admin.site.index_template = "proof/admin_index.html"

# Allauth's pages, without those for managing addresses. The one for signing up says that it is closed.
ACCOUNT = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", account.signup, name="account_signup"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
]

COMPANIES: list[URLPattern | URLResolver] = [
    *companies.urlpatterns,
    path("<slug:company>/", include(companies.company_urlpatterns)),
]


ROOMS = ("bills", "credit_notes", "payments", "suppliers", "banking", "reconciliation", "ledger", "reports")

urlpatterns: list[URLPattern | URLResolver] = [
    path("operations/proof/", admin.site.admin_view(proof.page), name="proof"),
    path("operations/", admin.site.urls),
    path("accounts/", include(ACCOUNT)),
    path("healthz/", health.healthz, name="healthz"),
    path("", include((COMPANIES, "companies"))),
    path("", include("billpay.home.urls")),
    *(path("<slug:company>/", include(f"billpay.{room}.urls")) for room in ROOMS),
]
