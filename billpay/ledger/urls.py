"""The books. All lie under a company's slug."""

from django.urls import URLPattern, path

from billpay.ledger.views import chart, journal, trial_balance

app_name = "ledger"


def _kept(kind: str, prefix: str) -> list[URLPattern]:
    """The addresses for adding to and changing one of the lists that owners keep."""
    of = {"kind": kind}
    return [
        path(f"books/{prefix}/new/", chart.new, of, name=f"{kind}_new"),
        path(f"books/{prefix}/<int:pk>/edit/", chart.edit, of, name=f"{kind}_edit"),
        path(f"books/{prefix}/<int:pk>/archive/", chart.archive, of, name=f"{kind}_archive"),
        path(f"books/{prefix}/<int:pk>/restore/", chart.restore, of, name=f"{kind}_restore"),
    ]


urlpatterns = [
    path("books/accounts/", chart.accounts, name="accounts"),
    *_kept("account", "accounts"),
    path("books/tax-rates/", chart.tax_rates, name="tax_rates"),
    *_kept("tax_rate", "tax-rates"),
    path("books/tracking/", chart.tracking, name="tracking"),
    *_kept("tracking", "tracking"),
    path("books/journal/", journal.journal, name="journal"),
    path("books/journal/export/", journal.export, name="journal_export"),
    path("books/journal/<int:pk>/", journal.entry, name="entry"),
    path("books/trial-balance/", trial_balance.trial_balance, name="trial_balance"),
    path("books/trial-balance/export/", trial_balance.export, name="trial_balance_export"),
]
