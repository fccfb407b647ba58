"""What the search page draws: rows, answers, facets, chips, and words about how it was found."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.modules.directives.public import ClauseView, DocumentFacts, seeking
from tongzhou.modules.duties.forms import SearchForm
from tongzhou.modules.duties.pages.shared import duty_url
from tongzhou.modules.duties.queries import search_words
from tongzhou.modules.duties.queries.ask import Answer, Answers
from tongzhou.modules.duties.queries.force import DutyRow, library_of
from tongzhou.modules.duties.queries.search import Result, Shown, Step, Wish
from tongzhou.modules.duties.queries.search_help import Help
from tongzhou.modules.duties.queries.wishes import conditions
from tongzhou.modules.duties.queries.wording import bearer_text, deadline_text, say

MOST_FACETS = 8
#: Facets of a result: the name of the parameter is the name of the facet.
_FACETS = ("status", "kind", "issuer", "year", "strength", "bearer")


def address(request: HttpRequest, **changes: object) -> str:
    """Return the query string of a request with some parameters changed, on its first page."""
    query = request.GET.copy()
    for name in ("page", "export"):
        query.pop(name, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}"


def clause_url(document: DocumentFacts, clause: ClauseView, marks: Iterable[str]) -> str:
    """Return where a clause is read, with the words to mark there."""
    base = reverse("duties:directive-read", args=[document.expression_id])
    words = [each for each in marks if each][:12]
    query = f"?{urlencode([('mark', each) for each in words])}" if words else ""
    return f"{base}{query}#{clause.address}"


def document(facts: DocumentFacts) -> dict[str, Any]:
    """Return what a page tells of a document."""
    return {
        "title": facts.title,
        "number": facts.doc_number,
        "issuer": facts.issuer,
        "issued_on": facts.issued_on,
        "kind": search_words.KINDS.get(facts.kind, facts.kind),
        "status": facts.status,
        "status_label": search_words.STATUSES[facts.status],
        "in_force": facts.status == "FORCE",
        "url": reverse("duties:directive-read", args=[facts.expression_id]),
    }


def clause(view: ClauseView) -> dict[str, Any]:
    """Return what a page tells of a clause beside its text."""
    special = {"COVER": _("来函"), "PREAMBLE": _("前言"), "ANNEX": _("附件"), "NOTE": _("附注")}
    numbered = _("第 %(clause)s 条") % {"clause": view.address}
    return {
        "address": special.get(view.kind, numbered),
        "label": view.label,
        "above": view.above,
    }


def duty(each: DutyRow, in_force: bool) -> dict[str, Any]:
    """Return what a page tells of a duty."""
    spec = each.spec
    due = ""
    if each.is_counted and (spec.deadline is not None or spec.recurrence != "ONCE"):
        due = deadline_text(spec.recurrence, spec.deadline)
    return {
        "title": say(spec.title),
        "url": duty_url(each),
        "strength": spec.strength,
        "bearer": bearer_text(spec, library_of(each.library_id)),
        "due": due,
        "in_force": in_force,
    }


def row(shown: Shown, marks: tuple[str, ...]) -> dict[str, Any]:
    """Return one result: its document, clause, excerpt and the duties that fit."""
    return {
        "document": document(shown.document),
        "clause": clause(shown.clause),
        "url": clause_url(shown.document, shown.clause, marks),
        "excerpt": shown.excerpt,
        "duties": [
            {
                **duty(each, in_force),
                "pieces": seeking.cut_marked(
                    say(each.spec.title),
                    0,
                    len(say(each.spec.title)),
                    seeking.spans(say(each.spec.title), marks),
                ),
            }
            for each, in_force in shown.duties
        ],
    }


def answer(each: Answer) -> dict[str, Any]:
    """Return one answer: its document, the clause in parts, who is bound, why it was chosen."""
    found = [match.found for match in each.measured.matches]
    return {
        "document": document(each.document),
        "clause": clause(each.clause),
        "url": clause_url(each.document, each.clause, found),
        "parts": each.parts,
        "duties": [duty(row, in_force) for row, in_force in each.duties],
        "ours": each.ours,
        "why": _("、").join(
            match.asked
            if match.asked == match.found
            else _("%(asked)s（原文作“%(found)s”）") % {"asked": match.asked, "found": match.found}
            for match in each.measured.matches
        ),
    }


def understood(answers: Answers) -> dict[str, Any]:
    """Return how a question was understood, in words."""
    return {
        "asking": search_words.ASKING[answers.question.asking],
        "things": [each.word for each in answers.question.things],
        "unknown": _("、").join(answers.unknown),
    }


def told(result: Result) -> str:
    """Return one sentence about how many hits there are, and how they were found."""
    count = len(result)
    words = _("、").join(result.marks)
    if result.step is Step.NONE:
        return ""
    if result.step is Step.SOME:
        return _("没有同时含有全部词的条款；下面的含有其中一部分，供参考。")
    if result.step is Step.HEADS:
        return _("在标题、文号或机关含“%(heads)s”的文件里找“%(words)s”，有 %(count)d 处。") % {
            "heads": _("、").join(result.heads),
            "words": words,
            "count": count,
        }
    if result.capped:
        return _(
            "有 %(count)d 处以上；这里按相关程度排了最近装载的一部分，再加一个词或条件会更准。"
        ) % {"count": count}
    if result.step is Step.APART:
        return _("没有连在一起的原文；分开找“%(words)s”，有 %(count)d 处。") % {
            "words": words,
            "count": count,
        }
    return _("有 %(count)d 处。") % {"count": count}


def _labels(name: str) -> dict[str, Any]:
    from tongzhou.base.strength import Strength

    match name:
        case "status":
            return dict(search_words.STATUSES)
        case "kind":
            return dict(search_words.KINDS)
        case "strength":
            return {each.value: _(each.label) for each in Strength}
        case "bearer":
            return dict(search_words.BEARERS)
    return {}


def facets(request: HttpRequest, result: Result) -> list[dict[str, Any]]:
    """Return the ways to narrow a result: each value with how many hits it would leave."""
    headings = {
        "status": _("是否有效"),
        "kind": _("文种"),
        "issuer": _("发文机关"),
        "year": _("年份"),
        "strength": _("约束力"),
        "bearer": _("责任主体"),
    }
    counted = {**result.facets, "bearer": [*result.facets["bearer"], *result.facets["organ"]]}
    made = []
    for name in _FACETS:
        values = counted[name][:MOST_FACETS]
        if len(values) < 2 or request.GET.get(name):
            continue
        labels = _labels(name)
        made.append(
            {
                "heading": headings[name],
                "values": [
                    {
                        "label": labels.get(value, value),
                        "count": count,
                        "url": address(request, **{name: value}),
                    }
                    for value, count in values
                ],
            }
        )
    return made


def chips(request: HttpRequest, wish: Wish, form: SearchForm) -> list[dict[str, Any]]:
    """Return the conditions in force, each with the address without it."""
    headings = {"issuer": _("发文机关"), "year": _("年份"), "group": _("分类")}
    made = []
    for name, value in conditions(wish).items():
        field = form.fields.get(name)
        labels = {str(code): label for code, label in getattr(field, "choices", ())}
        made.append(
            {
                "label": headings.get(name) or (field.label if field else name),
                "value": _("是") if value is True else labels.get(str(value), str(value)),
                "remove_url": address(request, **{name: None}),
            }
        )
    return made


def help_parts(found: Help, clear_url: str) -> dict[str, Any]:
    """Return what to try instead, as links."""

    def link(words: str) -> str:
        return f"?{urlencode({'q': words})}"

    return {
        "alike": [
            {"label": each.term, "instead_of": each.instead_of, "url": link(each.words)}
            for each in found.alike
        ],
        "fewer": [{"label": each.instead_of, "url": link(each.words)} for each in found.fewer],
        "unfiltered": found.unfiltered,
        "clear_url": clear_url,
    }


def sheet_rows(result: Result) -> list[list[object]]:
    """Return a result as the lines of a workbook, in its order."""
    made: list[list[object]] = []
    for each in result.show(result.rows):
        facts, view = each.document, each.clause
        made.append(
            [
                facts.title,
                facts.doc_number,
                facts.issuer,
                facts.issued_on.isoformat() if facts.issued_on else "",
                search_words.STATUSES[facts.status],
                view.address,
                " › ".join(view.above),
                view.text,
                "\n".join(say(row.spec.title) for row, _force in each.duties),
                f"{facts.urn}#{view.address}",
            ]
        )
    return made
