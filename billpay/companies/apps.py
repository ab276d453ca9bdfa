from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "billpay.companies"
    verbose_name = "Companies"

    def ready(self) -> None:
        from billpay.companies import checks  # noqa: F401  It registers the checks.
