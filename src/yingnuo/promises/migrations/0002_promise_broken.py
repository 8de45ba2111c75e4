from django.db import migrations, models


class Migration(migrations.Migration):
    """The measures ask which promises broke in a period; few do, so the index is partial."""

    dependencies = [("promises", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="promise",
            index=models.Index(
                fields=["broken_at"], condition=models.Q(broken_at__isnull=False), name="promise_broken"
            ),
        ),
    ]
