from django.db import migrations

from billpay.ledger.guards import GUARDS
from billpay.guards import InstallGuards


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_journals'),
    ]

    operations = [InstallGuards(GUARDS)]
