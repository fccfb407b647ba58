"""Read one wording of a directive with everything an export may show."""

from datetime import date, datetime
from uuid import UUID

from tongzhou.base.errors import Missing
from tongzhou.kernel import clock
from tongzhou.modules.directives.contracts import CitationKind, DocumentKind
from tongzhou.modules.directives.models import Citation, Clause, Erratum, Expression
from tongzhou.modules.directives.rules.exports.document import (
    ExportAttachment,
    ExportCitation,
    ExportDocument,
    ExportErratum,
    ExportVersion,
)
from tongzhou.modules.directives.rules.passages import Passage
from tongzhou.modules.directives.rules.urns import check_urn


def load_export(expression_id: int, at: datetime) -> ExportDocument:
    """Return an expression as it is handed out at a moment; Missing when there is none.

    Its duties belong to a higher module, which adds them.
    """
    found = (
        Expression.objects.select_related(
            "directive", "previous__directive", "supplements__directive"
        )
        .filter(pk=expression_id)
        .first()
    )
    if found is None:
        raise Missing("没有这份文件。", code="directive-missing")
    directive = found.directive
    return ExportDocument(
        urn=found.urn,
        work=directive.urn,
        title=found.title,
        doc_number=directive.doc_number,
        issuer=directive.issuer,
        issued_on=_day(found.urn),
        source=found.source,
        sha256=found.sha256,
        passages=_passages(expression_id),
        exported_at=at.astimezone(clock.PLACE).replace(microsecond=0),
        kind=DocumentKind(directive.kind),
        recipients=tuple(found.recipients),
        attachments=tuple(
            ExportAttachment(each["title"], each["declared"]) for each in found.attachments
        ),
        source_note=found.source_note,
        format=found.format,
        effective_on=found.effective_on,
        expires_on=found.expires_on,
        previous=_version(found.previous),
        amended_by=tuple(
            _told(each)
            for each in found.amendments.select_related("directive").order_by("published_at", "pk")
        ),
        supplements=_version(found.supplements),
        repealed_at=found.repealed_at,
        repealed_by=found.repealed_by,
        repeal_reason=found.repeal_reason,
        citations=_citations(expression_id),
        errata=tuple(
            ExportErratum(each.address, each.as_received, each.reading, each.reason)
            for each in Erratum.objects.filter(expression_id=expression_id).order_by("pk")
        ),
    )


def find_original(expression_id: int) -> UUID | None:
    """Return the stored file that an expression was taken from, None if there is none."""
    return Expression.objects.filter(pk=expression_id).values_list("original", flat=True).first()


def _passages(expression_id: int) -> tuple[Passage, ...]:
    found = list(Clause.objects.filter(expression_id=expression_id).order_by("position"))
    index = {each.pk: at for at, each in enumerate(found)}
    return tuple(
        Passage(
            address=each.address,
            label=each.label,
            level=each.level,
            kind=each.kind,
            parent=index.get(each.parent_id) if each.parent_id else None,
            text=each.text,
            start=each.start,
            end=each.end,
            heading=each.heading,
            refines=each.refines,
        )
        for each in found
    )


def _citations(expression_id: int) -> tuple[ExportCitation, ...]:
    return tuple(
        ExportCitation(
            kind=CitationKind(each.kind),
            address=each.address,
            title=each.title,
            doc_number=each.doc_number,
            start=each.start,
            end=each.end,
            target=each.target.urn if each.target else "",
            target_kind=DocumentKind(each.target.kind) if each.target else DocumentKind.OTHER,
        )
        for each in Citation.objects.select_related("target")
        .filter(expression_id=expression_id)
        .order_by("start", "pk")
    )


def _version(expression: Expression | None) -> ExportVersion | None:
    return _told(expression) if expression is not None else None


def _told(expression: Expression) -> ExportVersion:
    return ExportVersion(
        urn=expression.urn,
        issued_on=_day(expression.urn),
        kind=DocumentKind(expression.directive.kind),
    )


def _day(urn: str) -> date:
    """Return the day of a wording, which its address ends with."""
    return check_urn(urn)[1]
