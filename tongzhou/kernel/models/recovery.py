"""How somebody who is shut out comes in again, and how they are forgotten: always by two people."""

from django.db import models
from django.db.models import Q

from tongzhou.kernel.models.people import Assignment, User


class PasswordLink(models.Model):
    """A one-time link by which a person sets a new password.

    ``word`` is what is kept of the word that goes with it where two people were needed: the link
    works with that word alone, and dies of ``tries`` wrong ones.
    """

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    word = models.CharField(max_length=64, blank=True)
    tries = models.SmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"link {self.pk}"


class TwoHands(models.Model):
    """What one person asks for and another one decides."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class PasswordRequest(TwoHands):
    """A link for somebody of an organisation: one officer asks, another one hands it over.

    The one who asks gets the word (only its digest is kept), the one who hands over the link:
    neither alone can open the account. ``authority_id`` is where both work.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="+")
    authority_id = models.BigIntegerField(null=True, db_index=True)
    word = models.CharField(max_length=64)
    link = models.OneToOneField(PasswordLink, null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(decided_at__isnull=True),
                name="password_request_one_open",
            ),
            models.CheckConstraint(
                condition=Q(link__isnull=True) | ~Q(decided_by=models.F("asked_by")),
                name="password_request_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"


class FactorReset(TwoHands):
    """A lost second factor: one person of the place asks for its removal, another one confirms."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="+")
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


class Erasure(TwoHands):
    """Somebody who left is to be anonymised: one operator asks, another one confirms."""

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
