"""Which reasons does a house begin with?"""

from django.db import migrations

_FIRST = (
    ("follow-up", "busy", "回访", "Calling back"), ("meeting", "busy", "会议", "Meeting"),
    ("meal", "break", "用餐", "Meal"), ("rest", "break", "小休", "Short rest"), ("training", "away", "培训", "Training"),
)  # fmt: skip


def _list(apps, schema_editor):
    model = apps.get_model("people", "PresenceReason")
    model.objects.bulk_create(
        [
            model(code=code, presence=presence, zh=zh, en=en, position=10 * n)
            for n, (code, presence, zh, en) in enumerate(_FIRST, 1)
        ]
    )


class Migration(migrations.Migration):
    dependencies = [("people", "0007_strategies_and_presence")]
    operations = [migrations.RunPython(_list, migrations.RunPython.noop)]
