from django.db import migrations

from billpay.companies.guards import GUARDS
from billpay.guards import InstallGuards


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0006_idempotency_answers'),
    ]

    operations = [InstallGuards(GUARDS)]
