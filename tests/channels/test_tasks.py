"""Does a job whose worker was killed hold up the jobs after it?"""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from yingnuo.channels import tasks

pytestmark = pytest.mark.django_db


class _Context:
    """What a job is given."""

    app = app


def test_a_job_without_a_worker_is_done_by_another() -> None:
    tasks.ask(7, hint="news")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
    async_to_sync(tasks.revive.func)(_Context(), 0)
    job = ProcrastinateJob.objects.get(task_name="channels.pull")
    assert (job.status, job.args) == ("todo", {"channel": 7, "hint": "news"})
