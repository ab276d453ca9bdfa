from django.db import migrations

from billpay.guards import InstallGuards
from billpay.reconciliation.guards import GUARDS


class Migration(migrations.Migration):
    dependencies = [
        ("reconciliation", "0002_refunds"),
        ("payments", "0005_guards"),
        ("banking", "0001_initial"),
    ]
    operations = [InstallGuards(GUARDS)]
