"""Versions get a life. Those there are were approved by whoever saved them: one is in force, the others superseded."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery

STATES = [
    ("draft", "Draft"), ("proposed", "Proposed"), ("approved", "Approved"), ("in_force", "In force"),
    ("superseded", "Superseded"), ("rejected", "Rejected"), ("withdrawn", "Withdrawn"),
]  # fmt: skip
SORTS = ("calendar", "policy")


def person():
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="people.staff"
    )


def fields(sort):
    model = f"{sort}version"
    added = {
        "name": models.CharField(blank=True, default="", max_length=80),
        "state": models.CharField(choices=STATES, default="in_force", max_length=10),
        "base": models.PositiveIntegerField(default=0),
        "edition": models.PositiveIntegerField(default=1),
        "authors": django.contrib.postgres.fields.ArrayField(
            base_field=models.BigIntegerField(), default=list, size=None
        ),
        "edited_at": models.DateTimeField(null=True),
        "edited_by": person(),
        "proposed_at": models.DateTimeField(null=True),
        "proposed_by": person(),
        "decided_at": models.DateTimeField(null=True),
        "decided_by": person(),
        "decision_note": models.TextField(blank=True, default=""),
        "alone": models.BooleanField(default=False),
        "effective_from": models.DateTimeField(null=True),
        "in_force_at": models.DateTimeField(null=True),
        "ended_at": models.DateTimeField(null=True),
        "review_on": models.DateField(null=True),
        "moves_open": models.BooleanField(default=False),
        "moves_pending": models.BooleanField(default=False),
    }
    return [
        *(migrations.AddField(model, name, field) for name, field in added.items()),
        migrations.AlterField(model, "created_by", person()),
    ]


def lives(apps, schema_editor):
    for sort in SORTS:
        rows = apps.get_model("promises", f"{sort}version").objects
        after = rows.filter(**{f"{sort}_id": OuterRef(f"{sort}_id"), "number__gt": OuterRef("number")})
        rows.update(
            proposed_at=F("created_at"), proposed_by=F("created_by"), decided_at=F("created_at"),
            decided_by=F("created_by"), in_force_at=F("created_at"), edited_at=F("created_at"),
            edited_by=F("created_by"), base=F("number") - 1,
        )  # fmt: skip
        standards = apps.get_model("promises", sort).objects.filter(pk=OuterRef(f"{sort}_id"))
        earlier = rows.exclude(number=Subquery(standards.values("current")[:1]))
        earlier.update(state="superseded", ended_at=Subquery(after.order_by("number").values("created_at")[:1]))


def constraints(sort):
    decided = models.Q(decided_at__isnull=False) | ~models.Q(state__in=["approved", "in_force", "rejected"])
    begun = models.Q(in_force_at__isnull=False) | ~models.Q(state__in=["in_force", "superseded"])
    proposed = models.Q(proposed_at__isnull=False) | ~models.Q(state="proposed")
    once = [
        models.UniqueConstraint(fields=(sort,), condition=models.Q(state=state), name=f"{sort}_one_{state}")
        for state in ("draft", "approved", "in_force")
    ]
    held = {
        "state_known": models.Q(state__in=[code for code, _word in STATES]), "proposed_when": proposed,
        "decided_when": decided, "in_force_since": begun,
    }  # fmt: skip
    checks = [models.CheckConstraint(condition=rule, name=f"{sort}_{name}") for name, rule in held.items()]
    return [migrations.AddConstraint(f"{sort}version", one) for one in (*once, *checks)]


class Migration(migrations.Migration):
    # Rows and indexes in one transaction: PostgreSQL wants its pending checks of the first done before the second.
    dependencies = [("promises", "0006_breaches"), ("people", "0001_initial")]

    operations = [
        migrations.AddField("calendar", "owner", models.ForeignKey(
            blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="people.staff"
        )),
        migrations.RenameField("calendarversion", "note", "justification"),
        migrations.AlterField("calendarversion", "justification", models.TextField(blank=True, default="")),
        *fields("calendar"),
        *fields("policy"),
        migrations.RunPython(lives, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        *constraints("calendar"),
        *constraints("policy"),
    ]
