"""Reports. All lie under a company's slug, beside the ledger's own pages."""

from django.urls import path

from billpay.reports.views import ageing, hub, register

app_name = "reports"

urlpatterns = [
    path("books/", hub.hub, name="hub"),
    path("books/ageing/", ageing.summary, name="ageing"),
    path("books/ageing/export/", ageing.export, name="ageing_export"),
    path("books/ageing/<int:pk>/", ageing.supplier, name="ageing_supplier"),
    path("books/ageing/<int:pk>/export/", ageing.supplier_export, name="ageing_supplier_export"),
    path("books/payments/", register.register, name="register"),
    path("books/payments/export/", register.export, name="register_export"),
]
