"""The books. All lie under a company's slug."""

from django.urls import URLPattern, path

from billpay.ledger import views

app_name = "ledger"


def _kept(kind: str, prefix: str) -> list[URLPattern]:
    """The addresses for adding to and changing one of the lists that owners keep."""
    of = {"kind": kind}
    return [
        path(f"books/{prefix}/new/", views.new, of, name=f"{kind}_new"),
        path(f"books/{prefix}/<int:pk>/edit/", views.edit, of, name=f"{kind}_edit"),
        path(f"books/{prefix}/<int:pk>/archive/", views.archive, of, name=f"{kind}_archive"),
        path(f"books/{prefix}/<int:pk>/restore/", views.restore, of, name=f"{kind}_restore"),
    ]


urlpatterns = [
    path("books/accounts/", views.accounts, name="accounts"),
    *_kept("account", "accounts"),
    path("books/tax-rates/", views.tax_rates, name="tax_rates"),
    *_kept("tax_rate", "tax-rates"),
    path("books/tracking/", views.tracking, name="tracking"),
    *_kept("tracking", "tracking"),
    path("books/journal/", views.journal, name="journal"),
    path("books/journal/<int:pk>/", views.entry, name="entry"),
    path("books/trial-balance/", views.trial_balance, name="trial_balance"),
]
