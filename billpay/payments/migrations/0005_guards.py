from django.db import migrations

from billpay.payments.guards import GUARDS
from billpay.guards import InstallGuards


class Migration(migrations.Migration):
    dependencies = [('payments', '0004_counters'), ('bills', '0005_guards'), ('credit_notes', '0003_guards'),]
    operations = [InstallGuards(GUARDS)]
