from django.db import migrations

from billpay.suppliers.guards import GUARDS
from billpay.guards import InstallGuards


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0001_initial'),
        ('suppliers', '0002_checks_and_discounts'),
    ]

    operations = [InstallGuards(GUARDS)]
