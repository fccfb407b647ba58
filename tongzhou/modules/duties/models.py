"""Duties as versioned rules, and what became of them.

There is no row per organisation per duty. A duty is a rule; which profiles it binds is held in
:class:`DutyProfile`; a report exists once somebody reported. Counters follow reports through
deltas, so that a figure is read from few rows and is exact at every moment.
"""

import pghistory
from django.contrib.postgres.fields import ArrayField
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

    ``cell_id`` is the bearer's cell now, kept in step by the command that moves an organisation.
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


class Delta(models.Model):
    """A change of counts not yet folded into a counter; short-lived."""

    pk = models.CompositePrimaryKey("id", "prov")
    id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    period = models.DateField()
    duty_id = models.BigIntegerField()
    cell_id = models.BigIntegerField()
    submitted = models.SmallIntegerField(default=0)
    accepted = models.SmallIntegerField(default=0)
    returned = models.SmallIntegerField(default=0)
    late = models.SmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.duty_id} {self.period} {self.cell_id}"


class Counter(models.Model):
    """How many reports of a duty, period and cell are in which state, as folded so far."""

    pk = models.CompositePrimaryKey("period", "duty_id", "cell_id", "prov")
    period = models.DateField()
    duty_id = models.BigIntegerField()
    cell_id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    submitted = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    returned = models.IntegerField(default=0)
    late = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["cell_id"], name="counter_of_cell")]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.period} {self.cell_id}"


class PopulationDelta(models.Model):
    """A change of a cell's population not yet folded into :class:`Standing`; short-lived."""

    pk = models.CompositePrimaryKey("id", "prov")
    id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    cell_id = models.BigIntegerField()
    population = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.cell_id} {self.population:+}"


class Node(models.Model):
    """What sums are kept for: a pair of nodes, where bearers are and who registered them.

    ``grain`` says of which levels both are (rules.nodes). ``prov`` is that of the bearers.
    """

    bound_as = models.BigIntegerField()
    grain = models.SmallIntegerField()
    place = models.IntegerField()
    registered = models.IntegerField()
    form = models.CharField(max_length=12)
    prov = models.SmallIntegerField()

    class Meta:
        abstract = True


class Standing(Node):
    """How many bearers a duty binds between two nodes, whatever the phase and the moment."""

    pk = models.CompositePrimaryKey("bound_as", "grain", "place", "registered", "form", "prov")
    population = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["bound_as", "registered", "place"],
                condition=Q(grain=0),
                name="standing_by_registry",
            )
        ]

    def __str__(self) -> str:
        return f"{self.bound_as} {self.place}/{self.registered} {self.population}"


class Tally(Node):
    """How many reports of bearers whom a duty binds are in which state, as folded so far."""

    pk = models.CompositePrimaryKey(
        "period", "duty_id", "bound_as", "grain", "place", "registered", "form", "prov"
    )
    period = models.DateField()
    duty_id = models.BigIntegerField()
    submitted = models.IntegerField()
    accepted = models.IntegerField()
    returned = models.IntegerField()
    late = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["period", "duty_id", "bound_as", "registered", "place"],
                condition=Q(grain=0),
                name="tally_by_registry",
            )
        ]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.period} {self.place}/{self.registered}"


class Summed(models.Model):
    """That :class:`Standing` and :class:`Tally` are kept for a duty under a condition."""

    pk = models.CompositePrimaryKey("duty_id", "bound_as")
    duty_id = models.BigIntegerField()
    bound_as = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.duty_id}/{self.bound_as}"


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
