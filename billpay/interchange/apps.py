from django.apps import AppConfig


class InterchangeConfig(AppConfig):
    name = "billpay.interchange"
    verbose_name = "Interchange"
