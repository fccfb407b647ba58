"""Duties as versioned rules: libraries, what binds whom, and what is in force."""

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from tongzhou.kernel import history


class Library(models.Model):
    """The duties drawn from one expression of a directive, as loaded; immutable.

    ``expression`` is the expression's URN. ``scope_region``/``scope_by``: whose organisations it
    binds. ``groups``: the directive's own groups and their mapping to facts of the registry.
    """

    expression = models.CharField(max_length=140)
    version = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    scope_region = models.IntegerField()
    scope_by = models.CharField(max_length=12)
    groups = models.JSONField()
    body = models.JSONField()
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["expression", "version"], name="library_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.expression} v{self.version}"


class Duty(models.Model):
    """One duty, in one immutable version. ``urn`` is expression#clause/key.

    ``phases`` is a bit set in the order of response.contracts.Phase; ``spec`` the whole
    declaration (bearer, deadline, evidence form) as loaded.

    Versions of one duty share ``root_id``, the id of the first of them; reports, counters and
    journal are kept under the root, so that what was done survives an amendment. ``relation``: NEW
    for a first version, CONTINUES for the version in an amended text, REFINES for the tightened
    version of a supplement, which holds inside the supplement's scope. ``words`` serves full-text
    search.
    """

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="duties")
    urn = models.CharField(max_length=200)
    key = models.CharField(max_length=40)
    position = models.IntegerField()
    clause = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=240)
    strength = models.CharField(max_length=12)
    bearer_kind = models.CharField(max_length=12)
    organ = models.CharField(max_length=20, blank=True)
    phases = models.IntegerField()
    recurrence = models.CharField(max_length=12)
    evidence_kind = models.CharField(max_length=12)
    minutes = models.IntegerField(default=0)
    spec = models.JSONField()
    root_id = models.BigIntegerField(db_index=True)
    relation = models.CharField(max_length=10, default="NEW")
    binds = models.CharField(max_length=64, blank=True, db_index=True)
    bound_as = models.BigIntegerField(default=0)
    words = SearchVectorField(null=True)

    class Meta:
        ordering = ["library_id", "position"]
        indexes = [GinIndex(fields=["words"], name="duty_words")]
        constraints = [models.UniqueConstraint(fields=["library", "key"], name="duty_key_once")]

    def __str__(self) -> str:
        return self.urn


class DutyProfile(models.Model):
    """The applicability of a duty, evaluated for one profile: present means it binds."""

    pk = models.CompositePrimaryKey("duty_id", "profile_id")
    duty = models.ForeignKey(Duty, on_delete=models.CASCADE, related_name="+")
    profile_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["profile_id"], name="dutyprofile_by_profile")]

    def __str__(self) -> str:
        return f"{self.duty_id}/{self.profile_id}"


class GroupProfile(models.Model):
    """Which profiles belong to a group of a library."""

    pk = models.CompositePrimaryKey("library_id", "group", "profile_id")
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="+")
    group = models.CharField(max_length=30)
    profile_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.group}/{self.profile_id}"


@pghistory.track(*history.changes())
class Enforcement(models.Model):
    """A library put in force under a response, from one moment to another."""

    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="enforcements")
    response_id = models.BigIntegerField()
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200)
    authority_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["library"], condition=Q(to_at__isnull=True), name="enforcement_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.library_id} under {self.response_id}"
