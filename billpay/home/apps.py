from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "billpay.home"
    verbose_name = "Home"
