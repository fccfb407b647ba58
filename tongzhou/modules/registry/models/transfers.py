"""Organisations on their way to the registration authority of another province."""

import uuid

from django.db import models


class Transfer(models.Model):
    """A move to another province: asked for by one authority, decided by the other.

    Keys of the organisation are numbers without a foreign key, because its row changes province:
    (organisation_id, prov) is where it was, (organisation_id, new_prov) where it went.
    """

    class State(models.TextChoices):
        """Where the request stands."""

        REQUESTED = "REQUESTED", "待迁出地确认"
        ACCEPTED = "ACCEPTED", "已迁移"
        DECLINED = "DECLINED", "未同意"
        WITHDRAWN = "WITHDRAWN", "已撤回"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organisation_id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    code = models.CharField(max_length=18)
    name = models.CharField(max_length=120)
    from_authority_id = models.BigIntegerField()
    from_region = models.IntegerField()
    to_authority_id = models.BigIntegerField()
    to_region = models.IntegerField()
    new_prov = models.SmallIntegerField()
    located_in = models.IntegerField()
    address = models.CharField(max_length=200, blank=True)
    supervisor = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200)
    answer = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    requested_by = models.BigIntegerField(null=True)
    decided_by = models.BigIntegerField(null=True)
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["from_region", "state"], name="transfer_from"),
            models.Index(fields=["to_region", "state"], name="transfer_to"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "prov"],
                condition=models.Q(state="REQUESTED"),
                name="transfer_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} to {self.new_prov}"
