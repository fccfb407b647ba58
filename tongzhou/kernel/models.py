"""Tables of the kernel: people, their assignments, audit, files, progress of jobs, tokens."""

import uuid

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from tongzhou.kernel import history
from tongzhou.kernel.privacy.fields import EncryptedTextField


@pghistory.track(
    *history.changes(),
    fields=["username", "name", "is_active", "is_demo", "is_superuser"],
    obj_field=pghistory.ObjForeignKey(related_name="events"),
    model_name="UserEvent",
)
class User(AbstractUser):
    """A person who can sign in. What they may do comes from their assignments alone.

    ``factor_due_at``: until then a second factor may still be put off; set when the person was
    first led to it.
    """

    name = models.CharField("姓名", max_length=60)
    phone = EncryptedTextField("手机号", blank=True)
    is_demo = models.BooleanField(default=False)
    factor_due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["phone"], condition=~Q(phone=""), name="user_phone_once"
            ),
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.username


@pghistory.track(*history.changes())
class Assignment(models.Model):
    """A role a person holds at an authority or an organisation, from one day to another.

    ``low``/``high``: inclusive range of region ids that the authority governs.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=20)
    label = models.CharField(max_length=160)
    authority_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField(null=True)
    prov = models.SmallIntegerField(null=True)
    low = models.IntegerField(default=1)
    high = models.IntegerField(default=0)
    from_on = models.DateField()
    to_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=models.F("from_on")),
                name="assignment_days_in_order",
            )
        ]
        indexes = [
            models.Index(fields=["organisation_id", "prov"], name="assignment_by_bearer"),
            models.Index(fields=["authority_id"], name="assignment_by_authority"),
        ]

    def __str__(self) -> str:
        return self.label


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


class Progress(models.Model):
    """How far a long job is: shown to its owner, who may leave the page meanwhile."""

    class State(models.TextChoices):
        """Where the job stands."""

        WAITING = "WAITING", "等待开始"
        RUNNING = "RUNNING", "进行中"
        DONE = "DONE", "已完成"
        REFUSED = "REFUSED", "未通过"
        FAILED = "FAILED", "出错"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=80)
    label = models.CharField(max_length=200)
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

    def __str__(self) -> str:
        return self.label


class ApiToken(models.Model):
    """A key for programs, bound to one assignment; only its SHA-256 is kept.

    ``modules`` are the modules it may use, empty for all; ``writes`` whether it may do more than
    read.
    """

    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=80)
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="tokens")
    modules = models.JSONField(default=list)
    writes = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.label


class Invitation(models.Model):
    """An assignment waiting for its person: opened once by a link that expires.

    Holds what the assignment will be; only the SHA-256 of the link is kept. ``assignment`` is
    what became of it.
    """

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=60)
    phone = EncryptedTextField(blank=True)
    email = models.EmailField(blank=True)
    mailed = models.BooleanField(default=False)
    role = models.CharField(max_length=20)
    label = models.CharField(max_length=160)
    authority_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField(null=True)
    prov = models.SmallIntegerField(null=True)
    low = models.IntegerField(default=1)
    high = models.IntegerField(default=0)
    to_on = models.DateField(null=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    assignment = models.OneToOneField(Assignment, null=True, on_delete=models.CASCADE)

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "prov"], name="invitation_by_bearer"),
            models.Index(fields=["authority_id"], name="invitation_by_authority"),
        ]

    def __str__(self) -> str:
        return self.label


class InvitationBatch(models.Model):
    """A table of people to be invited at once, and then the sheet of their links, until taken."""

    class State(models.TextChoices):
        """Where the table stands."""

        CHECKED = "CHECKED", "已核对"
        RUNNING = "RUNNING", "进行中"
        READY = "READY", "链接待下载"
        TAKEN = "TAKEN", "链接已下载"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user_id = models.BigIntegerField(null=True)
    assignment_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKED)
    rows = EncryptedTextField(blank=True)
    sheet = EncryptedTextField(blank=True)

    def __str__(self) -> str:
        return str(self.pk)


class PasswordLink(models.Model):
    """A one-time link by which a person sets a new password; given out by their own place."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link {self.pk}"


class Deputy(models.Model):
    """Somebody who acts in another person's assignment while that person is away."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="deputies")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="deputising")
    from_on = models.DateField()
    to_on = models.DateField()
    reason = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=models.F("from_on")), name="deputy_days_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.assignment}"


class FactorReset(models.Model):
    """A lost second factor: one person of the place asks for its removal, another one confirms."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(decided_at__isnull=True),
                name="factor_reset_one_open",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")),
                name="factor_reset_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"reset {self.pk}"


class Erasure(models.Model):
    """Somebody who left is to be anonymised: one operator asks, another one confirms."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    granted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(decided_at__isnull=True), name="erasure_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")),
                name="erasure_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class SpentTicket(models.Model):
    """A ticket or code of an outside sign-in that was shown once; it is not taken again."""

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:12]


class SharedValue(models.Model):
    """A small value all processes share until it expires: counts of rate limits, and the cache.

    The table is unlogged: it costs little to write and is empty after a crash.
    """

    key = models.CharField(max_length=255, primary_key=True)
    value = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
