import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from billpay.bills.guards import GUARDS
from billpay.guards import InstallGuards


class Migration(migrations.Migration):

    dependencies = [
        ('bills', '0006_holds_and_frozen_terms'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EarlierDueDate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_on', models.DateField()),
                ('replaced_at', models.DateTimeField(auto_now_add=True)),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='earlier_due_dates', to='bills.bill')),
                ('replaced_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('id',),
                'indexes': [models.Index(fields=['replaced_at'], name='earlier_due_date_by_moment')],
            },
        ),
        InstallGuards(GUARDS),
    ]
