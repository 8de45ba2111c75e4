"""Saved replies are for tickets too: their table goes to the app `writing` with all rows."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="SavedReply")],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE chat_savedreply RENAME TO writing_savedreply",
                    "ALTER TABLE writing_savedreply RENAME TO chat_savedreply",
                )
            ],
        )
    ]
