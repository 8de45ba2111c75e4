from django.db import migrations, models


class Migration(migrations.Migration):
    """The ledger is read by ticket, and for two codes by number; nothing asks it by subject, see ADR 6."""

    dependencies = [
        ('ledger', '0001_initial'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='event',
            name='ledger_code',
        ),
        migrations.RemoveIndex(
            model_name='event',
            name='ledger_subject',
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('code__in', ['ticket.assigned', 'ticket.routed'])), fields=['id'], name='ledger_dispatch'),
        ),
    ]
