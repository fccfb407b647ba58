"""Responses and the dated phases they have in each region."""

import pghistory
from django.db import models

from tongzhou.kernel import history


@pghistory.track(*history.changes())
class Response(models.Model):
    """A response to one emergency, such as an epidemic."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12)
    started_at = models.DateTimeField()
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


@pghistory.track(*history.changes())
class PhaseSetting(models.Model):
    """From a moment on, a region is in a phase: its own, or its parent's (``INHERIT``).

    It holds until the next setting for the same response and region. ``recorded_at`` is when the
    system learned of it, so that a past figure can be re-run as it was.
    """

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="settings")
    region_id = models.IntegerField()
    phase = models.CharField(max_length=12)
    from_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120)
    document = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    authority_id = models.BigIntegerField(null=True)
    set_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["response", "region_id", "from_at"], name="phase_one_per_moment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.phase}"
