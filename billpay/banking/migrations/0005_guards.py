from django.db import migrations

from billpay.banking.guards import GUARDS
from billpay.guards import InstallGuards


class Migration(migrations.Migration):

    dependencies = [
        ('banking', '0004_payment_days'),
        ('ledger', '0001_initial'),
    ]

    operations = [InstallGuards(GUARDS)]
