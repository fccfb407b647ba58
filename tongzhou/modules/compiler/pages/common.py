"""What every page about one compilation shares: its frame, its steps, who else is at work."""

from collections.abc import Sequence
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import is_part
from tongzhou.modules.compiler import queries
from tongzhou.modules.compiler.contracts import CompilationRow, Kind, Progress, State
from tongzhou.modules.compiler.pages import wording

EDIT = "compiler.compilation.edit"
VIEW = "compiler.compilation.view"
_STEPS = (
    ("head", "读入", "compiler:head"),
    ("clauses", "条款", "compiler:clauses"),
    ("duties", "任务", "compiler:editor"),
    ("scope", "范围与施行", "compiler:scope"),
    ("preview", "预览", "compiler:preview"),
    ("submission", "送审", "compiler:submission"),
    ("signing", "签发", "compiler:signing"),
)


def may_edit(actor: Actor, row: CompilationRow) -> bool:
    """Tell whether the actor may change a compilation as it stands."""
    return row.state is State.EDITING and actor.may(EDIT)


def frame_of(
    request: HttpRequest,
    actor: Actor,
    row: CompilationRow,
    step: str,
    *,
    progress: Progress | None = None,
    wide: bool = True,
) -> dict[str, Any]:
    """Return the context that all pages about a compilation begin with."""
    at = clock.now()
    editing = may_edit(actor, row)
    if progress is None:
        progress = queries.progress_of([row.id]).get(row.id, Progress())
    last = queries.find_last_change(actor, row.id) if editing else None
    redo = queries.find_redo(actor, row.id) if editing else None
    title = row.head.title or _("（还没有标题）")
    return {
        "row": row,
        "title": title,
        "kind_label": _(wording.KINDS[row.kind]),
        "is_new": row.kind is Kind.NEW,
        "state_label": _(wording.STATES[row.state]),
        "may_edit": editing,
        "may_create": actor.may("compiler.compilation.create"),
        "may_sign": actor.may("compiler.compilation.sign"),
        "may_discard": row.state in (State.EDITING, State.DISCARDED)
        and actor.may("compiler.compilation.discard"),
        "progress": progress,
        "steps": steps_of(row, step, progress),
        "crumbs": [
            (_("任务分解"), reverse("compiler:compilation-list")),
            (title, reverse("compiler:editor", args=[row.id])),
        ],
        "presence": [
            {
                "who": each.actor,
                "when": wording.ago(each.at, at),
                "what": wording.change_text(each),
            }
            for each in (queries.list_presence(actor, row.id, at) if editing else ())
        ],
        "undo": {"seq": last.seq, "what": wording.change_text(last)} if last else None,
        "redo": {"seq": redo.seq} if redo else None,
        "here": _here(request),
        "wide": wide,
    }


def _here(request: HttpRequest) -> str:
    """Return the page that is shown, also while a card of it is asked for."""
    htmx = getattr(request, "htmx", None)
    shown = htmx.current_url_abs_path if htmx and is_part(request) else None
    return shown or request.get_full_path()


def steps_of(row: CompilationRow, current: str, progress: Progress) -> list[dict[str, Any]]:
    """Return the steps on the way to signing, with the one that is shown."""
    done = {
        "head": bool(row.head.title and row.head.issuer and row.head.urn and row.head.issued_on),
        "clauses": progress.decided > 0,
        "duties": progress.total > 0 and progress.decided == progress.total,
        "scope": row.response_id is not None,
        "preview": row.state in (State.SUBMITTED, State.SIGNED),
        "submission": row.state in (State.SUBMITTED, State.SIGNED),
        "signing": row.state is State.SIGNED,
    }
    found = []
    for code, label, name in _STEPS:
        try:
            url = reverse(name, args=[row.id])
        except NoReverseMatch:
            continue
        note = ""
        if code == "duties" and progress.total:
            note = f"{progress.decided}/{progress.total}"
        found.append(
            {
                "code": code,
                "label": _(label),
                "url": url,
                "note": note,
                "done": done[code],
                "current": code == current,
            }
        )
    return found


def card_url(compilation_id: int, key: int, show: str = "all") -> str:
    """Return where a duty is shown in the editor, whatever page of its list it is on."""
    return f"{reverse('compiler:editor', args=[compilation_id])}?show={show}&at={key}#d{key}"


def renew(form: BaseForm, revision: int) -> None:
    """Let a form that was sent for an older revision be sent again for the present one."""
    assert isinstance(form.data, QueryDict)
    data = form.data.copy()
    data["revision"] = str(revision)
    form.data = data


def number(request: HttpRequest, name: str) -> int:
    """Return a whole number from a form; Refusal when it is none."""
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise unfit()
    return int(text)


def numbers(value: str, count: int) -> list[int]:
    """Return the whole numbers of a button's value, such as ``12:3``; Refusal when they are not."""
    parts = value.split(":")
    fit = len(parts) == count and all(
        each.isascii() and each.isdigit() and len(each) < 10 for each in parts
    )
    if not fit:
        raise unfit()
    return [int(each) for each in parts]


def unfit() -> Refusal:
    """Return the refusal for a form that this page did not make."""
    return Refusal("这个操作的内容不完整。", code="form", way_out="请刷新页面，再点一次。")


def next_undecided(duties: Sequence[Any], key: int) -> int | None:
    """Return the key of the next undecided duty behind one, from the start again at the end."""
    keys = [each.key for each in duties]
    at = keys.index(key) + 1 if key in keys else 0
    for each in [*duties[at:], *duties[:at]]:
        if each.state == "PROPOSED" and each.key != key:
            return int(each.key)
    return None
