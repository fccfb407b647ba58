"""Background work of duties."""

from procrastinate.contrib.django import app

from tongzhou.modules.duties import commands


@app.periodic(cron="*/5 * * * * *")
@app.task(name="duties.fold", queueing_lock="duties.fold")
def fold(timestamp: int) -> None:
    """Fold what has been reported in the last seconds into the counters."""
    while commands.fold():
        pass
