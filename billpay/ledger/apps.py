from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "billpay.ledger"
    verbose_name = "Ledger"
