import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Every change of a promise writes every index anew: away with those that no question needs, see ADR 6."""

    dependencies = [
        ('people', '0001_initial'),
        ('promises', '0002_promise_broken'),
        ('tickets', '0002_ticket_risk'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='outcome',
            name='outcome_ticket',
        ),
        migrations.RemoveIndex(
            model_name='promise',
            name='promise_ended',
        ),
        migrations.AlterField(
            model_name='mark',
            name='promise',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='marks', to='promises.promise'),
        ),
        migrations.AlterField(
            model_name='mark',
            name='terms',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='promises.termscopy'),
        ),
        migrations.AlterField(
            model_name='promise',
            name='agent',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='promise',
            name='first_terms',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='promises.termscopy'),
        ),
        migrations.AlterField(
            model_name='promise',
            name='message',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='tickets.message'),
        ),
        migrations.AlterField(
            model_name='promise',
            name='team',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='people.team'),
        ),
        migrations.AlterField(
            model_name='promise',
            name='terms',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='promises.termscopy'),
        ),
        migrations.AlterField(
            model_name='promise',
            name='ticket',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='promises', to='tickets.ticket'),
        ),
        migrations.AddIndex(
            model_name='promise',
            index=models.Index(condition=models.Q(('message__isnull', False)), fields=['message'], name='promise_message'),
        ),
    ]
