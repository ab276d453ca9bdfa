from django.db import migrations

from billpay.guards import InstallGuards
from billpay.ledger.guards import GUARDS


class Migration(migrations.Migration):
    """Nothing is posted into a closed period, whoever posts."""

    dependencies = [('ledger', '0004_refunds'), ('companies', '0008_numbers_only_grow')]
    operations = [InstallGuards(GUARDS)]
