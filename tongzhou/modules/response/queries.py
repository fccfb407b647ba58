"""Reads of responses and phases."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tongzhou.base.errors import Forbidden, Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.registry.public import ancestors, span
from tongzhou.modules.response import rules
from tongzhou.modules.response.contracts import (
    ChangeRow,
    Kept,
    Phase,
    Preview,
    RegionName,
    RegionPhase,
    ResponseRow,
    Segment,
    Setting,
)
from tongzhou.modules.response.models import PhaseSetting, Response

NATION = 0


def _row(each: Response) -> ResponseRow:
    return ResponseRow(
        id=each.pk, name=each.name, kind=each.kind, started_at=each.started_at, note=each.note
    )


def list_responses() -> list[ResponseRow]:
    """Return all responses, newest first."""
    return [_row(each) for each in Response.objects.order_by("-started_at", "-pk")]


def get_response(response_id: int) -> ResponseRow:
    """Return one response; Missing when there is none."""
    found = Response.objects.filter(pk=response_id).first()
    if found is None:
        raise Missing("没有这次应急响应。", code="response-missing")
    return _row(found)


def list_settings(response_id: int, at: datetime, *, scheduled: bool = False) -> list[Setting]:
    """Return the settings the system knew at ``at`` and that had begun by then.

    ``scheduled`` adds those recorded by then which begin later.
    """
    kept = PhaseSetting.objects.filter(response_id=response_id, recorded_at__lte=at)
    if not scheduled:
        kept = kept.filter(from_at__lte=at)
    return [_setting(each) for each in kept.order_by("from_at")]


def _setting(each: PhaseSetting) -> Setting:
    low, high = span(each.region_id)
    return Setting(low=low, high=high, phase=Phase(each.phase), from_at=each.from_at)


def list_segments(response_id: int, at: datetime) -> list[Segment]:
    """Return the disjoint segments of the nation with their phases as known at ``at``."""
    return rules.segments(list_settings(response_id, at), at)


def list_known() -> dict[int, list[tuple[datetime, Setting]]]:
    """Return every setting by response, with the moment from which on it counts.

    That is when it had both begun and been recorded. They come in the order of these moments, so
    that those that count at a moment are the first so many.
    """
    found: dict[int, list[tuple[datetime, Setting]]] = {}
    for each in PhaseSetting.objects.order_by("from_at", "pk"):
        counts = max(each.from_at, each.recorded_at)
        found.setdefault(each.response_id, []).append((counts, _setting(each)))
    for settings in found.values():
        settings.sort(key=lambda pair: pair[0])
    return found


_NAMES = """
SELECT r.id, r.name, r.level, r.parent_id,
       EXISTS (SELECT 1 FROM registry_region c WHERE c.parent_id = r.id AND c.id <> r.id
               AND (c.valid_to IS NULL OR c.valid_to > %(day)s))
FROM registry_region r
WHERE {which}
ORDER BY r.id
"""


def _regions(which: str, at: datetime, **params: Any) -> list[RegionName]:
    day = at.astimezone(clock.PLACE).date()
    return [RegionName(*row) for row in rows(_NAMES.format(which=which), {"day": day, **params})]


def get_region(region_id: int, at: datetime) -> RegionName:
    """Return one region; Missing when there is none."""
    found = _regions("r.id = %(id)s", at, id=region_id)
    if not found:
        raise Missing("没有这个地区。", code="region-missing")
    return found[0]


def list_regions(region_ids: Iterable[int], at: datetime) -> dict[int, RegionName]:
    """Return regions by id; unknown ids are left out."""
    found = _regions("r.id = ANY(%(ids)s)", at, ids=list(region_ids))
    return {each.id: each for each in found}


def list_children(region_id: int, at: datetime) -> list[RegionName]:
    """Return the regions right below one that are valid on the day of ``at``.

    A code that only holds counties together (市辖区) gives way to those counties.
    """
    return _regions(
        """r.id <> %(id)s AND r.role <> 'GROUPING' AND (r.valid_to IS NULL OR r.valid_to > %(day)s)
        AND (r.parent_id = %(id)s OR r.parent_id IN (
            SELECT g.id FROM registry_region g
            WHERE g.parent_id = %(id)s AND g.role = 'GROUPING'))""",
        at,
        id=region_id,
    )


def list_above(region_id: int, at: datetime) -> list[RegionName]:
    """Return the regions above one, the nation first, and itself last."""
    ids = [*ancestors(region_id), region_id]
    return _regions("r.id = ANY(%(ids)s) AND r.role <> 'GROUPING'", at, ids=ids)


def _phases(regions: list[RegionName], settings: list[Setting], at: datetime) -> list[RegionPhase]:
    found = rules.segments(settings, at)
    held = rules.latest(settings, at)
    origins = {each.id: rules.origin(settings, each.id, at) for each in regions}
    names = list_regions({each.low for each in origins.values() if each}, at)
    made = []
    for each in regions:
        low, high = span(each.id)
        segment = rules.phase_at(found, each.id)
        source = origins[each.id]
        own = source is not None and (source.low, source.high) == (low, high)
        inner = sum(
            1
            for (start, end), setting in held.items()
            if low <= start
            and end <= high
            and (start, end) != (low, high)
            and setting.phase != segment.phase
        )
        made.append(
            RegionPhase(
                region=each,
                phase=segment.phase,
                since=segment.since,
                origin_id=source.low if source else None,
                origin=names[source.low].name if source and source.low in names else "",
                own=own,
                differing=inner,
            )
        )
    return made


def get_phase(response_id: int, region_id: int, at: datetime) -> RegionPhase:
    """Return the phase in force in a region and where it comes from."""
    get_response(response_id)
    return _phases([get_region(region_id, at)], list_settings(response_id, at), at)[0]


def list_phases(response_id: int, region_id: int, at: datetime) -> list[RegionPhase]:
    """Return the phases of the regions right below one."""
    return _phases(list_children(region_id, at), list_settings(response_id, at), at)


def list_own_phases(response_id: int, at: datetime, region_id: int = NATION) -> list[RegionPhase]:
    """Return the regions at or below one which have a phase of their own, and that one itself.

    Together they tell the phase of every place: any region not listed follows the nearest above.
    """
    settings = list_settings(response_id, at)
    low, high = span(region_id)
    ids = {region_id} | {
        start for start, end in rules.latest(settings, at) if low <= start and end <= high
    }
    return _phases(list(list_regions(ids, at).values()), settings, at)


def find_place_phases(region_id: int, at: datetime) -> list[tuple[ResponseRow, RegionPhase]]:
    """Return every response that has reached a region with the phase there, newest first."""
    chain = [*ancestors(region_id), region_id]
    held: dict[int, list[Setting]] = {}
    for each in PhaseSetting.objects.filter(
        region_id__in=chain, from_at__lte=at, recorded_at__lte=at
    ).order_by("from_at"):
        held.setdefault(each.response_id, []).append(_setting(each))
    if not held:
        return []
    regions = list(list_regions([region_id], at).values())
    reached = Response.objects.filter(pk__in=held).order_by("-started_at", "-pk")
    return [
        (_row(response), phase)
        for response in reached
        for phase in _phases(regions, held[response.pk], at)
        if phase.phase is not None
    ]


def find_place(organisation_id: int, prov: int) -> int | None:
    """Return the region where a bearer is."""
    found = rows(
        "SELECT located_in_id FROM registry_organisation WHERE id = %s AND prov = %s",
        [organisation_id, prov],
    )
    return int(found[0][0]) if found else None


def list_changes(response_id: int, at: datetime, region_id: int = NATION) -> list[ChangeRow]:
    """Return the steps of a response as known at ``at``, newest first.

    For a region below the nation: only those that touch it, from itself, above or inside. Steps
    that have been recorded but not begun are included and marked.
    """
    recorded = list(
        PhaseSetting.objects.filter(response_id=response_id, recorded_at__lte=at).order_by(
            "from_at", "region_id"
        )
    )
    settings = [_setting(each) for each in recorded]
    low, high = span(region_id)
    touching = [
        (each, setting)
        for each, setting in zip(recorded, settings, strict=True)
        if setting.low <= high and low <= setting.high
    ]
    names = list_regions({each.region_id for each in recorded}, at)
    made = []
    for each, setting in reversed(touching):
        others = [other for other in settings if other is not setting]
        before = rules.origin(others, each.region_id, each.from_at)
        after = rules.origin(settings, each.region_id, each.from_at)
        made.append(
            ChangeRow(
                id=each.pk,
                region_id=each.region_id,
                region=names[each.region_id].name if each.region_id in names else "",
                set_to=setting.phase,
                before=before.phase if before else None,
                after=after.phase if after else None,
                from_at=each.from_at,
                recorded_at=each.recorded_at,
                decided_by=each.decided_by,
                document=each.document,
                note=each.note,
                set_by=each.set_by,
                kept=_kept(settings, setting, names),
                scheduled=each.from_at > at,
            )
        )
    return made


def _kept(settings: list[Setting], new: Setting, names: dict[int, RegionName]) -> tuple[Kept, ...]:
    """Return the topmost regions inside ``new`` which keep a phase of their own when it begins."""
    inside = [
        each
        for (low, high), each in rules.latest(settings, new.from_at).items()
        if new.low <= low and high <= new.high and (low, high) != (new.low, new.high)
    ]
    topmost = [
        each
        for each in inside
        if not any(o.low <= each.low and each.high <= o.high and o is not each for o in inside)
    ]
    return tuple(
        Kept(each.low, names[each.low].name, each.phase)
        for each in sorted(topmost, key=lambda each: each.low)
        if each.low in names
    )


def preview_setting(
    *,
    actor: Actor,
    at: datetime,
    response_id: int,
    region_id: int,
    phase: str,
    from_at: datetime,
) -> Preview:
    """Return what a setting would change; raises whatever would stand against it.

    Raises Missing, Forbidden, Conflict or Refusal; the command asks the same.
    """
    response = get_response(response_id)
    if not actor.governs(region_id):
        raise Forbidden(
            "这个地区不归本机关管辖，不能设定它的响应级别。",
            code="phase-not-yours",
            field="region",
            way_out="请由该地区的登记管理机关或其上级设定。",
        )
    region = get_region(region_id, at)
    if phase not in Phase.__members__:
        raise Refusal("请选择响应级别。", code="phase-unknown", field="phase")
    _check_valid(region_id, at)
    settings = list_settings(response_id, at, scheduled=True)
    low, high = span(region_id)
    new = Setting(low=low, high=high, phase=Phase(phase), from_at=from_at)
    rules.check_setting(settings, new, started_at=response.started_at, at=at)
    before = rules.origin(settings, region_id, from_at)
    after = rules.origin([*settings, new], region_id, from_at)
    names = list_regions({each.low for each in settings}, at)
    kept = _kept([*settings, new], new, names)
    staying = {each.region_id for each in kept}
    following = tuple(each for each in list_children(region_id, at) if each.id not in staying)
    return Preview(
        response=response,
        region=region,
        set_to=new.phase,
        before=before.phase if before else None,
        after=after.phase if after else None,
        from_at=from_at,
        following=following,
        kept=kept,
        backdated=from_at < at.replace(second=0, microsecond=0),
        scheduled=from_at > at,
    )


def _check_valid(region_id: int, at: datetime) -> None:
    """Refuse a region that no longer exists on the day of ``at``, naming its successors."""
    day = at.astimezone(clock.PLACE).date()
    found = rows(
        """
        SELECT string_agg(s.name, '、' ORDER BY s.id)
        FROM registry_region r
        LEFT JOIN registry_region_successors l ON l.from_region_id = r.id
        LEFT JOIN registry_region s ON s.id = l.to_region_id
        WHERE r.id = %s AND r.valid_to IS NOT NULL AND r.valid_to <= %s
        GROUP BY r.id
        """,
        [region_id, day],
    )
    if found:
        raise Refusal(
            "这个地区已经撤销，现由%(successors)s接续。",
            params={"successors": found[0][0] or "—"},
            code="region-ended",
            field="region",
            way_out="请为接续的地区设定。",
        )
