"""The filters above figures and lists: the form, the chips, the hidden rest."""

from typing import Any

from django.utils.translation import gettext as _

from tongzhou.kernel.templatetags.ui_shapes import moment
from tongzhou.modules.duties.public import FORMS, ORGANS, BearerKind, library_of
from tongzhou.modules.insight.contracts import ZONE, Bearers, By, Question, TreeName
from tongzhou.modules.insight.forms import FilterForm
from tongzhou.modules.insight.pages import shapes
from tongzhou.modules.insight.queries.directives import list_directives, list_duties, say
from tongzhou.modules.insight.queries.look import Look
from tongzhou.modules.insight.queries.regions import list_registrars

HELD = ("region", "own", "tree", "bearers", "registrar")


def filter_form(look: Look) -> FilterForm:
    """Return the form with what can be chosen now and what has been chosen."""
    asked = look.question
    kind = BearerKind.AUTHORITY if asked.bearers is Bearers.AUTHORITY else BearerKind.ORGANISATION
    choices = {
        "library": [
            (str(each.library_id), each.title)
            for each in list_directives(look.moment, look.ground.forces)
        ],
        "duty": [
            (str(duty.id), f"{duty.clause} {say(duty.spec.title)}")
            for duty in list_duties(look.ground, asked.library, kind).values()
        ],
        "group": [
            (code, say(group.label)) for code, group in library_of(asked.library).groups.items()
        ]
        if asked.library and kind is BearerKind.ORGANISATION
        else [],
        "form": [(code, say(text)) for code, text in FORMS.items() if code != "AUTHORITY"]
        if kind is BearerKind.ORGANISATION
        else [],
        "organ": [(code, say(text)) for code, text in ORGANS.items()]
        if kind is BearerKind.ORGANISATION
        else [],
    }
    initial = {
        "library": str(asked.library or ""),
        "duty": str(asked.duty or ""),
        "group": asked.group,
        "form": asked.form,
        "organ": asked.organ,
        "as_of": asked.as_of.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M") if asked.as_of else "",
        "day": asked.day.isoformat() if asked.day else "",
    }
    return FilterForm(choices=choices, initial=initial)


def hidden(question: Question, **more: object) -> list[tuple[str, str]]:
    """Return what a filter form carries along unseen."""
    held = [(name, value) for name, value in question.params().items() if name in HELD]
    return held + [(name, str(value)) for name, value in more.items() if value not in {None, ""}]


def chips(look: Look, address: str, **more: object) -> list[dict[str, str]]:
    """Return the filters in force, each with the address without it."""
    asked = look.question
    found: list[dict[str, str]] = []

    def add(label: str, value: str, **without: Any) -> None:
        url = f"{address}?{asked.but(**without).query(**more)}"
        found.append({"label": label, "value": value, "remove_url": url})

    if asked.library is not None:
        title = next(
            each.title
            for each in list_directives(look.moment, look.ground.forces)
            if each.library_id == asked.library
        )
        add(_("文件"), title, library=None, group="")
    if asked.duty is not None:
        add(_("任务"), say(look.duties[asked.duty].spec.title), duty=None)
    if asked.group and asked.library is not None:
        add(_("文件里的分类"), say(library_of(asked.library).groups[asked.group].label), group="")
    if asked.form:
        add(_("登记类型"), say(FORMS[asked.form]), form="")
    if asked.organ:
        add(_("承担机构"), say(ORGANS[asked.organ]), organ="")
    if asked.registrar is not None:
        name = list_registrars([asked.registrar]).get(asked.registrar, str(asked.registrar))
        add(_("登记管理机关"), name, registrar=None)
    if asked.own:
        add(_("范围"), _("只看本级，不含下级"), own=False)
    if asked.day is not None:
        add(_("日期"), moment(asked.day), day=None)
    if asked.as_of is not None:
        add(_("时刻"), moment(asked.as_of), as_of=None)
    return found


def tree_tabs(look: Look, address: str, **more: object) -> list[dict[str, Any]]:
    """Return the switch between the two trees."""
    asked = look.question
    labels = {TreeName.TERRITORY: _("按属地"), TreeName.REGISTRATION: _("按登记机关")}
    return [
        {
            "label": label,
            "url": f"{address}?{asked.but(tree=tree, own=False).query(**more)}",
            "active": asked.tree is tree,
        }
        for tree, label in labels.items()
    ]


def bearer_tabs(look: Look, address: str, **more: object) -> list[dict[str, Any]]:
    """Return the switch between social organisations and authorities."""
    asked = look.question
    labels = {Bearers.ORGANISATION: _("社会组织应报"), Bearers.AUTHORITY: _("登记管理机关应报")}
    return [
        {
            "label": label,
            "url": f"{address}?"
            + asked.but(bearers=each, duty=None, form="", group="", organ="").query(**more),
            "active": asked.bearers is each,
        }
        for each, label in labels.items()
    ]


def by_tabs(look: Look, by: By) -> list[dict[str, Any]]:
    """Return the switch between breakdowns."""
    asked = look.question
    labels = {
        By.REGION: _("地区"),
        By.DUTY: _("任务"),
        By.FORM: _("登记类型"),
        By.GROUP: _("文件里的分类"),
        By.AUTHORITY: _("登记管理机关"),
    }
    if asked.bearers is Bearers.AUTHORITY:
        del labels[By.FORM], labels[By.GROUP]
    return [
        {
            "label": label,
            "url": shapes.figures_url(asked, by=each.value),
            "active": each is by,
        }
        for each, label in labels.items()
    ]
