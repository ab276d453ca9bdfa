from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "billpay.companies"
    verbose_name = "Companies"

    def ready(self) -> None:
        from billpay.companies import checks  # noqa: F401, PLC0415  It registers the checks.
