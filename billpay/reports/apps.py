from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "billpay.reports"
    verbose_name = "Reports"
