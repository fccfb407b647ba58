"""Directives, their expressions, clauses and errata.

A work (cn/mca/2020/5) has expressions (…@2020-01-29); an amended text is a new expression, never
an edit. Every clause has a permanent address inside its expression (#3.8).
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Directive(models.Model):
    """A directive as a work, independent of any wording of it. ``kind``: DocumentKind."""

    urn = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=300)
    doc_number = models.CharField(max_length=80, blank=True)
    issuer = models.CharField(max_length=200)
    issued_on = models.DateField(null=True)
    authority_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=12, default="OTHER")

    def __str__(self) -> str:
        return self.title


class Expression(models.Model):
    """One wording of a directive. ``source`` is the text exactly as received.

    ``format`` and ``original`` tell what file the text was taken from. ``previous`` is the wording
    that this one amends; ``supplements`` the upper directive that this one refines or adds to.
    From ``repealed_at`` on it binds nobody; ``expires_on`` is the last day its own text gives.
    """

    directive = models.ForeignKey(Directive, on_delete=models.PROTECT, related_name="expressions")
    urn = models.CharField(max_length=140, unique=True)
    title = models.CharField(max_length=300)
    source = models.TextField()
    sha256 = models.CharField(max_length=64)
    source_note = models.CharField(max_length=300, blank=True)
    recipients = models.JSONField(default=list)
    attachments = models.JSONField(default=list)
    published_at = models.DateTimeField()
    format = models.CharField(max_length=8, default="txt")
    original = models.UUIDField(null=True)
    effective_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    previous = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="amendments"
    )
    supplements = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="supplementing"
    )
    repealed_at = models.DateTimeField(null=True)
    repealed_by = models.CharField(max_length=200, blank=True)
    repeal_reason = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.urn


class Clause(models.Model):
    """A numbered unit of an expression, or a paragraph outside the numbering.

    ``start``/``end`` are character offsets in the source. ``kind``: COVER for the covering
    letter, PREAMBLE for unnumbered opening text, ITEM for numbered clauses. ``heading`` are the
    leading words that only name what follows. ``refines``: in a supplement, the address of the
    upper directive's clause that this one refines. ``words`` serves full-text search.
    """

    expression = models.ForeignKey(Expression, on_delete=models.PROTECT, related_name="clauses")
    position = models.IntegerField()
    address = models.CharField(max_length=40)
    label = models.CharField(max_length=20, blank=True)
    level = models.SmallIntegerField(default=0)
    kind = models.CharField(max_length=10, default="ITEM")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    text = models.TextField()
    heading = models.CharField(max_length=300, blank=True)
    refines = models.CharField(max_length=40, blank=True)
    start = models.IntegerField()
    end = models.IntegerField()
    words = SearchVectorField(null=True)

    class Meta:
        ordering = ["expression_id", "position"]
        indexes = [GinIndex(fields=["words"], name="clause_words")]
        constraints = [
            models.UniqueConstraint(fields=["expression", "address"], name="clause_address_once"),
            models.UniqueConstraint(fields=["expression", "position"], name="clause_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.expression_id}#{self.address}"


class Erratum(models.Model):
    """A recognition error in the source: the text stays as received, readers see the reading."""

    expression = models.ForeignKey(Expression, on_delete=models.PROTECT, related_name="errata")
    address = models.CharField(max_length=40)
    as_received = models.CharField(max_length=200)
    reading = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["expression", "address", "as_received"], name="erratum_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.as_received} → {self.reading}"


class Citation(models.Model):
    """Another document that an expression names: in which clause, in which words.

    ``target`` is the directive it names, once that is held here; found again by title and number
    whenever a directive is loaded.
    """

    expression = models.ForeignKey(Expression, on_delete=models.PROTECT, related_name="citations")
    kind = models.CharField(max_length=10)
    address = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=300, blank=True)
    doc_number = models.CharField(max_length=80, blank=True)
    start = models.IntegerField()
    end = models.IntegerField()
    target = models.ForeignKey(
        Directive, null=True, on_delete=models.PROTECT, related_name="cited_by"
    )

    class Meta:
        ordering = ["expression_id", "start"]

    def __str__(self) -> str:
        return f"{self.expression_id} {self.kind} {self.title or self.doc_number}"
