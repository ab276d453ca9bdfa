from django.conf import settings
from django.db import migrations, models

from billpay.bills.guards import GUARDS
from billpay.guards import InstallGuards


class Migration(migrations.Migration):

    dependencies = [
        ('bills', '0005_guards'),
        ('companies', '0002_approval_limits'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(condition=models.Q(('held_at__isnull', False)), fields=['company', 'held_until'], name='bill_held'),
        ),
        InstallGuards(GUARDS),
    ]
