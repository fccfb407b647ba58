"""People who can sign in, and the assignments through which they act."""

import uuid

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

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


class Invitation(models.Model):
    """An assignment waiting for its person: opened once by a link that expires.

    Holds what the assignment will be; only the SHA-256 of the link is kept. ``assignment`` is
    what became of it. Into an organisation by its authority it takes two (ADR 27): ``made_by``
    asks and gets the ``word``, ``handed_by`` hands the link over, which works with the word alone.
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
    word = models.CharField(max_length=64, blank=True)
    tries = models.SmallIntegerField(default=0)
    asking_authority_id = models.BigIntegerField(null=True, db_index=True)
    handed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    handed_at = models.DateTimeField(null=True)
    batch = models.ForeignKey(
        "InvitationBatch", null=True, on_delete=models.SET_NULL, related_name="invitations"
    )

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "prov"], name="invitation_by_bearer"),
            models.Index(fields=["authority_id"], name="invitation_by_authority"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(word="")
                | models.Q(handed_by__isnull=True)
                | ~models.Q(handed_by=models.F("made_by")),
                name="invitation_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(word="")
                | models.Q(used_at__isnull=True)
                | models.Q(handed_by__isnull=False),
                name="invitation_handed_before_used",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class InvitationBatch(models.Model):
    """A table of people to be invited at once: one asks and takes the words, one more the links."""

    class State(models.TextChoices):
        """Where the table stands."""

        CHECKED = "CHECKED", "已核对"
        RUNNING = "RUNNING", "进行中"
        ASKED = "ASKED", "等第二个人交付"
        RELEASING = "RELEASING", "正在生成链接"
        READY = "READY", "链接待下载"
        TAKEN = "TAKEN", "链接已下载"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user_id = models.BigIntegerField(null=True)
    assignment_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKED)
    rows = EncryptedTextField(blank=True)
    words = EncryptedTextField(blank=True)
    sheet = EncryptedTextField(blank=True)
    authority_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField(null=True)
    released_by_id = models.BigIntegerField(null=True)
    released_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


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
