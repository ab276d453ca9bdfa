from django.apps import AppConfig


class CreditNotesConfig(AppConfig):
    name = "billpay.credit_notes"
    verbose_name = "Credit notes"
