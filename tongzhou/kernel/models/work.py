"""Files, long jobs, answers given once, and small values that all processes share."""

import uuid

from django.db import models

from tongzhou.kernel.access import Actor


class IdempotencyKey(models.Model):
    """The answer of a command that was given once under a key, for double clicks and retries."""

    user_id = models.BigIntegerField()
    stem = models.CharField(max_length=80)
    key = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, blank=True)
    result = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "stem", "key"], name="idempotency_once")
        ]

    def __str__(self) -> str:
        return f"{self.stem} {self.key}"


class StoredFile(models.Model):
    """An uploaded or produced file. Its bytes lie in the data folder under the digest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    user_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ProgressSet(models.QuerySet["Progress"]):
    """Jobs somebody may see."""

    def visible_to(self, actor: Actor) -> "ProgressSet":
        """Return what the actor ordered, in whatever post; nobody sees the jobs of others."""
        return self.none() if actor.user_id is None else self.filter(user_id=actor.user_id)


class Progress(models.Model):
    """How far a long job is: shown to its owner, who may leave the page meanwhile.

    ``kind`` is the name of its task and ``args`` what it was ordered with, so that it can be
    ordered again. ``cancelled_at`` tells when its owner gave it up; one that runs then stops at its
    next step. Its ``file`` is deleted at ``kept_until``; ``removed_at`` takes it off its owner's
    list, not out of what refers to it.
    """

    class State(models.TextChoices):
        """Where the job stands."""

        WAITING = "WAITING", "等待开始"
        RUNNING = "RUNNING", "进行中"
        DONE = "DONE", "已完成"
        REFUSED = "REFUSED", "未通过"
        FAILED = "FAILED", "出错"
        CANCELLED = "CANCELLED", "已取消"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=80)
    label = models.CharField(max_length=200)
    args = models.JSONField(default=dict)
    user_id = models.BigIntegerField(null=True)
    assignment_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    message = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    back = models.CharField(max_length=200, blank=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    kept_until = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = ProgressSet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user_id", "-created_at"], name="jobs_of_person")]

    def __str__(self) -> str:
        return self.label


class SharedValue(models.Model):
    """A small value all processes share until it expires: counts of rate limits, and the cache.

    The table is unlogged: it costs little to write and is empty after a crash.
    """

    key = models.CharField(max_length=255, primary_key=True)
    value = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
