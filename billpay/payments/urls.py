"""Paying, payments and batches. All lie under a company's slug."""

from django.urls import path

from billpay.payments.views import batches, changing, direct, listing, methods, picking, running, showing, spreading

app_name = "payments"

urlpatterns = [
    path("pay/", picking.pick, name="pick"),
    path("pay/<uuid:key>/", running.allocate, name="allocate"),
    path("pay/<uuid:key>/review/", running.review, name="review"),
    path("bills/<int:pk>/pay/", direct.pay_bill, name="pay_bill"),
    path("credits/<int:pk>/allocation/", spreading.allocate_credit, name="allocate_credit"),
    path("payments/", listing.payments, name="list"),
    path("payments/export/", listing.export, name="export"),
    path("payments/batches/", batches.batches, name="batches"),
    path("payments/batches/<int:pk>/", batches.detail, name="batch"),
    path("payments/batches/<int:pk>/recorded/", batches.done, name="batch_done"),
    path("payments/batches/<int:pk>/completion/", batches.completion, name="batch_completion"),
    path("payments/batches/<int:pk>/remittance/", batches.remittance, name="batch_remittance"),
    path("payments/methods/", methods.methods, name="methods"),
    path("payments/methods/new/", methods.add, name="add_method"),
    path("payments/methods/<int:pk>/name/", methods.rename, name="rename_method"),
    path("payments/methods/<int:pk>/archive/", methods.archive, name="archive_method"),
    path("payments/<int:pk>/", showing.detail, name="detail"),
    path("payments/<int:pk>/recorded/", showing.done, name="done"),
    path("payments/<int:pk>/remittance/", showing.remittance, name="remittance"),
    path("payments/<int:pk>/edit/", changing.draft_edit, name="draft_edit"),
    path("payments/<int:pk>/completion/", changing.completion, name="completion"),
    path("payments/<int:pk>/delete/", changing.delete, name="delete"),
    path("payments/<int:pk>/allocation/", spreading.allocate_on_account, name="allocate_on_account"),
    path("payments/allocations/<int:pk>/undo/", changing.undo_allocation, name="undo_allocation"),
]
