from django.db import migrations

from billpay.companies import audit, chain

BATCH = 1_000


def chain_lines(apps, schema_editor):
    """Number and chain the lines that were written before there was a chain, in the order they were written."""
    AuditEvent = apps.get_model("companies", "AuditEvent")
    AuditHead = apps.get_model("companies", "AuditHead")
    key = audit.key()
    companies = AuditEvent.objects.filter(sequence=None).order_by().values_list("company_id", flat=True).distinct()
    for company in list(companies):
        head = chain.Head(company, 0, chain.START)
        lines = AuditEvent.objects.filter(company_id=company).order_by("id")
        while batch := list(lines.filter(sequence=None)[:BATCH]):
            for row in batch:
                row.sequence, row.previous_hash = head.count + 1, head.hash
                row.hash = chain.hash_of(
                    chain.Line(
                        id=row.pk,
                        company=company,
                        sequence=row.sequence,
                        at=row.at,
                        by=row.by_id,
                        verb=row.verb,
                        target_kind=row.target_kind,
                        target_id=row.target_id,
                        summary=row.summary,
                        detail=row.detail,
                        previous_hash=row.previous_hash,
                    ),
                    key,
                )
                head = chain.Head(company, row.sequence, row.hash)
            AuditEvent.objects.bulk_update(batch, ["sequence", "previous_hash", "hash"])
        AuditHead.objects.create(
            company_id=company, count=head.count, hash=head.hash, seal=chain.seal_of(head, key)
        )


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0003_audit_chain'),
    ]

    operations = [
        migrations.RunPython(chain_lines, migrations.RunPython.noop, elidable=True),
    ]
