from django.apps import AppConfig


class BillsConfig(AppConfig):
    name = "billpay.bills"
    verbose_name = "Bills"
