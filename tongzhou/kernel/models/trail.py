"""What is kept of acts and of reads; and what keeps personal data from being purged."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now


class AuditLine(models.Model):
    """One write: who did what to what, under which rule. Append-only.

    ``on_behalf_of``: the absent person whose assignment a deputy acted in. ``address`` and
    ``agent``: from where, as far as it is kept. ``changes``: the context of the rows that
    django-pghistory kept as they were before.
    """

    at = models.DateTimeField()
    written_at = models.DateTimeField(db_default=Now())
    user_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=200)
    role = models.CharField(max_length=20)
    authority_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField(null=True)
    stem = models.CharField(max_length=80)
    target = models.CharField(max_length=200, blank=True)
    clause = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    on_behalf_of = models.BigIntegerField(null=True)
    address = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=20, blank=True)
    changes = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["target", "-id"], name="audit_by_target"),
            models.Index(fields=["user_id", "-id"], name="audit_by_user"),
            BrinIndex(fields=["at"], name="audit_by_day"),  # costs a write next to nothing
        ]

    def __str__(self) -> str:
        return f"{self.stem} {self.target}"


class AuditSeal(models.Model):
    """The link of one audit line into the hash chain, in the order of sealing."""

    line_id = models.BigIntegerField(unique=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.line_id} {self.digest[:12]}"


class SensitiveRead(models.Model):
    """Somebody read sensitive personal data: who, of whom, which fields, and what for.

    ``subject`` names whose data it is by table and key. Append-only.
    """

    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=200)
    role = models.CharField(max_length=20)
    authority_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=80)
    fields = models.CharField(max_length=200)
    purpose = models.CharField(max_length=120)
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "-id"], name="read_by_subject"),
            models.Index(fields=["user_id", "-id"], name="read_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.subject}"


class PurgeHold(models.Model):
    """Keeps personal data from being purged, for a reason that somebody assessed and signed.

    ``rule`` is the name of a purge rule, ``case`` what it is tied to (a response); empty: all.
    """

    rule = models.CharField(max_length=60)
    case = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300)
    actor = models.CharField(max_length=200)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.rule} {self.case}"
