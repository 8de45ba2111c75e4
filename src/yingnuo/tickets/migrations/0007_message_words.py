"""Messages are found by their words. How common each word is, is known of 2,000 words: see kit.shares."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0006_sms'),
    ]

    operations = [
        migrations.CreateModel(
            name='MessageWords',
            fields=[
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='words', serialize=False, to='tickets.message')),
                ('search', django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], gin_pending_list_limit=256, name='message_words')],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE tickets_messagewords ALTER COLUMN search SET STATISTICS 200", migrations.RunSQL.noop
        ),
        migrations.RunSQL("ALTER TABLE tickets_ticket ALTER COLUMN search SET STATISTICS 200", migrations.RunSQL.noop),
    ]
