from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "billpay.proof"
