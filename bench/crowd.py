"""People who do random things at once, each in a process with a seed of its own."""

import random
import sys
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

Deed = Callable[["World", random.Random], str]
#: Seconds between two deeds of one person: whoever checks needs the machine, too.
BREATH = 0.1
#: How often each of these is done at most: they are kept for good, and a year of phases, texts and
#: exceptions in minutes is no nation's life.
MOST = {"decide": 80, "amend": 12, "except": 400}


class World:
    """What everybody knows: the actor, the obligations of the beginning, the moment."""

    def __init__(self) -> None:
        from tongzhou.config.commands import setup

        setup()
        from tongzhou.kernel import clock
        from tongzhou.kernel.access import SYSTEM
        from tongzhou.modules.duties import public as duties

        self.actor = replace(SYSTEM, label="精确性测量")
        self.at = clock.now()
        owed = duties.Selection(at=self.at)
        self.owed = duties.ObligationList(self.actor, owed, duties.MEASURES["owed"])[0:20_000]
        self.places = sorted({row.place for row in self.owed})

    def now(self) -> datetime:
        """Return the present moment."""
        from tongzhou.kernel import clock

        return clock.now()


def report(world: World, chance: random.Random) -> str:
    """Report one obligation, or many of one duty."""
    from tongzhou.config.demo.fates import answers
    from tongzhou.modules.duties import public as duties

    row = chance.choice(world.owed)
    spec = duties.get_duty(row.duty_id, world.now()).spec
    if spec.evidence.files_min:
        return "skipped"
    data = answers(chance.randrange(99), row.code, str(row.duty_id), spec, row.period)
    key = duties.Key(row.period, row.duty_id, row.organisation_id, row.prov)
    duties.submit_reports(
        actor=world.actor, at=world.now(), filings=[duties.Filing(key=key, data=data)]
    )
    return "reported"


def review(world: World, chance: random.Random) -> str:
    """Accept or return one of the reports that wait."""
    from tongzhou.kernel.database import rows
    from tongzhou.modules.duties import public as duties

    waiting = rows(
        "SELECT period, duty_id, organisation_id, prov FROM duties_report"
        " WHERE state = 'SUBMITTED' ORDER BY submitted_at LIMIT 40"
    )
    if not waiting:
        return "idle"
    key = duties.Key(*chance.choice(waiting))
    if chance.random() < 0.5:
        duties.accept_reports(actor=world.actor, at=world.now(), keys=[key])
        return "accepted"
    duties.return_reports(actor=world.actor, at=world.now(), keys=[key], reason="请补充责任人")
    return "returned"


def move(world: World, chance: random.Random) -> str:
    """Move an organisation to another place, or suspend and resume it."""
    from tongzhou.kernel.database import rows
    from tongzhou.modules.registry import commands as register
    from tongzhou.modules.registry.public import Status

    row = chance.choice(world.owed)
    if chance.random() < 0.2:
        status = chance.choice([Status.SUSPENDED, Status.ACTIVE])
        register.set_status(
            actor=world.actor,
            at=world.now(),
            organisation_id=row.organisation_id,
            prov=row.prov,
            status=status,
            reason="测量",
        )
        return f"became {status}"
    version = rows(
        "SELECT version FROM registry_organisation WHERE id = %s AND prov = %s",
        [row.organisation_id, row.prov],
    )[0][0]
    near = [place for place in world.places if place // 10_000 == row.place // 10_000]
    register.change_organisation(
        actor=world.actor,
        at=world.now(),
        organisation_id=row.organisation_id,
        prov=row.prov,
        version=version,
        changes={"located_in": str(chance.choice(near))},
    )
    return "moved"


def change(world: World, chance: random.Random) -> str:
    """Give an organisation an attribute from today."""
    from tongzhou.modules.registry import commands as register

    row = chance.choice(world.owed)
    register.assign_attribute(
        actor=world.actor,
        at=world.now(),
        organisation_id=row.organisation_id,
        prov=row.prov,
        attribute=chance.choice(["HUB", "VOLUNTEER", "PUBLIC_BENEFIT", "ONLINE", "PROFESSIONAL"]),
        from_on=world.now().date(),
    )
    return "changed an attribute"


def decide(world: World, chance: random.Random) -> str:
    """Set the phase of a province, a city or a county."""
    from tongzhou.modules.response import public as response

    place = chance.choice(world.places)
    region = chance.choice([place // 10_000 * 10_000, place // 100 * 100, place])
    now = world.now()
    response.set_phase(
        actor=world.actor,
        at=now,
        response_id=response.list_responses()[0].id,
        region_id=region,
        phase=chance.choice(["LEVEL_1", "LEVEL_3", "NORMALISED", "ENDED", "INHERIT"]),
        from_at=now - timedelta(seconds=chance.randrange(1, 50_000)),
        decided_by="精确性测量",
    )
    return "set a phase"


def amend(world: World, chance: random.Random) -> str:
    """Put a new version of a library in the place of the one in force."""
    from tongzhou.modules.duties import public as duties

    now = world.now()
    force = chance.choice(duties.list_enforcements(now))
    held = duties.library_of(force.library_id)
    body: dict[str, Any] = deepcopy(dict(held.body))
    body["version"] = held.version + 1
    declared = chance.choice([each for each in body["duties"] if "deadline" in each])
    if "days" in declared["deadline"]:
        declared["deadline"] = {"days": chance.randrange(1, 9)}
    library = duties.load_library(actor=world.actor, at=now, body=body, name="amendment")
    duties.enforce_library(
        actor=world.actor,
        at=now,
        library_id=library,
        response_id=force.response_id,
        decided_by="精确性测量",
        replaces=[force.library_id],
    )
    return "amended a library"


def except_(world: World, chance: random.Random) -> str:
    """Waive or defer an obligation, or take that back."""
    from tongzhou.kernel.database import rows
    from tongzhou.modules.duties import commands
    from tongzhou.modules.duties.rules.exceptions import EndKind, ExceptionKind, Wish

    now = world.now()
    if chance.random() < 0.3:
        held = rows(
            "SELECT id, prov FROM duties_exception WHERE state = 'GRANTED' ORDER BY id LIMIT 50"
        )
        if held:
            number, prov = chance.choice(held)
            commands.revoke_exception(
                actor=world.actor, at=now, exception_id=number, prov=prov, answer="情况有变"
            )
            return "revoked an exception"
    row = chance.choice(world.owed)
    deferred = chance.random() < 0.5
    commands.give_exception(
        actor=world.actor,
        at=now,
        organisation_id=row.organisation_id,
        prov=row.prov,
        duty_id=row.duty_id,
        wish=Wish(
            kind=ExceptionKind.DEFERRAL if deferred else ExceptionKind.WAIVER,
            first=row.period,
            only=deferred,
            end=EndKind.DATE if deferred else EndKind.OPEN,
            until_on=(now + timedelta(days=3)).date() if deferred else None,
            reason="精确性测量",
            basis="测量用的依据",
        ),
    )
    return "deferred" if deferred else "waived"


def fold(world: World, chance: random.Random) -> str:
    """Fold what waits."""
    from tongzhou.modules.duties import public as duties

    found = duties.fold()
    return "folded" if found else "had nothing to fold"


DEEDS: dict[str, Deed] = {
    "report": report,
    "review": review,
    "move": move,
    "change": change,
    "decide": decide,
    "amend": amend,
    "except": except_,
    "fold": fold,
}
#: Who lives at once; reporting is what happens most.
BUSY = ("report", "report", "review", "move", "change", "decide", "amend", "except", "fold")


def live(name: str, seed: int, share: Callable[[], float], stop: Any, told: Any) -> None:
    """Do one kind of deed until told to stop; refusals are answers, anything else is a fault.

    What is done seldom is spread over the whole time: ``share`` tells how much of it is over.
    """
    from tongzhou.base.errors import Refusal

    done: Counter[str] = Counter()
    faults: list[str] = []
    turn, most = 0, MOST.get(name)
    try:
        world, chance = World(), random.Random(seed)
        while not stop.wait(BREATH):
            if most is not None and turn > most * share():
                continue
            turn += 1
            try:
                done[DEEDS[name](world, chance)] += 1
            except Refusal as refusal:
                done[f"{name}: refused ({refusal.code})"] += 1
    except BaseException as failure:
        faults.append(f"{name}: {failure!r}")
    told.put({"done": dict(done), "faults": faults})


def check_often(number: int, wanted: int, checked: Any, told: Any) -> None:
    """Check one node after the other until all together have checked as often as wanted."""
    faults: list[str] = []
    try:
        world, chance = World(), random.Random(number)
        while checked.value < wanted:
            faults += check(world, chance)
            with checked.get_lock():
                checked.value += 1
                if not checked.value % 50:
                    print(f"  … {checked.value} checks", file=sys.stderr, flush=True)
    except BaseException as failure:
        faults.append(repr(failure))
    told.put({"done": {}, "faults": faults})


_REPORTS = """
SELECT r.duty_id, count(*) FILTER (WHERE r.state = 'SUBMITTED'),
       count(*) FILTER (WHERE r.state = 'ACCEPTED'), count(*) FILTER (WHERE r.state = 'RETURNED')
FROM duties_report r
JOIN registry_organisation o ON o.id = r.organisation_id AND o.prov = r.prov
WHERE o.status IN ('ACTIVE', 'SUSPENDED') GROUP BY r.duty_id ORDER BY r.duty_id
"""
_COUNTED = """
SELECT duty_id, sum(submitted), sum(accepted), sum(returned) FROM (
    SELECT duty_id, cell_id, submitted, accepted, returned FROM duties_counter
    UNION ALL
    SELECT duty_id, cell_id, submitted, accepted, returned FROM duties_delta
) k WHERE cell_id <> 0 GROUP BY duty_id
HAVING sum(submitted) <> 0 OR sum(accepted) <> 0 OR sum(returned) <> 0 ORDER BY duty_id
"""


def check(world: World, chance: random.Random) -> list[str]:
    """Compare every measure of a node with its list, and counters with reports; return faults."""
    from django.db import connection, transaction

    from tongzhou.kernel.database import rows
    from tongzhou.modules.duties import public as duties

    place = chance.choice(world.places)
    near = (place // 10_000 * 10_000, place // 100 * 100, place)
    node = chance.choice((0, *near * 5))
    selection = duties.Selection(at=world.now(), node=node, tree=chance.choice(list(duties.Tree)))
    faults = []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = duties.windows_of(selection)
        figure = duties.total(duties.figures(world.actor, selection, found=found))
        below = duties.figures(world.actor, selection, duties.Breakdown.REGION, found=found)
        if duties.total(below) != figure:
            faults.append(f"{node} {selection.tree}: {figure} ≠ its children {duties.total(below)}")
        for measure in duties.MEASURES.values():
            listed = len(duties.ObligationList(world.actor, selection, measure, found=found))
            if measure.of(figure) != listed:
                faults.append(f"{node} {selection.tree} {measure.code}: {figure} ≠ list {listed}")
        counted, held = rows(_COUNTED), rows(_REPORTS)
        if [tuple(map(int, row)) for row in counted] != [tuple(map(int, row)) for row in held]:
            faults.append(f"counters and deltas ≠ reports: {counted} ≠ {held}"[:300])
    return faults
