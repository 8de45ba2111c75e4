"""The words of the customers there are already, a thousand at a time."""

from django.db import migrations

from yingnuo.people import wording

PIECE = 1_000


def backfill(apps, schema_editor):
    contacts = apps.get_model("people", "Contact").objects.order_by("pk").only("pk", "name", "email")
    last = 0
    while rows := list(contacts.filter(pk__gt=last)[:PIECE]):
        wording.keep(rows)
        last = rows[-1].pk


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("people", "0004_customers_by_words")]
    operations = [migrations.RunPython(backfill, migrations.RunPython.noop, elidable=True)]
