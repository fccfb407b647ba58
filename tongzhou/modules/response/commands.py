"""Writes of the response module: starting a response, setting a phase."""

from datetime import datetime

from django.db import IntegrityError, transaction

from tongzhou.base.errors import Conflict, Forbidden, Refusal
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.response.contracts import Kind, Phase
from tongzhou.modules.response.models import PhaseSetting, Response
from tongzhou.modules.response.queries import preview_setting

LONGEST_NAME = 120
LONGEST_DECIDER = 120
LONGEST_DOCUMENT = 200
LONGEST_NOTE = 2_000


@command("response.response.start")
def start_response(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    kind: str,
    started_at: datetime,
    note: str = "",
    idempotency_key: str | None = None,
) -> int:
    """Open a response to one emergency and return its id; it has no level anywhere yet.

    Raises Refusal for a missing or overlong name, an unknown kind or a start in the future, and
    Conflict when there is a response of that name.
    """
    title = " ".join(name.split())
    if not title:
        raise Refusal("请填写这次响应的名称。", code="response-name", field="name")
    _check_length(title, LONGEST_NAME, "name")
    _check_length(note, LONGEST_NOTE, "note")
    if kind not in Kind.__members__:
        raise Refusal("请选择突发事件的种类。", code="response-kind", field="kind")
    if started_at > at:
        raise Refusal(
            "开始时间不能晚于现在。",
            code="response-future",
            field="started_at",
            way_out="请填写实际启动的时间；预先安排的级别，可在启动后设定。",
        )
    if actor.low > actor.high and not actor.is_system:
        raise Forbidden("只有登记管理机关可以启动响应。", code="response-not-yours")
    try:
        with transaction.atomic():
            made = Response.objects.create(
                name=title, kind=kind, started_at=started_at, note=note.strip()
            )
    except IntegrityError:
        raise Conflict(
            "已经有同名的应急响应。",
            code="response-exists",
            field="name",
            way_out="请在响应列表中打开它；确为另一次的，换一个名称。",
        ) from None
    audit.note(target=f"response/{made.pk}", kind=kind)
    return made.pk


@command("response.phase.set")
def set_phase(
    *,
    actor: Actor,
    at: datetime,
    response_id: int,
    region_id: int,
    phase: str,
    from_at: datetime,
    decided_by: str,
    document: str = "",
    note: str = "",
    idempotency_key: str | None = None,
) -> int:
    """Set the phase of a region from a moment on and return the id of the setting.

    Raises Missing for an unknown response or region, Forbidden for one the actor does not govern,
    Conflict for a second setting of the same moment, Refusal for anything that would change
    nothing, lies before the start of the response or more than 30 days ahead.
    """
    decider = " ".join(decided_by.split())
    if not decider:
        raise Refusal(
            "请写明由谁决定。",
            code="phase-decider",
            field="decided_by",
            way_out="写作出决定的机关全称，例如“广东省人民政府”。",
        )
    _check_length(decider, LONGEST_DECIDER, "decided_by")
    _check_length(document, LONGEST_DOCUMENT, "document")
    _check_length(note, LONGEST_NOTE, "note")
    Response.objects.select_for_update().filter(pk=response_id).first()
    seen = preview_setting(
        actor=actor,
        at=at,
        response_id=response_id,
        region_id=region_id,
        phase=phase,
        from_at=from_at,
    )
    made = PhaseSetting.objects.create(
        response_id=response_id,
        region_id=region_id,
        phase=seen.set_to,
        from_at=from_at,
        recorded_at=at,
        decided_by=decider,
        document=document.strip(),
        note=note.strip(),
        authority_id=actor.authority_id,
        set_by=actor.label[:200],
    )
    audit.note(
        target=f"response/{response_id}/region/{region_id}",
        phase=str(seen.set_to),
        before=seen.before,
        from_at=from_at,
    )
    events.publish(
        "response.phase.changed",
        response_id=response_id,
        region_id=region_id,
        setting_id=made.pk,
    )
    return made.pk


def _check_length(text: str, limit: int, field: str) -> None:
    if len(text) > limit:
        raise Refusal(
            "最多 %(limit)d 个字，现在有 %(found)d 个。",
            params={"limit": limit, "found": len(text)},
            code="too-long",
            field=field,
            way_out="请精简后再提交。",
        )


def inherit_phases(region: int, entered: list[int], at: datetime) -> None:
    """Give regions that were entered for an ended one the phase it had by a setting of its own.

    Regions that were there before keep theirs, own or inherited: a merger neither loosens nor
    tightens what a whole county is under. Where the ended one only followed its parent, there is
    nothing to hand over.
    """
    latest: dict[int, PhaseSetting] = {}
    for each in PhaseSetting.objects.filter(region_id=region, from_at__lte=at).order_by("from_at"):
        latest[each.response_id] = each
    PhaseSetting.objects.bulk_create(
        PhaseSetting(
            response_id=response,
            region_id=heir,
            phase=held.phase,
            from_at=at,
            recorded_at=at,
            decided_by=held.decided_by,
            document=held.document,
            note=held.note,
            authority_id=held.authority_id,
            set_by=held.set_by,
        )
        for response, held in latest.items()
        for heir in entered
        if held.phase != Phase.INHERIT
    )
