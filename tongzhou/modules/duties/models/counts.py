"""What is counted: changes, counters of cells, and sums between pairs of regions."""

from django.db import models
from django.db.models import Q


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
