"""What the reading page shows beside the text itself: supplements, versions, repeal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.period import local_day
from tongzhou.kernel.access import Actor
from tongzhou.modules.directives.public import ExpressionRow, get_expression, may_repeal, typeset
from tongzhou.modules.duties.pages import shared
from tongzhou.modules.duties.queries import effective
from tongzhou.modules.duties.queries.changes import Change
from tongzhou.modules.duties.queries.effective import Addition, Spot, Supplement
from tongzhou.modules.duties.queries.force import DutyRow, Ground
from tongzhou.modules.duties.queries.reading import DutyCard, Layer, bound_to, card_of

LONGEST = 400
CHANGES = 3


@dataclass(frozen=True, slots=True)
class Around:
    """Everything about the place and the time that a text is read at."""

    ground: Ground
    spot: Spot
    supplements: list[Supplement]
    places: list[tuple[int, str]]
    may_choose: bool

    @property
    def place_name(self) -> str:
        """Return the name of the place the text is shown for."""
        return dict(self.places).get(self.spot.place, "")


def around(request: HttpRequest, actor: Actor, at: datetime, row: ExpressionRow) -> Around:
    """Return what holds where the reader is, or at the place that ``?region=`` asks for."""
    ground = Ground(at)
    own = effective.spot_of(actor)
    supplements = effective.list_in_force(row.work, ground)
    places = effective.list_places(supplements, own.place)
    asked = request.GET.get("region", "")
    chosen = next((each for each, _name in places if f"{each:06d}" == asked), None)
    may_choose = not actor.is_organisation
    spot = Spot(chosen, chosen) if chosen is not None and may_choose else own
    return Around(ground, spot, supplements, places, may_choose)


def context(actor: Actor, row: ExpressionRow, held: Around) -> dict[str, Any]:
    """Return what the page says of the text's versions, its supplements and its end."""
    here = [each for each in held.supplements if each.reaches(held.spot)]
    return {
        **_standing(actor, row, held.ground),
        "place_name": held.place_name,
        "places": [
            {
                "id": f"{number:06d}",
                "name": name,
                "chosen": number == held.spot.place,
                "count": sum(each.region == number for each in held.supplements),
            }
            for number, name in held.places
        ]
        if held.may_choose and len(held.places) > 1 and held.supplements
        else [],
        "supplements": [
            {
                "title": each.row.title,
                "issuer": each.row.issuer,
                "place": each.region_name,
                "url": reverse("duties:directive-read", args=[each.row.id]),
            }
            for each in here
        ],
        "elsewhere": len(held.supplements) - len(here),
        "upper": _upper(row),
    }


def _standing(actor: Actor, row: ExpressionRow, ground: Ground) -> dict[str, Any]:
    """Return the wordings of the directive, and whether this one still binds."""
    versions = effective.list_versions_of(row.work, ground)
    current = next((each for each in versions if each.in_force), None)
    newer = current if current and current.row.urn > row.urn else None
    today = local_day(ground.at)
    repealed = row.repealed_at is not None and row.repealed_at <= ground.at
    return {
        "versions": [
            {
                "day": each.day,
                "here": each.row.id == row.id,
                "state": _state(each, ground.at, current),
                "url": reverse("duties:directive-read", args=[each.row.id]),
                "changes_url": _changes_url(each.row),
            }
            for each in versions
        ]
        if len(versions) > 1
        else [],
        "amended_on": next((each.day for each in versions if each.row.id == row.id), None)
        if row.previous_id is not None
        else None,
        "newer_url": reverse("duties:directive-read", args=[newer.row.id]) if newer else "",
        "newer_day": newer.day if newer else None,
        "changes_url": _changes_url(row),
        "repealed": repealed,
        "expired": not repealed and row.has_expired(today),
        "repeal_url": reverse("duties:directive-repeal", args=[row.id])
        if not repealed
        and actor.may("directives.expression.repeal")
        and may_repeal(actor, row.authority_id)
        else "",
    }


def _changes_url(row: ExpressionRow) -> str:
    """Return where a wording is compared with the one it amends, on a page of a higher module."""
    if row.previous_id is None:
        return ""
    return f"{reverse('duties:directive-read', args=[row.id])}changes/"


def _state(version: effective.Version, at: datetime, current: effective.Version | None) -> str:
    row = version.row
    if row.repealed_at is not None and row.repealed_at <= at:
        return _("已废止")
    if row.has_expired(local_day(at)):
        return _("已到期")
    if version.in_force:
        return _("施行中")
    if current is not None and current.row.urn > row.urn:
        return _("已由后来的文本替代")
    return _("没有施行")


def _upper(row: ExpressionRow) -> dict[str, str] | None:
    """Return the text that this one supplements."""
    if row.supplements_id is None:
        return None
    upper = get_expression(row.supplements_id)
    return {
        "title": upper.title,
        "issuer": upper.issuer,
        "url": reverse("duties:directive-read", args=[upper.id]),
    }


def attach(
    drawn: Sequence[dict[str, Any]], actor: Actor, row: ExpressionRow, held: Around
) -> list[dict[str, Any]]:
    """Put what supplements say under the drawn clauses; return what belongs to none of them."""
    additions = effective.list_additions(held.supplements, held.spot)
    mine = bound_to(actor)
    known = {each["address"]: each["clause"] for each in drawn}
    rest = []
    for address, found in additions.items():
        for each in found:
            clause = known.get(address)
            if clause is None:
                rest.append(_supplement(each) | {"duties": _added(each, mine)})
                continue
            clause.setdefault("supplements", []).append(_supplement(each))
            clause["duties"] += _added(each, mine)
    if row.supplements_id is not None:
        _link_upper(drawn, row.supplements_id)
    return rest


def _supplement(each: Addition) -> dict[str, Any]:
    text = f"{typeset(each.clause.label)}{each.clause.text}"
    url = reverse("duties:directive-read", args=[each.supplement.row.id])
    return {
        "origin": _("%(issuer)s补充") % {"issuer": each.supplement.row.issuer},
        "text": text if len(text) <= LONGEST else f"{text[:LONGEST]}…",
        "href": f"{url}#{each.clause.address}",
    }


def _added(each: Addition, mine: frozenset[int] | None) -> list[dict[str, Any]]:
    """Return the duties that a supplement adds, as cards beside the upper clause."""
    issuer = {"issuer": each.supplement.row.issuer}
    return [
        card(card_of(duty, mine), "")
        | {"notes": [{"text": _("%(issuer)s新增") % issuer, "href": _source(duty)}]}
        for duty in each.duties
    ]


def _source(duty: DutyRow) -> str:
    return shared.clause_url(duty)


def _link_upper(drawn: Sequence[dict[str, Any]], upper_id: int) -> None:
    """Lead from a supplement's clauses to those that they refine."""
    base = reverse("duties:directive-read", args=[upper_id])
    for each in drawn:
        if address := each["refines"]:
            each["clause"].setdefault("supplements", []).append(
                {
                    "origin": _("上级文件"),
                    "text": _("细化第 %(clause)s 条") % {"clause": address},
                    "href": f"{base}#{address}",
                }
            )


def card(each: DutyCard, quote: str) -> dict[str, Any]:
    """Return a duty as the clause draws it, with who made it stricter and how."""
    url = reverse("duties:duty", args=[each.id])
    return {
        "id": each.id,
        "title": each.title,
        "href": f"{url}?version={each.version_id}" if each.layers else url,
        "strength": each.strength,
        "bearer": each.bearer,
        "due": each.due,
        "quote": quote,
        "notes": [_note(layer) for layer in each.layers],
    }


def _note(layer: Layer) -> dict[str, str]:
    names: Mapping[str, str] = {"issuer": layer.issuer, "changes": _short(layer.changes)}
    base = shared.reading_url(layer.expression)
    text = _("%(issuer)s收紧：%(changes)s") if layer.changes else _("%(issuer)s细化")
    return {
        "text": text % names,
        "href": f"{base}#{layer.clause}" if base else "",
    }


def _short(changes: Iterable[Change]) -> str:
    """Return what was changed, in few words."""
    listed = list(changes)
    told = [
        _("%(label)s由“%(before)s”改为“%(after)s”")
        % {"label": each.label, "before": each.before or "—", "after": each.after or "—"}
        for each in listed[:CHANGES]
    ]
    if len(listed) > CHANGES:
        told.append(_("等 %(count)d 处") % {"count": len(listed)})
    return _("；").join(told)
