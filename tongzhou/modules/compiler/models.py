"""Compilations: the working copy of one document until a second person signs it.

Nothing here binds anybody. Every change of a clause, a duty or the head is one row of
:class:`Change` with what was before and after, so that it can be undone and explained; every item
carries a revision, so that two people at once lose nothing.
"""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import QuerySet

if TYPE_CHECKING:
    from tongzhou.kernel.access import Actor


class CompilationQuerySet(models.QuerySet["Compilation"]):
    """Compilations with their visibility."""

    def visible_to(self, actor: "Actor") -> "QuerySet[Compilation]":
        """Keep those of the actor's own authority: a draft is nobody else's business."""
        if actor.is_system:
            return self
        if not actor.is_authority or actor.authority_id is None:
            return self.none()
        return self.filter(authority_id=actor.authority_id)


class Compilation(models.Model):
    """The working copy of one document.

    ``kind``: NEW, AMENDMENT of the expression ``base_id``, or SUPPLEMENT to it. ``head`` holds
    contracts.Head as JSON, ``groups`` the groups of the library to be. ``source`` is the text as
    received and never changes; ``tables`` its stretches that stood in tables. ``revision`` counts
    changes of head, scope, groups and response. ``drafters``: of a copy, whose hand is in what it
    began with.
    """

    authority_id = models.BigIntegerField(db_index=True)
    state = models.CharField(max_length=10, default="EDITING")
    kind = models.CharField(max_length=10, default="NEW")
    base_id = models.BigIntegerField(null=True)
    head = models.JSONField()
    source = models.TextField()
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=8)
    original = models.UUIDField(null=True)
    tables = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    scope_region = models.IntegerField()
    scope_by = models.CharField(max_length=12, default="REGISTRATION")
    response_id = models.BigIntegerField(null=True)
    groups = models.JSONField(default=dict)
    revision = models.IntegerField(default=1)
    next_key = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.BigIntegerField(null=True)
    creator = models.CharField(max_length=200)
    drafters = models.JSONField(default=list)
    changed_at = models.DateTimeField()
    changer = models.CharField(max_length=200)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.BigIntegerField(null=True)
    submitter = models.CharField(max_length=200, blank=True)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.BigIntegerField(null=True)
    signer = models.CharField(max_length=200, blank=True)
    return_reason = models.TextField(blank=True)
    expression_id = models.BigIntegerField(null=True)
    library_id = models.BigIntegerField(null=True)

    objects = CompilationQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class WorkingClause(models.Model):
    """A clause or passage of a compilation; ``key`` is stable, ``position`` and address are not."""

    compilation = models.ForeignKey(Compilation, on_delete=models.CASCADE, related_name="clauses")
    key = models.IntegerField()
    position = models.IntegerField()
    address = models.CharField(max_length=40)
    label = models.CharField(max_length=20, blank=True)
    level = models.SmallIntegerField(default=0)
    kind = models.CharField(max_length=10, default="ITEM")
    parent = models.IntegerField(null=True)
    heading = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    start = models.IntegerField()
    end = models.IntegerField()
    refines = models.CharField(max_length=40, blank=True)
    revision = models.IntegerField(default=1)

    class Meta:
        ordering = ["compilation_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["compilation", "key"], name="workingclause_once")
        ]

    def __str__(self) -> str:
        return f"{self.compilation_id} {self.address}"


class WorkingDuty(models.Model):
    """A duty of a compilation: a stretch of the source, its declaration, and what was decided.

    Which clause it stands in follows from ``start``. ``questions``: what a person must decide
    before it can be accepted.
    """

    compilation = models.ForeignKey(Compilation, on_delete=models.CASCADE, related_name="duties")
    key = models.IntegerField()
    start = models.IntegerField()
    end = models.IntegerField()
    state = models.CharField(max_length=10, default="PROPOSED")
    origin = models.CharField(max_length=10, default="PARSER")
    spec = models.JSONField()
    proposal = models.JSONField(default=dict)
    questions = models.JSONField(default=list)
    relation = models.CharField(max_length=10, default="NEW")
    root = models.BigIntegerField(null=True)
    revision = models.IntegerField(default=1)

    class Meta:
        ordering = ["compilation_id", "start", "key"]
        constraints = [
            models.UniqueConstraint(fields=["compilation", "key"], name="workingduty_once")
        ]

    def __str__(self) -> str:
        return f"{self.compilation_id} d{self.key}"


class Change(models.Model):
    """One change of a compilation; append-only. Undoing one is a change of its own.

    ``before`` and ``after`` map items (``head``, ``c<key>``, ``d<key>``) to what they held, null
    where the item did not exist. ``undoes`` names the change that this one takes back.
    """

    compilation = models.ForeignKey(Compilation, on_delete=models.CASCADE, related_name="changes")
    seq = models.IntegerField()
    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=40)
    before = models.JSONField()
    after = models.JSONField()
    undoes = models.IntegerField(null=True)

    class Meta:
        ordering = ["compilation_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["compilation", "seq"], name="change_once")]

    def __str__(self) -> str:
        return f"{self.compilation_id}/{self.seq} {self.action}"
