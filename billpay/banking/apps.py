from django.apps import AppConfig


class BankingConfig(AppConfig):
    name = "billpay.banking"
    verbose_name = "Banking"
