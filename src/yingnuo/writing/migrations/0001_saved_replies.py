"""Saved replies come here from the app `chat`, whose migration has renamed their table."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("chat", "0002_saved_replies_elsewhere"), ("people", "__first__")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="SavedReply",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("shortcut", models.CharField(max_length=30)),
                        ("title", models.CharField(max_length=80)),
                        ("text", models.TextField()),
                        ("language", models.CharField(blank=True, default="", max_length=10)),
                        (
                            "team",
                            models.ForeignKey(
                                blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE,
                                to="people.team",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("shortcut", "language", "team"), name="saved_reply_once", nulls_distinct=False
                            )
                        ]
                    },
                )
            ],
        )
    ]
