from django.db import migrations

from billpay.guards import InstallGuards
from billpay.payments.guards import GUARDS


class Migration(migrations.Migration):
    """Who changed a payment before others did does not approve it either."""

    dependencies = [('payments', '0006_completed_by_the_schedule'), ('companies', '0007_guards')]
    operations = [InstallGuards(GUARDS)]
