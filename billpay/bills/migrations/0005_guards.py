from django.db import migrations

from billpay.bills.guards import GUARDS
from billpay.guards import InstallGuards


class Migration(migrations.Migration):
    dependencies = [('bills', '0004_hold_discount_approval'), ('suppliers', '0003_guards'), ('ledger', '0004_refunds'),]
    operations = [InstallGuards(GUARDS)]
