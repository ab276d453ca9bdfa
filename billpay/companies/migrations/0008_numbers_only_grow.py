from django.db import migrations

from billpay.companies.guards import GUARDS
from billpay.guards import InstallGuards


class Migration(migrations.Migration):
    """A company saved from an old copy cannot take its running numbers back."""

    dependencies = [('companies', '0007_guards')]
    operations = [InstallGuards(GUARDS)]
