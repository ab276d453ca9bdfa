"""Reconciliation. All lie under a company's slug."""

from django.urls import path

from billpay.reconciliation.views import certain, line, paying, queue, refunding, undoing

app_name = "reconciliation"

urlpatterns = [
    path("reconcile/", queue.start, name="start"),
    path("reconcile/<int:pk>/", queue.account, name="account"),
    path("reconcile/<int:pk>/certain/", certain.certain, name="certain"),
    path("reconcile/tx/<int:pk>/", line.transaction, name="transaction"),
    path("reconcile/tx/<int:pk>/match/", line.match, name="match"),
    path("reconcile/tx/<int:pk>/selection/", line.selection, name="selection"),
    path("reconcile/tx/<int:pk>/exclusion/", line.exclusion, name="exclusion"),
    path("reconcile/tx/<int:pk>/payment/", paying.payment, name="payment"),
    path("reconcile/tx/<int:pk>/payment/total/", paying.total, name="payment_total"),
    path("reconcile/tx/<int:pk>/refund/", refunding.refund, name="refund"),
    path("reconcile/tx/<int:pk>/refund/total/", refunding.total, name="refund_total"),
    path("reconcile/matches/<uuid:group>/undo/", undoing.undo, name="undo"),
    path("payments/<int:pk>/void/", undoing.void_payment, name="void_payment"),
    path("refunds/<int:pk>/void/", undoing.void_refund, name="void_refund"),
]
