"""What bearers did: reports, their versions and steps, drafts; what they are let off."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class ReportKey(models.Model):
    """The key that reports, their versions and their journal share: period, duty, who.

    ``duty_id`` is the root of a duty's versions, so that work survives an amendment.
    """

    period = models.DateField()
    duty_id = models.BigIntegerField()
    organisation_id = models.BigIntegerField()
    prov = models.SmallIntegerField()

    class Meta:
        abstract = True


class Report(ReportKey):
    """What a bearer reported on a duty in a period; at most one, in versions.

    ``cell_id`` is the cell it counts to: the bearer's now, kept in step by the command that moves
    an organisation until the period closes. ``bearer_cell`` is where the bearer went since, if to
    another place or registering region (0 for none): who looks after it there reads it, too.
    ``late``: the current version came after the due time. ``made_under``: the version of the duty
    by which it was made; ``duty_id`` is the duty through all its versions. Partitioned by period;
    the first migration makes the table by SQL.
    """

    pk = models.CompositePrimaryKey("period", "duty_id", "organisation_id", "prov")
    state = models.CharField(max_length=10)
    version = models.IntegerField()
    cell_id = models.BigIntegerField()
    late = models.BooleanField()
    data = models.JSONField()
    files = ArrayField(models.UUIDField(), default=list)
    effective_on = models.DateField()
    submitted_at = models.DateTimeField()
    submitted_by = models.BigIntegerField(null=True)
    submitter = models.CharField(max_length=200)
    made_under = models.BigIntegerField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    decider = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    bearer_cell = models.BigIntegerField(null=True)

    class Meta:
        db_table = "duties_report"

    def __str__(self) -> str:
        return f"{self.period} {self.duty_id} {self.organisation_id} {self.state}"


class ReportVersion(ReportKey):
    """An earlier version of a report, as it was when a later one replaced it."""

    pk = models.CompositePrimaryKey("period", "duty_id", "organisation_id", "version", "prov")
    version = models.IntegerField()
    data = models.JSONField()
    files = ArrayField(models.UUIDField(), default=list)
    effective_on = models.DateField()
    submitted_at = models.DateTimeField()
    submitter = models.CharField(max_length=200)
    made_under = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.period} {self.duty_id} {self.organisation_id} v{self.version}"


class Step(ReportKey):
    """One step of a report's history: who moved it from which state to which, and why.

    Append-only; the memory behind past figures.
    """

    pk = models.CompositePrimaryKey("id", "prov")
    id = models.BigIntegerField()
    name = models.CharField(max_length=12)
    source = models.CharField(max_length=10, blank=True)
    target = models.CharField(max_length=10)
    version = models.IntegerField()
    late = models.BooleanField()
    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=200)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation_id", "duty_id", "period", "id"], name="step_of_report"
            ),
            models.Index(fields=["duty_id", "period", "at"], name="step_by_moment"),
            models.Index(
                fields=["duty_id", "period"],
                condition=Q(name__in=["return", "reopen"]),
                name="step_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.source}→{self.target}"


class Draft(ReportKey):
    """What somebody began to write; belongs to the organ, is no report."""

    pk = models.CompositePrimaryKey("period", "duty_id", "organisation_id", "prov")
    data = models.JSONField()
    saved_at = models.DateTimeField()
    saved_by = models.BigIntegerField()
    saver = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"draft {self.period} {self.duty_id} {self.organisation_id}"


class DutyException(models.Model):
    """Leave not to do a duty (WAIVER) or to do it later (DEFERRAL), asked for or granted.

    ``duty_id`` is the root of a duty's versions, ``asked_under`` the version that was read. It
    reaches the periods from ``first_period`` to ``last_period`` by name, None for all that follow,
    and of these none that begins after its end. The end is a day (``until_on``), an event (the end
    of the duty's response at ``response_place``, and so many months and days after it; undated
    until then) or open. ``origin``: REQUEST of the bearer or MOTION of the authority; those of one
    motion share ``batch``. A decision that was revoked keeps what it was decided as.
    """

    pk = models.CompositePrimaryKey("duty_id", "organisation_id", "id", "prov")
    id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    duty_id = models.BigIntegerField()
    organisation_id = models.BigIntegerField()
    asked_under = models.BigIntegerField()
    kind = models.CharField(max_length=8)
    first_period = models.DateField()
    last_period = models.DateField(null=True)
    end_kind = models.CharField(max_length=5)
    until_on = models.DateField(null=True)
    response_id = models.BigIntegerField(null=True)
    response_place = models.IntegerField(null=True)
    offset_months = models.SmallIntegerField(default=0)
    offset_days = models.SmallIntegerField(default=0)
    basis = models.CharField(max_length=300, blank=True)
    basis_urn = models.CharField(max_length=200, blank=True)
    reason = models.TextField()
    origin = models.CharField(max_length=7)
    batch = models.UUIDField(null=True)
    state = models.CharField(max_length=9)
    asked_at = models.DateTimeField()
    asked_by = models.BigIntegerField(null=True)
    asker = models.CharField(max_length=200)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    decider = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.BigIntegerField(null=True)
    revoker = models.CharField(max_length=200, blank=True)
    revoke_reason = models.TextField(blank=True)

    class Meta:
        db_table = "duties_exception"
        indexes = [
            models.Index(fields=["organisation_id", "duty_id"], name="exception_of_organisation"),
            models.Index(
                fields=["asked_at"], condition=Q(state="REQUESTED"), name="exception_queue"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["id", "prov"], name="exception_once"),
            models.UniqueConstraint(
                fields=["duty_id", "organisation_id", "prov"],
                condition=Q(state="REQUESTED"),
                name="exception_one_request",
            ),
            models.CheckConstraint(
                condition=Q(end_kind="DATE", until_on__isnull=False)
                | Q(end_kind="EVENT", response_id__isnull=False, response_place__isnull=False)
                | Q(end_kind="OPEN"),
                name="exception_end_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.duty_id} {self.organisation_id} {self.state}"
