"""Regions, authorities, organisations, their attributes and organs, and the cells they fall into.

A region's id is its six-digit GB/T 2260 code as a number (the nation is 0), so a subtree is a
range of ids and needs no walk. The big tables carry ``prov`` as the last part of their key: the
province number of the registering authority, 10 for organisations registered nationally.
"""

from typing import Self

import pghistory
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import F, Func, Q

from tongzhou.kernel import history
from tongzhou.kernel.access import Actor, Role
from tongzhou.kernel.privacy.fields import EncryptedTextField

#: A cell's number is its place times this, plus a number of its own.
CELLS_PER_PLACE = 1_000_000_000
#: What the encrypted texts of these columns are bound to.
CONTACT_PLACE = "registry.organisation.territory_contact"
PERSON_PLACE = "registry.organ.person"


@pghistory.track(*history.changes())
class Region(models.Model):
    """A division of the country: nation, province, city or county, valid from day to day.

    ``high`` is the last id of its subtree; ``role`` says whether it governs (contracts.RegionRole).
    A region that ended keeps its row; its successors say
    where its ground went.
    """

    id = models.IntegerField(primary_key=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    level = models.CharField(max_length=10)
    role = models.CharField(max_length=10, default="ORDINARY")
    name = models.CharField(max_length=60)
    short_name = models.CharField(max_length=40)
    pinyin = models.CharField(max_length=120)
    high = models.IntegerField()
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    successors = models.ManyToManyField("self", symmetrical=False, related_name="predecessors")

    class Meta:
        indexes = [models.Index(fields=["parent", "id"], name="region_children")]

    def __str__(self) -> str:
        return self.name


@pghistory.track(*history.changes())
class Authority(models.Model):
    """A state or Party organ: registration authority, business supervisor, department and so on.

    A registration authority also owes duties; ``organisation_id``/``prov`` is its bearer row.
    """

    kind = models.CharField(max_length=12)
    level = models.CharField(max_length=10)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="authorities")
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=60)
    superior = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="lower")
    organisation_id = models.BigIntegerField(null=True)
    prov = models.SmallIntegerField()
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "region", "name"], name="authority_once")
        ]

    def __str__(self) -> str:
        return self.name


class Profile(models.Model):
    """One combination of the facts that applicability can see; thousands, not millions.

    ``attributes`` and ``organs`` are bit sets (see params/attributes.yaml). ``level`` is filled
    for authorities alone.
    """

    form = models.CharField(max_length=12)
    level = models.CharField(max_length=10, blank=True)
    attributes = models.BigIntegerField()
    organs = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["form", "level", "attributes", "organs"], name="profile_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.attributes:b}"


class Cell(models.Model):
    """How many bearers share place, registering region and profile.

    ``place`` is the region where they are, ``registered_region`` that of the authority which
    registered them. Populations change only through placements.

    ``id`` begins with the place (:data:`CELLS_PER_PLACE`), so the cells of a region are a range.
    ``astray``: the place lies outside of what the registering region governs.
    """

    pk = models.CompositePrimaryKey("id", "prov")
    id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    place = models.IntegerField()
    registered_region = models.IntegerField()
    profile_id = models.BigIntegerField()
    population = models.IntegerField(default=0)
    astray = models.GeneratedField(
        expression=models.Func("place", "registered_region", function="registry_astray"),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place", "registered_region", "profile_id", "prov"], name="cell_once"
            ),
            models.CheckConstraint(
                condition=Q(place=F("id") / CELLS_PER_PLACE), name="cell_in_its_place"
            ),
            models.CheckConstraint(condition=Q(population__gte=0), name="cell_not_negative"),
        ]
        indexes = [
            models.Index(fields=["profile_id"], name="cell_by_profile"),
            models.Index(fields=["registered_region"], name="cell_by_registry"),
            models.Index(
                fields=["registered_region"], condition=Q(astray=True), name="cell_astray"
            ),
        ]

    def __str__(self) -> str:
        return f"cell {self.id}"


class OrganisationSet(models.QuerySet["Organisation"]):
    """Organisations, cut to what somebody may see."""

    def social(self) -> Self:
        """Leave out the bearer rows of authorities."""
        return self.exclude(form="AUTHORITY")

    def visible_to(self, actor: Actor) -> Self:
        """Keep what the actor may see.

        A registration authority sees what is registered or located in its regions; the parallel
        principals see theirs; an organ sees its own organisation; everybody else nothing.
        """
        if actor.is_system:
            return self
        if actor.is_authority:
            span = (actor.low, actor.high)
            return self.filter(Q(registered_region__range=span) | Q(located_in__id__range=span))
        if actor.role == Role.SUPERVISOR:
            return self.filter(supervisor_id=actor.authority_id)
        if actor.role == Role.INDUSTRY:
            return self.filter(industry_department_id=actor.authority_id)
        if actor.role == Role.TERRITORY:
            return self.filter(located_in__id__range=(actor.low, actor.high))
        if actor.role == Role.PARTY_LINE:
            return self.filter(registered_region__range=(actor.low, actor.high))
        if actor.is_organisation:
            return self.filter(id=actor.organisation_id, prov=actor.prov)
        return self.none()


class Organisation(models.Model):
    """A social organisation, a filed community group, or an authority as a bearer of duties.

    ``registered_by`` is who has power over it, ``located_in`` where it is: two separate links.
    """

    pk = models.CompositePrimaryKey("id", "prov")
    id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    code = models.CharField(max_length=18)
    name = models.CharField(max_length=120)
    pinyin = models.CharField(max_length=240)
    form = models.CharField(max_length=12)
    status = models.CharField(max_length=10, default="ACTIVE")
    established_on = models.DateField(null=True)
    registered_by = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    registered_region = models.IntegerField()
    located_in = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    supervisor = models.ForeignKey(Authority, null=True, on_delete=models.PROTECT, related_name="+")
    industry_department = models.ForeignKey(
        Authority, null=True, on_delete=models.PROTECT, related_name="+"
    )
    territory_contact = EncryptedTextField(blank=True)
    address = models.CharField(max_length=200, blank=True)
    attributes = models.BigIntegerField(default=0)
    organs = models.IntegerField(default=0)
    cell_id = models.BigIntegerField()
    version = models.IntegerField(default=1)

    objects = OrganisationSet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["cell_id", "id"], name="organisation_by_cell"),
            models.Index(fields=["located_in", "id"], name="organisation_by_place"),
            models.Index(fields=["registered_region", "id"], name="organisation_by_registry"),
            models.Index(fields=["code"], name="organisation_by_code"),
            models.Index(fields=["pinyin", "id"], name="organisation_by_pinyin"),
            GinIndex(Func("name", function="registry_pairs"), name="organisation_name_pairs"),
        ]

    def __str__(self) -> str:
        return self.name


class CodeEntry(models.Model):
    """The national directory of codes: one row per code, whichever province holds it."""

    code = models.CharField(max_length=18, primary_key=True)
    organisation_id = models.BigIntegerField()
    prov = models.SmallIntegerField()

    def __str__(self) -> str:
        return self.code


class OrganisationAttribute(models.Model):
    """An attribute an organisation has from one day to another."""

    pk = models.CompositePrimaryKey("id", "prov")
    id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    organisation_id = models.BigIntegerField()
    attribute = models.CharField(max_length=30)
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    basis = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation_id"], name="attribute_of_organisation")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "attribute", "from_on", "prov"], name="attribute_once"
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
                name="attribute_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.attribute


class Organ(models.Model):
    """A Party organisation, secretariat, board or legal representative, with who is in it.

    ``person`` is the one who answers for the organ, with their title; nothing else about them.
    """

    pk = models.CompositePrimaryKey("id", "prov")
    id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    organisation_id = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=120, blank=True)
    person = EncryptedTextField(blank=True)
    title = models.CharField(max_length=60, blank=True)
    from_on = models.DateField()
    to_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation_id"], name="organ_of_organisation")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "kind", "from_on", "prov"], name="organ_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person}"


class Placement(models.Model):
    """Which cell a bearer was in, from one moment to another; the memory behind past figures."""

    pk = models.CompositePrimaryKey("id", "prov")
    id = models.BigIntegerField()
    prov = models.SmallIntegerField()
    organisation_id = models.BigIntegerField()
    cell_id = models.BigIntegerField()
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "from_at"], name="placement_of_organisation"),
            models.Index(fields=["cell_id"], name="placement_of_cell"),
            # Who came or left since a period closed: small, and cheap for a bulk import.
            BrinIndex(fields=["from_at"], name="placement_by_start"),
            models.Index(
                fields=["to_at"], condition=Q(to_at__isnull=False), name="placement_by_end"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "prov"],
                condition=Q(to_at__isnull=True),
                name="placement_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} in {self.cell_id}"
