"""Under a company's slug: `/<company>/suppliers/…`."""

from django.urls import path

from billpay.suppliers import views

app_name = "suppliers"

urlpatterns = [
    path("suppliers/", views.suppliers, name="list"),
    path("suppliers/export/", views.export, name="export"),
    path("suppliers/new/", views.new, name="new"),
    path("suppliers/similar/", views.similar, name="similar"),
    path("suppliers/<int:pk>/", views.detail, name="detail"),
    path("suppliers/<int:pk>/edit/", views.edit, name="edit"),
    path("suppliers/<int:pk>/archive/", views.archive, name="archive"),
    path("suppliers/<int:pk>/restore/", views.restore, name="restore"),
    path("suppliers/<int:pk>/bank-details/", views.bank_details, name="bank_details"),
    path(
        "suppliers/<int:pk>/bank-details/<int:account>/removal/",
        views.bank_details_removal,
        name="bank_details_removal",
    ),
    path(
        "suppliers/<int:pk>/bank-details/<int:account>/check/",
        views.bank_details_check,
        name="bank_details_check",
    ),
    path(
        "suppliers/<int:pk>/bank-details/<int:account>/rejection/",
        views.bank_details_rejection,
        name="bank_details_rejection",
    ),
    path("suppliers/<int:pk>/statement/", views.statement, name="statement"),
    path("suppliers/<int:pk>/statement/export/", views.statement_export, name="statement_export"),
]
