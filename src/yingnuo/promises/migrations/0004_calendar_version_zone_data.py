from django.db import migrations, models


class Migration(migrations.Migration):
    """A version made before this was kept has "": its zone data is not known."""

    dependencies = [("promises", "0003_fewer_indexes")]

    operations = [
        migrations.AddField("calendarversion", "zone_release", models.CharField(max_length=20, blank=True, default="")),
        migrations.AddField("calendarversion", "zone_digest", models.CharField(max_length=16, blank=True, default="")),
    ]
