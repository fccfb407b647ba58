"""Directives, their expressions, clauses and errata.

A work (cn/mca/2020/5) has expressions (…@2020-01-29); an amended text is a new expression, never
an edit. Every clause has a permanent address inside its expression (#3.8).
"""

from django.db import models


class Directive(models.Model):
    """A directive as a work, independent of any wording of it."""

    urn = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=300)
    doc_number = models.CharField(max_length=80, blank=True)
    issuer = models.CharField(max_length=200)
    issued_on = models.DateField(null=True)
    authority_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.title


class Expression(models.Model):
    """One wording of a directive. ``source`` is the text exactly as received."""

    directive = models.ForeignKey(Directive, on_delete=models.PROTECT, related_name="expressions")
    urn = models.CharField(max_length=140, unique=True)
    title = models.CharField(max_length=300)
    source = models.TextField()
    sha256 = models.CharField(max_length=64)
    source_note = models.CharField(max_length=300, blank=True)
    recipients = models.JSONField(default=list)
    attachments = models.JSONField(default=list)
    published_at = models.DateTimeField()
    repealed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.urn


class Clause(models.Model):
    """A numbered unit of an expression, or a paragraph outside the numbering.

    ``start``/``end`` are character offsets in the source. ``kind``: COVER for the covering
    letter, PREAMBLE for unnumbered opening text, ITEM for numbered clauses.
    """

    expression = models.ForeignKey(Expression, on_delete=models.PROTECT, related_name="clauses")
    position = models.IntegerField()
    address = models.CharField(max_length=40)
    label = models.CharField(max_length=20, blank=True)
    level = models.SmallIntegerField(default=0)
    kind = models.CharField(max_length=10, default="ITEM")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    text = models.TextField()
    start = models.IntegerField()
    end = models.IntegerField()

    class Meta:
        ordering = ["expression_id", "position"]
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
