"""Under a company's slug: `/<company>/credits/…`. Allocating one is in `payments.urls`."""

from django.urls import path

from billpay.credit_notes import views

app_name = "credit_notes"

urlpatterns = [
    path("credits/", views.credit_notes, name="list"),
    path("credits/export/", views.export, name="export"),
    path("credits/new/", views.new, name="new"),
    path("credits/totals/", views.totals, name="totals"),
    path("credits/duplicates/", views.duplicates, name="duplicates"),
    path("credits/<int:pk>/", views.detail, name="detail"),
    path("credits/<int:pk>/edit/", views.edit, name="edit"),
    path("credits/<int:pk>/submission/", views.submission, name="submission"),
    path("credits/<int:pk>/approval/", views.approval, name="approval"),
    path("credits/<int:pk>/return/", views.return_to_draft, name="return"),
    path("credits/<int:pk>/void/", views.void, name="void"),
    path("credits/<int:pk>/delete/", views.delete, name="delete"),
]
