"""The search page: words or a question in, clauses and duties out, each with its document."""

import tempfile
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.strength import Strength
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, is_part, page, paginate
from tongzhou.kernel.tables import XLSX_TYPE
from tongzhou.modules.directives.public import CAP, questions
from tongzhou.modules.duties.contracts import FORMS, PHASES
from tongzhou.modules.duties.forms import SearchForm
from tongzhou.modules.duties.pages import search_parts as parts
from tongzhou.modules.duties.pages.shared import layout
from tongzhou.modules.duties.queries import exports, search_words
from tongzhou.modules.duties.queries.ask import ask
from tongzhou.modules.duties.queries.duty_search import list_scopes
from tongzhou.modules.duties.queries.search import NAMED, ORDERS, Step, search
from tongzhou.modules.duties.queries.search_help import help_with
from tongzhou.modules.duties.queries.wishes import read_wish
from tongzhou.modules.duties.queries.wording import say

SIZE = 20
SIZES = (20, 50, 100)
LONGEST = 200
#: What may be asked, shown before anybody asked.
_EXAMPLES = (
    "哪份文件要求我们每天消毒？",  # data
    "养老机构能不能组织聚餐？",  # data
    "谁负责上报疑似病例？",  # data
    "没有公募资格可以募捐吗？",  # data
)


@page("public")
def search_page(request: HttpRequest) -> HttpResponseBase:
    """Show what was found for ``?q=`` with its filters, or what answers ``?ask=``."""
    actor, at = actor_of(request), clock.now()
    tidy = _tidy(request)
    if tidy is not None and not is_part(request):
        return redirect(tidy)
    answer = _question if "ask" in request.GET else _words
    response = answer(request, actor, at)
    if tidy is not None:
        response["HX-Push-Url"] = tidy
    return response


def _tidy(request: HttpRequest) -> str | None:
    """Return the address without what says nothing, to be kept and passed on; None if it is so."""
    kept = [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if value or name in {"q", "ask"}
    ]
    kept = [each for each in kept if each != ("sort", ORDERS[0])]
    if len(kept) == sum(len(values) for _name, values in request.GET.lists()):
        return None
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def _words(request: HttpRequest, actor: Actor, at: datetime) -> HttpResponseBase:
    form = _form(request, actor)
    wish, _wrong = read_wish(request.GET.dict())
    context: dict[str, Any] = {**_frame(actor), "tab": "words", "words": wish.words, "form": form}
    if not wish.words:
        return render(request, "duties/search.html", context)
    result = search(wish, actor, at)
    if request.GET.get("export"):
        return _export(parts.sheet_rows(result), at)
    shown = paginate(request, result, SIZE)
    clear = f"?{urlencode({'q': wish.words})}"
    helped = None
    if result.step in {Step.SOME, Step.NONE}:
        helped = parts.help_parts(help_with(result, actor), clear)
    context |= {
        "result": result,
        "told": parts.told(result),
        "page": shown,
        "sizes": SIZES,
        "rows": [parts.row(each, result.marks) for each in result.show(shown)],
        "named": [parts.document(result.facts[each]) for each in result.named[:NAMED]],
        "named_more": max(0, len(result.named) - NAMED),
        "named_url": f"{reverse('directives:directive-list')}{clear}",
        "chips": parts.chips(request, wish, form),
        "clear_url": clear,
        "facets": parts.facets(request, result),
        "cap": CAP,
        "ask_url": f"?{urlencode({'ask': wish.words})}"
        if questions.is_question(wish.words)
        else "",
        "export_url": parts.address(request, export=1),
        "help": helped,
    }
    name = "duties/search_rows.html" if is_part(request) else "duties/search.html"
    return render(request, name, context)


def _question(request: HttpRequest, actor: Actor, at: datetime) -> HttpResponseBase:
    text = request.GET.get("ask", "").strip()[:LONGEST]
    context: dict[str, Any] = {**_frame(actor), "tab": "ask", "asked": text}
    if text:
        answers = ask(text, actor, at)
        context |= {
            "answers": answers,
            "understood": parts.understood(answers),
            "rows": [parts.answer(each) for each in answers.rows],
            "words_url": f"?{urlencode({'q': ' '.join(t.word for t in answers.question.things)})}",
        }
    name = "duties/search_answers.html" if is_part(request) else "duties/search.html"
    return render(request, name, context)


def _frame(actor: Actor) -> dict[str, Any]:
    return {
        "layout": layout(actor),
        "crumbs": [(_("查找"), "")],
        "base_url": reverse("duties:search"),
        "examples": [{"text": each, "url": f"?{urlencode({'ask': each})}"} for each in _EXAMPLES],
    }


def _form(request: HttpRequest, actor: Actor) -> SearchForm:
    """Return the form with the conditions of a request."""
    every = ("", _("全部"))
    return SearchForm(
        request.GET,
        mine=actor.organisation_id is not None,
        choices={
            "what": list(search_words.WHAT.items()),
            "status": [every, *search_words.STATUSES.items()],
            "kind": [every, *search_words.KINDS.items()],
            "place": [every, *((str(pk), name) for pk, name in list_scopes())],
            "strength": [every, *((each.value, _(each.label)) for each in Strength)],
            "bearer": [every, *search_words.BEARERS.items()],
            "form": [every, *((code, say(text)) for code, text in FORMS.items())],
            "phase": [every, *((code, say(text)) for code, text in PHASES.items())],
            "sort": list(search_words.ORDERS.items()),
        },
    )


def _export(lines: list[list[object]], at: datetime) -> FileResponse:
    target = tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 - closed by the response
    exports.write_found(lines, target)
    target.seek(0)
    return FileResponse(
        target,
        as_attachment=True,
        filename=_("查找结果_%(day)s.xlsx")
        % {"day": at.astimezone(clock.PLACE).strftime("%Y%m%d")},
        content_type=XLSX_TYPE,
    )
