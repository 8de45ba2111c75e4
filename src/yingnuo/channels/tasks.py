"""Which jobs look into the mailboxes?

Each minute one job for every mailbox that is due. A mailbox is looked into by one worker at a time (lock), and not
queued again while it waits (queueing lock). What a look stored is taken in by the work process at once.
"""

from __future__ import annotations

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from yingnuo.channels import mailboxes, pulls
from yingnuo.channels.models import Channel
from yingnuo.kit import instants


@app.periodic(cron="* * * * *")
@app.task(name="channels.look", queue="mail", queueing_lock="channels.look", pass_context=False)
def look(timestamp: int) -> None:
    """Leaves a job for each mailbox that is due."""
    for channel in mailboxes.due(now=instants.now()):
        name = f"mailbox:{channel.pk}"
        try:
            fetch.configure(lock=name, queueing_lock=name).defer(channel=channel.pk)
        except AlreadyEnqueued:
            continue  # the last job still waits: the mailbox is slow, or the workers are busy


@app.task(name="channels.fetch", queue="mail")
def fetch(channel: int) -> None:
    """Stores what is new in one mailbox."""
    row = Channel.objects.filter(pk=channel, active=True).first()
    if row is not None:
        mailboxes.fetch(row, now=instants.now())


@app.task(name="channels.pull", queue="mail")
def pull(channel: int, hint: str = "") -> None:
    """Asks a provider for its news until there is no more."""
    row = Channel.objects.filter(pk=channel, active=True).first()
    if row is not None:
        pulls.run(row, hint=hint)


def ask(channel: int, *, hint: str = "") -> None:
    """Leaves a job that asks for news. Two at once change nothing twice, so that none waits for one that was killed."""
    pull.defer(channel=channel, hint=hint)


@app.periodic(cron="*/10 * * * *")
@app.task(name="channels.ask", queue="mail", queueing_lock="channels.ask", pass_context=False)
def ask_all(timestamp: int) -> None:
    """News that nobody announced: a call that was lost loses no words."""
    for channel in pulls.askable():
        ask(channel.pk)


@app.periodic(cron="* * * * *")
@app.task(name="channels.revive", queue="mail", queueing_lock="channels.revive", pass_context=True)
async def revive(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker was killed are done by another; until then nothing with their lock is."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)
