from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "billpay.payments"
    verbose_name = "Payments"
