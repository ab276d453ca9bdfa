from django.db import migrations

from billpay.credit_notes.guards import GUARDS
from billpay.guards import InstallGuards


class Migration(migrations.Migration):
    dependencies = [('credit_notes', '0002_reservations'), ('suppliers', '0003_guards'),]
    operations = [InstallGuards(GUARDS)]
