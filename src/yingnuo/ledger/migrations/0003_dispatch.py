from django.db import migrations, models


class Migration(migrations.Migration):
    """Who gave a period's tickets to whom is measured in one walk over two codes."""

    dependencies = [
        ('ledger', '0002_fewer_indexes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('code__in', ['ticket.assigned', 'ticket.routed'])), fields=['id'], name='ledger_dispatch'),
        ),
    ]
