"""Bank accounts, statements and their import. All lie under a company's slug."""

from django.urls import path

from billpay.banking.views import accounts, importing, statements

app_name = "banking"

urlpatterns = [
    path("bank/", accounts.listing, name="list"),
    path("bank/new/", accounts.new, name="new"),
    path("bank/import/", importing.upload, name="import_start"),
    path("bank/<int:pk>/", accounts.detail, name="detail"),
    path("bank/<int:pk>/export/", accounts.export, name="export"),
    path("bank/<int:pk>/statements/", statements.listing, name="statements"),
    path("bank/<int:pk>/details/", accounts.details, name="details"),
    path("bank/<int:pk>/edit/", accounts.edit, name="edit"),
    path("bank/<int:pk>/archive/", accounts.archive, name="archive"),
    path("bank/<int:pk>/restore/", accounts.restore, name="restore"),
    path("bank/<int:pk>/import/", importing.upload, name="import"),
    path("bank/<int:pk>/import/<uuid:token>/", importing.preview, name="import_preview"),
    path("bank/<int:pk>/import/<uuid:token>/columns/", importing.columns, name="import_columns"),
    path("bank/<int:pk>/import/<uuid:token>/discard/", importing.discard, name="import_discard"),
    path("bank/statements/<int:pk>/", statements.detail, name="statement"),
    path("bank/statements/<int:pk>/undo/", statements.undo, name="undo_import"),
]
