from django.db import migrations


class Migration(migrations.Migration):
    """The ledger is read by ticket; nothing asks it by code or subject, see ADR 6."""

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
    ]
