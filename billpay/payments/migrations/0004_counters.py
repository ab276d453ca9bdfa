from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('payments', '0003_movements')]
    operations = [
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('completed', 'void')), models.Q(('allocated_minor', 0), ('matched_minor', 0)), _connector='OR'), name='payment_counts_once_completed'),
        ),
    ]
