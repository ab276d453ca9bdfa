from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "billpay.documents"
    verbose_name = "Documents"
