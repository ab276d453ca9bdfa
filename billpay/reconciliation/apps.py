from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "billpay.reconciliation"
    verbose_name = "Reconciliation"
