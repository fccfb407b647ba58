"""The product counts like a plain model, whatever happens in whatever order.

A few runs in CI; with ``MODEL_EXAMPLES=300 MODEL_STEPS=30`` in the environment many, always others;
``MODEL_SHRINK=1`` looks for the shortest one that fails.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.journeys.model import (
    DAY,
    Key,
    Leave,
    Member,
    Model,
    Setting,
    Stay,
    Step,
    Supplement,
    Text,
    day_of,
)
from tests.sharing import once
from tests.world import STARTED
from tongzhou.base.errors import Refusal
from tongzhou.base.identifiers import make_credit_code
from tongzhou.kernel.access import SYSTEM, Actor, Role, permissions_of
from tongzhou.kernel.database import rows
from tongzhou.modules.directives.public import load_directive
from tongzhou.modules.duties import commands
from tongzhou.modules.duties import public as duties
from tongzhou.modules.duties.public import Selection, Tree
from tongzhou.modules.duties.rules.exceptions import EndKind, ExceptionKind, Wish
from tongzhou.modules.duties.tests import family
from tongzhou.modules.registry import commands as register
from tongzhou.modules.registry.contracts import NewRegion
from tongzhou.modules.registry.public import Status, list_population_faults
from tongzhou.modules.registry.rules.regions import ancestors, seed_regions
from tongzhou.modules.registry.seed.nation import national_authorities
from tongzhou.modules.response import public as response

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES") or 5)
STEPS = int(os.environ.get("MODEL_STEPS") or 14)
ACTOR = replace(SYSTEM, label="测试")
PLACES = (440103, 440106, 440305, 430102)
NODES = (0, 440000, 440100, 440103, 440106, 440115, 430102)
PHASES = ("LEVEL_1", "LEVEL_3", "NORMALISED", "ENDED", "INHERIT")
REGISTRARS = {440100: "广州市民政局", 440300: "深圳市民政局", 440106: "广州市天河区民政局"}
REGISTRARS |= {430100: "长沙市民政局"}
#: Who supplements the text from above, in this order.
LOWER = {440100: "gz", 440106: "th"}
LEVELS = frozenset(family.PHASES)
URN = f"{family.UPPER}@2020-01-29"
MINUTE = timedelta(minutes=1)
ZERO = {
    "name": "cases",
    "type": "number",
    "label": {"zh": "疑似病例", "en": "Suspected cases"},
    "required": True,
    "min": 0,
}
DAILY: dict[str, Any] = {
    **family.DUTIES["weekly"],
    "id": "daily",
    "recurrence": "DAILY",
    "deadline": {"time": "18:00"},
    "evidence": {"kind": "ZERO_REPORT", "fields": [ZERO]},
}
#: Within two days after the response is over: nobody owes it before.
AFTER: dict[str, Any] = {
    **family.DUTIES["once"],
    "id": "after",
    "phases": ["ENDED"],
    "deadline": {"days": 2},
}
DUTIES = ("once", "weekly", "daily", "after")

Ground = tuple[int, dict[str, tuple[int, int]], Model]


def _body(model: Model, version: int) -> dict[str, Any]:
    """Return the library that says what the latest texts of the model say."""
    body = family.body(URN, "once", "weekly", version=version)
    body["duties"] += [dict(DAILY), dict(AFTER)]
    body["duties"] = [_declared(each, model.texts[each["id"]][-1]) for each in body["duties"]]
    return body


def _declared(duty: dict[str, Any], text: Text) -> dict[str, Any]:
    """Return the declaration of a duty as a text has it."""
    bearer: dict[str, Any] = {"kind": "ORGANISATION"}
    if text.without:
        bearer["without"] = sorted(text.without)
    due = {"time": f"{text.cut_off:02d}:00"} if text.cut_off else {"days": text.days}
    return {**duty, "deadline": due, "bearer": bearer}


def _text(declared: dict[str, Any]) -> Text:
    time = declared["deadline"].get("time")
    return Text(
        STARTED,
        frozenset(declared["phases"]),
        declared["recurrence"],
        days=declared["deadline"].get("days", 0),
        cut_off=int(time[:2]) if time else 0,
    )


def _register(number: int, registrar: int, place: int, at: datetime) -> tuple[int, int]:
    made = register.register_organisation(
        actor=ACTOR,
        at=at,
        facts={
            "统一社会信用代码": make_credit_code("51", str(registrar), f"7{number:07d}"),
            "名称": f"第{number}示例协会",
            "登记形式": "社会团体",
            "登记管理机关": REGISTRARS[registrar],
            "所在地区划代码": str(place),
            "成立日期": "2012-03-01",
            "法定代表人": "陈示例",
            "党组织": "否",
            "监事会": "否",
        },
    )
    return made[0], made[1]


def _build() -> Ground:
    """Lay the ground in the product and in the model: regions, organisations, duties, phases."""
    model, keys = Model(), {}
    before = STARTED - 365 * DAY
    wanted = {above for place in PLACES for above in (*ancestors(place), place)}
    register.import_regions(
        actor=ACTOR, at=before, regions=[each for each in seed_regions() if each.id in wanted]
    )
    register.register_authorities(
        actor=ACTOR,
        at=before,
        authorities=[each for each in national_authorities() if each.region_id in wanted],
    )
    for number, (registrar, place) in enumerate(
        [(440100, 440106), (440100, 440103), (440106, 440106), (440300, 440305), (430100, 430102)]
    ):
        keys[f"o{number}"] = _register(number, registrar, place, before)
        model.members[f"o{number}"] = Member([Stay(place, registrar, frozenset(), before)])
    load_directive(actor=ACTOR, at=before, urn=URN, text=family.TEXT, issuer="示例局", wording=None)
    number = response.start_response(
        actor=ACTOR, at=STARTED, name="示例疫情", kind="EPIDEMIC", started_at=STARTED
    )
    for declared in (family.DUTIES["once"], family.DUTIES["weekly"], DAILY, AFTER):
        model.texts[declared["id"]] = [_text(declared)]
    library = commands.load_library(actor=ACTOR, at=STARTED, body=_body(model, 1), name="probe")
    commands.enforce_library(
        actor=ACTOR, at=STARTED, library_id=library, response_id=number, decided_by="示例局"
    )
    for region, phase in ((0, "LEVEL_2"), (440000, "LEVEL_1")):
        response.set_phase(
            actor=ACTOR,
            at=STARTED,
            response_id=number,
            region_id=region,
            phase=phase,
            from_at=STARTED,
            decided_by="示例机关",
        )
        model.settings.append(Setting(region, phase, STARTED, STARTED))
    return number, keys, model


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground]:
    """Lay the ground once, in a transaction that is undone; every run undoes what it did itself."""
    yield from once(django_db_blocker, _build)


class Together(RuleBasedStateMachine):
    """Do the same to the product and to the model, and compare all figures after each step."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self) -> None:
        """Count again what the run left, and undo it."""
        faults = [*duties.list_count_faults(), *list_population_faults()]
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        assert not faults

    @initialize()
    def begin(self) -> None:
        """Begin an hour after the duties came into force."""
        self.response, self.keys, laid = self.ground
        self.model = Model(
            {name: Member(list(each.stays)) for name, each in laid.members.items()},
            {name: list(each) for name, each in laid.texts.items()},
            list(laid.settings),
        )
        self.keys = dict(self.keys)
        self.at = STARTED + timedelta(hours=1)
        self.past: list[datetime] = [self.at]
        self.library = duties.list_enforcements(self.at)[0].library_id
        found = duties.duties_of(self.library)
        self.duty = {each.spec.id: each.id for each in found}
        self.version, self.refused = 1, ""
        self.regions = set(PLACES)
        self.given: list[tuple[int, int, Leave]] = []
        #: In which province a report lies, and when its period closes.
        self.lies: dict[Key, int] = {}
        self.closes: dict[Key, datetime] = {}

    def _tick(self) -> datetime:
        self.past.append(self.at)
        self.at += MINUTE
        return self.at

    def _do(self, work: Callable[[], object]) -> bool:
        """Do something in the product; tell whether it was done and not refused."""
        try:
            with transaction.atomic():
                work()
        except Refusal as refusal:
            self.refused = refusal.text()
            return False
        return True

    @rule(hours=st.sampled_from([1, 5, 9, 20, 33, 75, 170]))
    def wait(self, hours: int) -> None:
        """Let time pass: cut-offs, days and weeks go by."""
        self._tick()
        self.at += timedelta(hours=hours)

    @rule(
        duty=st.sampled_from(DUTIES),
        who=st.integers(0, 9),
        back=st.sampled_from([0, 0, 0, 0, 1, 7]),
        cases=st.sampled_from([0, 0, 2]),
    )
    def report(self, duty: str, who: int, back: int, cases: int) -> None:
        """Report on what is asked now, or on what was asked some days ago."""
        name, at = self._member(who), self._tick()
        day = self._period(duty, name, back)
        if day is None:
            return
        member = self.model.members[name]
        owed = [
            (asked, *self.model.let_off(duty, name, stay, asked, at))
            for stay, asked in self.model.owed(duty, name, at, day)
            if member.now.until is None and stay.prov == member.now.prov
        ]
        before = self.model.state((duty, name, day), at)
        allowed = bool(owed) and not owed[0][1]
        zero = duty == "daily" and not cases
        if before is not None and before.state == "ACCEPTED" and duty != "daily":
            allowed = False
        answers = {"cases" if duty == "daily" else "rooms": cases}
        key = duties.Key(day, self.duty[duty], *self.keys[name])
        secretary = Actor(
            user_id=None,
            role=Role.SECRETARIAT,
            label="秘书处",
            organisation_id=key.organisation_id,
            prov=key.prov,
            permissions=permissions_of(Role.SECRETARIAT),
        )
        done = self._do(
            lambda: commands.submit_report(actor=secretary, at=at, key=key, data=answers)
        )
        assert done == allowed, (duty, name, day, before, owed, self.refused)
        if done:
            due = owed[0][2]
            late = isinstance(due, datetime) and due <= at
            state = "ACCEPTED" if zero else "SUBMITTED"
            step = Step(at, state, late, at)
            self.model.steps.setdefault((duty, name, day), []).append(step)
            self.lies[duty, name, day] = key.prov
            self.closes[duty, name, day] = owed[0][0].closes

    def _member(self, number: int) -> str:
        names = sorted(self.keys)
        return names[number % len(names)]

    def _period(self, duty: str, name: str, back: int) -> date | None:
        """Return the name of the period that is asked of somebody now, or some days earlier."""
        now = [asked.name for _stay, asked in self.model.owed(duty, name, self.at)]
        if not now:
            return self.model.texts[duty][0].since.date() if duty in {"once", "after"} else None
        if duty == "daily":
            return now[0] - back * DAY
        return now[0] - (7 * DAY if back and duty == "weekly" else 0 * DAY)

    @rule(number=st.integers(0, 30), good=st.booleans())
    def review(self, number: int, good: bool) -> None:
        """Accept or return one of the reports."""
        at = self._tick()
        waiting = [
            (key, steps[-1])
            for key, steps in sorted(self.model.steps.items())
            if steps[-1].state == "SUBMITTED"
        ]
        if not waiting:
            return
        (duty, name, day), last = waiting[number % len(waiting)]
        key = duties.Key(day, self.duty[duty], self.keys[name][0], self.lies[duty, name, day])
        if good:
            done = self._do(lambda: duties.accept_reports(actor=ACTOR, at=at, keys=[key]))
        else:
            done = self._do(
                lambda: duties.return_reports(actor=ACTOR, at=at, keys=[key], reason="请补充说明")
            )
        assert done, (duty, name, day, self.refused)
        state = "ACCEPTED" if good else "RETURNED"
        self.model.steps[duty, name, day].append(replace(last, at=at, state=state))

    @rule(who=st.integers(0, 9), place=st.sampled_from(PLACES))
    def move(self, who: int, place: int) -> None:
        """Move an organisation to another county."""
        name, at = self._member(who), self._tick()
        if self.model.members[name].now.until is not None:
            return
        version = rows(
            "SELECT version FROM registry_organisation WHERE id = %s AND prov = %s",
            list(self.keys[name]),
        )[0][0]
        if self._do(
            lambda: register.change_organisation(
                actor=ACTOR,
                at=at,
                organisation_id=self.keys[name][0],
                prov=self.keys[name][1],
                version=version,
                changes={"located_in": str(place)},
            )
        ):
            self.model.members[name].become(at, place=place)

    @rule(who=st.integers(0, 9), gives=st.booleans())
    def attribute(self, who: int, gives: bool) -> None:
        """Give an attribute from today on, or let it have ended yesterday."""
        name, at = self._member(who), self._tick()
        if self.model.members[name].now.until is not None:
            return
        identifier, prov = self.keys[name]
        if gives:
            done = self._do(
                lambda: register.assign_attribute(
                    actor=ACTOR,
                    at=at,
                    organisation_id=identifier,
                    prov=prov,
                    attribute="VOLUNTEER",
                    from_on=day_of(at),
                )
            )
        else:
            found = rows(
                "SELECT id FROM registry_organisationattribute"
                " WHERE organisation_id = %s AND prov = %s AND to_on IS NULL",
                [identifier, prov],
            )
            done = bool(found) and self._do(
                lambda: register.end_attribute(
                    actor=ACTOR,
                    at=at,
                    organisation_id=identifier,
                    prov=prov,
                    attribute_id=found[0][0],
                    to_on=day_of(at) - DAY,
                )
            )
        if done:
            held = frozenset({"VOLUNTEER"}) if gives else frozenset[str]()
            self.model.members[name].become(at, attributes=held)

    @rule(who=st.integers(0, 9))
    def dissolve(self, who: int) -> None:
        """Dissolve an organisation, if there are others left."""
        name, at = self._member(who), self._tick()
        alive = [each for each in self.model.members.values() if each.now.until is None]
        if len(alive) < 4:
            return
        identifier, prov = self.keys[name]
        if self._do(
            lambda: register.set_status(
                actor=ACTOR,
                at=at,
                organisation_id=identifier,
                prov=prov,
                status=Status.DISSOLVED,
                reason="测试",
            )
        ):
            self.model.members[name].end(at)

    @rule(who=st.integers(0, 9))
    def transfer(self, who: int) -> None:
        """Move an organisation to the authority of the other province, with what is open."""
        name, at = self._member(who), self._tick()
        now = self.model.members[name].now
        if now.until is not None:
            return
        registered, place = (430100, 430102) if now.prov == 44 else (440300, 440305)
        identifier, prov = self.keys[name]
        code = rows(
            "SELECT code FROM registry_organisation WHERE id = %s AND prov = %s", [identifier, prov]
        )[0][0]
        taker = Actor(
            user_id=None,
            role=Role.OFFICER,
            label="监管干部",
            authority_id=rows(
                "SELECT id FROM registry_authority WHERE name = %s", [REGISTRARS[registered]]
            )[0][0],
            low=registered,
            high=registered + 99,
            permissions=permissions_of(Role.OFFICER),
        )

        def work() -> None:
            asked = register.request_transfer(
                actor=taker, at=at, code=code, located_in=str(place), reason="测试用的依据"
            )
            register.accept_transfer(actor=ACTOR, at=at, transfer_id=UUID(asked))

        been = {each.prov for each in self.model.members[name].stays}
        done = self._do(work)
        assert done == (place in self.regions and registered // 10_000 not in been), self.refused
        if done:
            self.keys[name] = (identifier, registered // 10_000)
            self.model.members[name].become(at, place=place, registered=registered)
            for key, closes in self.closes.items():
                if key[1] == name and closes > at:
                    self.lies[key] = registered // 10_000
            for (_duty, holder), leaves in self.model.leaves.items():
                if holder == name:
                    self._take_along(leaves, prov, registered // 10_000)

    def _take_along(self, leaves: list[Leave], old: int, new: int) -> None:
        for leave in [each for each in leaves if each.prov == old]:
            copy = replace(leave, prov=new)
            leaves.append(copy)
            given = next(each for each in self.given if each[2] is leave)
            self.given.append((given[0], new, copy))
            if leave.revoked is None:
                self.given.remove(given)  # nobody can revoke it any more where it was given

    @rule(old=st.sampled_from(PLACES), heir=st.sampled_from((440103, 440106, 440115)))
    def merge(self, old: int, heir: int) -> None:
        """End a county in favour of another one, which may be new."""
        at = self._tick()
        new = heir not in PLACES and heir not in self.regions
        allowed = old in self.regions and old != heir and old // 10_000 == heir // 10_000
        done = self._do(
            lambda: register.end_region(
                actor=ACTOR,
                at=at,
                region_id=old,
                successors=[
                    NewRegion(heir, "南沙新区", "南沙新区民政局") if new else NewRegion(heir)
                ],
                basis="测试用的依据",
            )
        )
        assert done == (allowed and (new or heir in self.regions)), (old, heir, self.refused)
        if not done:
            return
        for member in self.model.members.values():
            now = member.now
            if now.until is None:
                member.become(
                    at,
                    place=heir if now.place == old else now.place,
                    registered=heir if now.registered == old else now.registered,
                )
        self.regions.discard(old)
        if new:
            self.regions.add(heir)
            phase = self.model.own_phase(old, at)
            if phase not in {None, "INHERIT"}:
                self.model.settings.append(Setting(heir, str(phase), at, at))

    @precondition(lambda self: len(self.keys) < 8)
    @rule(registrar=st.sampled_from(sorted(REGISTRARS)), place=st.sampled_from(PLACES))
    def found(self, registrar: int, place: int) -> None:
        """Register another organisation."""
        at, number = self._tick(), len(self.keys)
        made: list[tuple[int, int]] = []
        if self._do(lambda: made.append(_register(number, registrar, place, at))):
            self.keys[f"o{number}"] = made[0]
            self.model.members[f"o{number}"] = Member([Stay(place, registrar, frozenset(), at)])

    @rule(
        region=st.sampled_from((0, 440000, 440100, *PLACES)),
        phase=st.sampled_from(PHASES),
        earlier=st.sampled_from([0, 0, 3, 26]),
    )
    def decide(self, region: int, phase: str, earlier: int) -> None:
        """Set the phase of a region, from now on or from some hours ago."""
        at = self._tick()
        since = max(at - timedelta(hours=earlier), STARTED + MINUTE)
        if self._do(
            lambda: response.set_phase(
                actor=ACTOR,
                at=at,
                response_id=self.response,
                region_id=region,
                phase=phase,
                from_at=since,
                decided_by="示例机关",
            )
        ):
            self.model.settings.append(Setting(region, phase, since, at))

    @precondition(lambda self: self.version < 5)
    @rule(
        duty=st.sampled_from(DUTIES),
        days=st.integers(1, 9),
        hour=st.sampled_from([10, 15, 20]),
        narrower=st.sampled_from([None, None, True, False]),
    )
    def amend(self, duty: str, days: int, hour: int, narrower: bool | None) -> None:
        """Put another text in force, in which one duty is due otherwise or binds others."""
        at = self._tick()
        held = {name: list(texts) for name, texts in self.model.texts.items()}
        for name in DUTIES:
            self.model.texts[name].append(replace(held[name][-1], since=at))
        text = self.model.texts[duty][-1]
        if narrower is not None:
            text = replace(text, without=frozenset({"VOLUNTEER"} if narrower else ()))
        elif duty == "daily":
            text = replace(text, cut_off=hour)
        else:
            text = replace(text, days=days)
        self.model.texts[duty][-1] = text
        made: list[int] = []

        def work() -> None:
            library = commands.load_library(
                actor=ACTOR, at=at, body=_body(self.model, self.version + 1), name="probe"
            )
            commands.enforce_library(
                actor=ACTOR,
                at=at,
                library_id=library,
                response_id=self.response,
                decided_by="示例局",
                replaces=[self.library],
            )
            made.append(library)

        if self._do(work):
            self.version, self.library = self.version + 1, made[0]
        else:
            self.model.texts = held

    @precondition(lambda self: len(self.model.supplements) < len(LOWER))
    @rule(
        duty=st.sampled_from(DUTIES),
        by_place=st.booleans(),
        less=st.sampled_from([1, 1, 2, -1]),
        wider=st.booleans(),
    )
    def supplement(self, duty: str, by_place: bool, less: int, wider: bool) -> None:
        """Let the city, then a district, ask for a duty sooner, or of those the upper text spares.

        One that would come later is refused.
        """
        at, region = self._tick(), list(LOWER)[len(self.model.supplements)]
        above = self.model.layers(duty, region, region, at)
        if above[-1].cut_off:
            text = replace(above[-1], since=at, cut_off=max(above[-1].cut_off - less, 1))
        else:
            text = replace(above[-1], since=at, days=max(above[-1].days - less, 0))
        if wider:
            text = replace(text, without=frozenset())
        urn = f"cn/gd-{LOWER[region]}/2020/7@2020-01-29"

        def work() -> None:
            load_directive(
                actor=ACTOR, at=at, urn=urn, text=family.TEXT, issuer="示例局", wording=None
            )
            scope = {"region": region, "by": "TERRITORY" if by_place else "REGISTRATION"}
            body = {**_body(self.model, 1), "expression": urn, "scope": scope}
            body["duties"] = [
                _declared(each, text) for each in body["duties"] if each["id"] == duty
            ]
            library = commands.load_library(
                actor=ACTOR, at=at, body=body, name="probe", refines={duty: self.duty[duty]}
            )
            commands.enforce_library(
                actor=ACTOR,
                at=at,
                library_id=library,
                response_id=self.response,
                decided_by="示例局",
            )

        done = self._do(work)
        assert done == (not any(text.loosens(each) for each in above)), (text, above, self.refused)
        if done:
            self.model.supplements.append(Supplement(duty, region, by_place, text))

    @rule(
        duty=st.sampled_from(DUTIES),
        who=st.integers(0, 9),
        kind=st.sampled_from(["waive", "defer", "defer", "event"]),
        only=st.booleans(),
        days=st.integers(0, 9),
    )
    def excuse(self, duty: str, who: int, kind: str, only: bool, days: int) -> None:
        """Waive what somebody owes, or defer it to a day or to days after the response is over."""
        name, at = self._member(who), self._tick()
        day = self._period(duty, name, 0)
        if day is None or self.model.members[name].now.until is not None:
            return
        until = day_of(at) + days * DAY if kind == "defer" else None
        end = {"waive": EndKind.OPEN, "defer": EndKind.DATE, "event": EndKind.EVENT}[kind]
        if kind == "waive" and duty in {"once", "after"}:
            only = False
        identifier, prov = self.keys[name]
        wish = Wish(
            kind=ExceptionKind.WAIVER if kind == "waive" else ExceptionKind.DEFERRAL,
            first=day,
            only=only,
            end=end,
            until_on=until,
            days=days if kind == "event" else 0,
            reason="正在停业整顿",
            basis="测试用的依据",
        )
        made: list[dict[str, int]] = []
        if self._do(
            lambda: made.append(
                commands.give_exception(
                    actor=ACTOR,
                    at=at,
                    organisation_id=identifier,
                    prov=prov,
                    duty_id=self.duty[duty],
                    wish=wish,
                )
            )
        ):
            leave = Leave(
                prov,
                kind == "waive",
                day,
                day if only else None,
                at,
                until,
                self.model.members[name].now.place,
                days if kind == "event" else None,
            )
            self.model.leaves.setdefault((duty, name), []).append(leave)
            self.given.append((made[0]["id"], made[0]["prov"], leave))

    @precondition(lambda self: any(each.revoked is None for *_, each in self.given))
    @rule(number=st.integers(0, 20))
    def take_back(self, number: int) -> None:
        """Revoke an exception."""
        at = self._tick()
        held = [each for each in self.given if each[2].revoked is None]
        identifier, prov, leave = held[number % len(held)]
        if self._do(
            lambda: commands.revoke_exception(
                actor=ACTOR, at=at, exception_id=identifier, prov=prov, answer="情况有变"
            )
        ):
            leave.revoked = at

    @rule()
    def fold(self) -> None:
        """Fold what waits."""
        while duties.fold():
            pass

    @rule(number=st.integers(0, 60), node=st.sampled_from(NODES), tree=st.sampled_from(Tree))
    def look_back(self, number: int, node: int, tree: Tree) -> None:
        """Compare the figures of a past moment."""
        then = self.past[number % len(self.past)]
        self._compare(Selection(at=self.at, node=node, tree=tree, as_of=then), then)

    @rule(
        back=st.sampled_from([0, 1, 2, 7]), node=st.sampled_from(NODES), tree=st.sampled_from(Tree)
    )
    def look_at_period(self, back: int, node: int, tree: Tree) -> None:
        """Compare the figures of a period by its name."""
        day = day_of(self.at) - back * DAY
        monday = day - timedelta(days=day.weekday())
        for duty, name in (("daily", day), ("weekly", monday)):
            selection = Selection(
                at=self.at, node=node, tree=tree, day=name, duty_ids=(self.duty[duty],)
            )
            self._compare(selection, self.at, (duty,), name)

    @invariant()
    def agree(self) -> None:
        """Compare the figures of every node along both links."""
        if not hasattr(self, "model"):
            return
        windows = duties.windows_of(Selection(at=self.at))
        for node in NODES:
            for tree in Tree:
                self._compare(Selection(at=self.at, node=node, tree=tree), self.at, found=windows)

    def _compare(
        self,
        selection: Selection,
        at: datetime,
        asked: tuple[str, ...] = DUTIES,
        name: date | None = None,
        found: Any = None,
    ) -> None:
        told = {row.duty_id: row.figure for row in duties.figures(ACTOR, selection, found=found)}
        for duty in asked:
            figure = told.get(self.duty[duty])
            product = (0,) * 7
            if figure is not None:
                product = (
                    figure.owed,
                    figure.submitted,
                    figure.accepted,
                    figure.returned,
                    figure.overdue,
                    figure.missed,
                    figure.late,
                )
            by_place = selection.tree is Tree.TERRITORY
            wanted = self.model.figure(duty, at, selection.node, by_place=by_place, name=name)
            assert product == wanted, (duty, selection, "product, model", product, wanted)


@pytest.mark.django_db
def test_the_product_counts_like_the_model(ground: Ground) -> None:
    Together.ground = ground
    with suppress(AttributeError):
        del Together.TestCase
    run_state_machine_as_test(
        Together,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="MODEL_EXAMPLES" not in os.environ,
            database=None,
            phases=[Phase.generate, *([Phase.shrink] if "MODEL_SHRINK" in os.environ else [])],
            suppress_health_check=list(HealthCheck),
        ),
    )
