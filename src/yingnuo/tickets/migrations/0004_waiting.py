from django.db import migrations, models


class Migration(migrations.Migration):
    """The chip "waiting" counted by walking over all that somebody holds."""

    dependencies = [("tickets", "0003_fewer_indexes")]

    operations = [
        migrations.AddIndex(
            "ticket", models.Index(fields=["agent"], condition=models.Q(status="waiting"), name="ticket_agent_waiting")
        ),
        migrations.AddIndex(
            "ticket", models.Index(fields=["team"], condition=models.Q(status="waiting"), name="ticket_team_waiting")
        ),
    ]
