from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "billpay.companies"
    verbose_name = "Companies"
