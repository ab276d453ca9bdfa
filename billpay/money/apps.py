from django.apps import AppConfig


class MoneyConfig(AppConfig):
    name = "billpay.money"
    verbose_name = "Money"
