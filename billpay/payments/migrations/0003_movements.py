"""Every counter gets the rows it is the sum of: reservations of drafts, and what completed payments used."""

from django.db import migrations
from django.db.models import Sum


def write_rows(apps, schema_editor):
    payment_model = apps.get_model("payments", "Payment")
    allocation = apps.get_model("payments", "Allocation")
    settlement = apps.get_model("bills", "Settlement")
    credit_use = apps.get_model("credit_notes", "CreditUse")
    cash_use = apps.get_model("payments", "CashUse")
    live = allocation.objects.filter(undone_at=None).select_related("payment").order_by("pk")
    for row in live.filter(payment__status="draft").iterator():
        reserved = {"kind": "reserved", "amount_minor": row.amount_minor, "base_minor": 0, "on": row.payment.paid_on}
        reserved["created_by_id"] = row.payment.created_by_id
        settlement.objects.create(bill_id=row.bill_id, **reserved)
        if row.credit_note_id:
            credit_use.objects.create(credit_note_id=row.credit_note_id, **reserved)
        if row.from_payment_id:
            cash_use.objects.create(payment_id=row.from_payment_id, **reserved)
    own = live.filter(payment__status="completed", source="cash").order_by().values("payment")
    own = own.values_list("payment", "payment__paid_on", "payment__created_by")
    for pk, on, by, minor, base in own.annotate(minor=Sum("amount_minor"), base=Sum("source_base_minor")):
        cash_use.objects.create(
            payment_id=pk, kind="used", amount_minor=minor, base_minor=base, on=on, created_by_id=by
        )
    for row in live.filter(from_payment__isnull=False, settlement__isnull=False).select_related("settlement"):
        cash_use.objects.create(
            payment_id=row.from_payment_id,
            kind="used",
            amount_minor=row.amount_minor,
            base_minor=row.source_base_minor,
            on=row.settlement.on,
            created_by_id=row.payment.created_by_id,
        )
    payment_model.objects.filter(status="draft").update(allocated_minor=0, allocated_base_minor=0)


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_life_cycle")]
    operations = [migrations.RunPython(write_rows, migrations.RunPython.noop)]
