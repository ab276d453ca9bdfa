from django.apps import AppConfig


class SuppliersConfig(AppConfig):
    name = "billpay.suppliers"
    verbose_name = "Suppliers"
