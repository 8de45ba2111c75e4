from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Warnings that nobody has taken up are asked for by ticket; they are few."""

    dependencies = [
        ('alerts', '0002_fewer_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('ack_by__isnull', False), ('acked_at__isnull', True)), fields=['ticket_id'], name='notice_unanswered'),
        ),
    ]
