"""The second wall: what the database itself shows to whom, whatever a query forgets."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DataError, ProgrammingError, connection, transaction
from django.db.models import QuerySet

from tests.access.conftest import HYGIENE, Places
from tests.access.declared import STAND
from tests.journeys.conftest import MONDAY
from tests.world import AT
from tongzhou.config import rights
from tongzhou.kernel import sight
from tongzhou.kernel.access import SYSTEM, Actor, Role, public
from tongzhou.kernel.database import execute, rows
from tongzhou.kernel.postgresql.base import DatabaseWrapper
from tongzhou.modules.duties.commands import Filing, Key, submit_report, submit_reports
from tongzhou.modules.registry import commands as registry
from tongzhou.modules.registry.contracts import Status
from tongzhou.modules.registry.models import Cell, Organisation
from tongzhou.modules.registry.models.register import OrganisationSet

WALLED = set(rights.WALLED)
OF_ORGANISATION = WALLED - {"registry_organisation", "duties_draft"}
PEOPLE = [each for each in STAND if each]


def _keys(table: str) -> set[tuple[int, int]]:
    name = "id" if table == "registry_organisation" else "organisation_id"
    return {(key, prov) for key, prov in rows(f"SELECT {name}, prov FROM {table}")}


def _visible(actor: Actor) -> set[tuple[int, int]]:
    """Return what ``visible_to`` shows, and the bearer that the actor acts for itself."""
    shown = Organisation.objects.visible_to(actor).values_list("id", "prov")
    found = {(key, prov) for key, prov in shown}
    if actor.organisation_id is not None and actor.prov is not None:
        found.add((actor.organisation_id, actor.prov))
    return found


def test_tests_are_bound_as_the_application_is(places: Places) -> None:
    ask = "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    assert rows(ask) == [("tongzhou_system", False)]
    with sight.acting_as(places.town.world.people["officer"]):
        assert rows(ask) == [("tongzhou_app", False)]
    assert rows(ask) == [("tongzhou_system", False)]


def test_what_belongs_to_organisations_is_walled(places: Places) -> None:
    found = rows("SELECT relname FROM pg_class WHERE relrowsecurity")
    assert {row[0] for row in found} == WALLED


@pytest.mark.parametrize("name", PEOPLE)
def test_raw_sql_shows_what_visible_to_shows(places: Places, name: str) -> None:
    actor = places.town.world.people[name]
    right = _visible(actor)
    everything = {table: _keys(table) for table in WALLED}
    with sight.acting_as(actor):
        assert _keys("registry_organisation") == right & everything["registry_organisation"]
        for table in OF_ORGANISATION:
            assert _keys(table) == everything[table] & right, table
    assert _keys("registry_organisation") == everything["registry_organisation"]


def test_without_an_actor_nothing_is_there(places: Places) -> None:
    assert _keys("duties_report")
    with sight.acting_as(public()):
        for table in WALLED:
            assert _keys(table) == set(), table
        assert not Organisation.objects.exists()


def test_drafts_are_seen_by_their_organisation_alone(places: Places) -> None:
    people = places.town.world.people
    url = f"{places.town.fill_url('d222-know')}draft"
    places.browsers["secretary"].post(url, {"a-remark": "只是草稿"})
    assert _keys("duties_draft")
    for name, count in (("secretary", 1), ("officer", 0), ("province", 0), ("stranger", 0)):
        with sight.acting_as(people[name]):
            assert len(_keys("duties_draft")) == count, name


def _move(places: Places, at: datetime) -> tuple[int, int]:
    """Let the organisation move to another city, whose authority did not register it."""
    key = (places.here["organisation_id"], places.here["prov"])
    registry.change_organisation(
        actor=places.town.world.people["officer"],
        at=at,
        organisation_id=key[0],
        prov=key[1],
        version=Organisation.objects.get(id=key[0], prov=key[1]).version,
        changes={"located_in": "440305", "supervisor": "", "industry_department": ""},
    )
    return key


def _sees_as_visible(places: Places, key: tuple[int, int]) -> set[str]:
    """Return who sees the organisation; each must see its reports and nobody else may."""
    people, seen = places.town.world.people, set()
    for name in PEOPLE:
        visible = key in _visible(people[name])
        with sight.acting_as(people[name]):
            assert (key in _keys("duties_report")) is visible, name
        seen |= {name} if visible else set()
    return seen


def test_what_lies_astray_is_seen_by_those_who_registered_it_and_those_who_govern_its_place(
    places: Places,
) -> None:
    key = _move(places, AT)
    astray = Cell.objects.filter(astray=True, population__gt=0)
    assert list(astray.values_list("place", "registered_region")) == [(440_305, 440_100)]
    seen = _sees_as_visible(places, key)
    assert {"officer", "party-line", "shenzhen"} <= seen
    assert "district" not in seen


def test_who_looks_after_a_bearer_now_reads_what_it_reported_before_it_came(
    places: Places,
) -> None:
    later = AT + timedelta(days=60)
    before = rows("SELECT period, duty_id, cell_id FROM duties_report ORDER BY 1, 2, 3")
    key = _move(places, later)
    assert rows("SELECT period, duty_id, cell_id FROM duties_report ORDER BY 1, 2, 3") == before
    seen = _sees_as_visible(places, key)
    assert "shenzhen" in seen
    registry.set_status(
        actor=places.town.world.people["officer"],
        at=later,
        organisation_id=key[0],
        prov=key[1],
        status=Status.DISSOLVED,
        reason="注销登记",
    )
    assert _sees_as_visible(places, key) == seen


@pytest.mark.parametrize("at_once", [False, True])
def test_what_is_reported_late_for_a_closed_period_is_read_where_the_bearer_is(
    places: Places, *, at_once: bool
) -> None:
    later = AT + timedelta(days=20)
    execute("DELETE FROM duties_report")
    key = _move(places, later)
    late = Key(MONDAY, places.town.world.duty["d8-hygiene"], *key)
    if at_once:
        submit_reports(
            actor=SYSTEM,
            at=later,
            filings=[Filing(key=late, data={**HYGIENE, "disinfected": True, "hazards": 2})],
        )
    else:
        writer = places.town.world.people["secretary"]
        submit_report(actor=writer, at=later, key=late, data=HYGIENE)
    ((counted, went),) = rows("SELECT cell_id, bearer_cell FROM duties_report")
    assert (counted // 10**9, went // 10**9) == (440_106, 440_305)
    assert "shenzhen" in _sees_as_visible(places, key)


def test_nobody_writes_what_is_not_theirs(places: Places) -> None:
    people, far = places.town.world.people, places.town.world.bearers["far"]
    with sight.acting_as(people["officer"]):
        assert execute("UPDATE registry_organisation SET name = 'x' WHERE id = %s", [far[0]]) == 0
        assert execute("DELETE FROM duties_report WHERE organisation_id = %s", [far[0]]) == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            execute(
                "INSERT INTO registry_organ (id, prov, organisation_id, kind, name, person, title,"
                " from_on) VALUES (999999, 44, %s, 'PARTY_ORG', '', '', '', '2020-01-01')",
                [far[0]],
            )


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE registry_organisation DISABLE ROW LEVEL SECURITY",
        "DROP POLICY sight ON duties_report",
        "CREATE POLICY open ON duties_report USING (true)",
        "DROP TABLE duties_report",
    ],
)
def test_the_application_cannot_take_the_wall_down(places: Places, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="must be owner"), transaction.atomic():
        execute(statement)


def test_a_month_of_reports_is_no_way_round(places: Places) -> None:
    ((month,),) = rows(
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent = 'duties_report'::regclass ORDER BY 1 LIMIT 1"
    )
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        rows(f"SELECT * FROM {month}")


# A query that forgets


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``visible_to`` show everything, as if somebody had forgotten to call it."""

    def everything(self: QuerySet[Organisation], actor: Actor) -> QuerySet[Organisation]:
        return self

    monkeypatch.setattr(OrganisationSet, "visible_to", everything)


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("name", ["officer", "district", "secretary", "supervisor", "territory"])
def test_a_page_that_forgets_to_ask_leaks_nothing(places: Places, name: str) -> None:
    there, browser = places.there, places.browsers[name]
    key = f"{there['organisation_id']}-{there['prov']}"
    report = f"{there['organisation_id']}/{there['prov']}/{there['duty_id']}/{there['period']}"
    for path in (f"/organisations/{key}/", f"/reports/{report}/"):
        assert browser.get(path).status_code == 404, path
    for path in (f"/api/v1/organisations/{key}/", f"/api/v1/reports/{report}"):
        assert browser.get(path, headers=places.tokens[name]).status_code == 404, path
    for path in ("/organisations/", "/organisations/?q=深圳", "/review/", "/figures/list/"):
        assert "深圳市示例商会" not in browser.get(path).text, path
    listed = browser.get("/api/v1/organisations/", headers=places.tokens[name])
    assert "深圳市示例商会" not in listed.text


def _said() -> str:
    """Return what the last transaction left behind in the connection: nothing, it should be."""
    ((found,),) = connection.connection.execute(
        "SELECT current_setting('tongzhou.sight', true)"
    ).fetchall()
    return str(found or "")


def test_a_request_leaves_nothing_behind(places: Places) -> None:
    for name in ("secretary", "", "officer", "stranger"):
        places.browsers[name].get("/public/")
        places.browsers[name].get("/desk/")
        assert sight.current() == sight.EVERYTHING


def test_a_command_sees_all_and_puts_its_eyes_back(places: Places) -> None:
    world = places.town.world
    chamber = world.bearers["chamber"]
    with sight.acting_as(world.people["officer"]):
        before = _said()
        registry.set_status(
            actor=world.people["officer"],
            at=AT,
            organisation_id=chamber[0],
            prov=chamber[1],
            status=Status.SUSPENDED,
            reason="停业整顿",
        )
        assert _said() == before == sight.value_of(world.people["officer"])


def test_what_is_rolled_back_takes_its_eyes_along(places: Places) -> None:
    world = places.town.world
    officer = world.people["officer"]

    def fail(statement: str) -> None:
        with transaction.atomic(), sight.as_system():
            assert _said() == sight.EVERYTHING
            execute(statement)
            raise ValueError

    with sight.acting_as(officer):
        for statement, error in (("SELECT 1 / 0", DataError), ("SELECT 1", ValueError)):
            with pytest.raises(error):
                fail(statement)
            assert _said() == sight.value_of(officer)
            assert len(_keys("registry_organisation")) < 50


# The connection itself


@pytest.fixture
def alone(places: Places) -> Iterator[DatabaseWrapper]:
    """Yield a connection of the application outside of any transaction, as requests have it."""
    made = connection.copy("default")
    assert isinstance(made, DatabaseWrapper)
    try:
        yield made
    finally:
        made.close()


def _ask(wrapper: DatabaseWrapper, statement: str) -> Any:
    with wrapper.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_each_statement_brings_its_sight_and_leaves_none(alone: DatabaseWrapper) -> None:
    ask = "SELECT current_setting('tongzhou.sight', true)"
    for actor in (Actor(1, Role.TERRITORY, "", low=1, high=2), public(), SYSTEM):
        with sight.acting_as(actor):
            assert _ask(alone, ask) == [(sight.value_of(actor),)]
            with transaction_of(alone):
                assert _ask(alone, ask) == [(sight.value_of(actor),)]
                with sight.as_system():
                    assert _ask(alone, ask) == [(sight.EVERYTHING,)]
                assert _ask(alone, ask) == [(sight.value_of(actor),)]
            with alone.chunked_cursor() as cursor:
                cursor.execute(ask)
                assert cursor.fetchall() == [(sight.value_of(actor),)]
            with alone.cursor() as cursor, cursor.copy(f"COPY ({ask}) TO STDOUT") as copy:
                assert b"".join(copy).decode().strip() == sight.value_of(actor)
        held = alone.connection.pgconn.exec_(ask.encode())
        assert held.get_value(0, 0) == b""


@contextmanager
def transaction_of(wrapper: DatabaseWrapper) -> Iterator[None]:
    """Hold a transaction on a connection that Django does not list."""
    wrapper.set_autocommit(False)
    try:
        yield
        wrapper.commit()
    finally:
        wrapper.set_autocommit(True)


def test_a_web_server_sees_nothing_before_it_knows_who_asks(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _keys("duties_report")
    monkeypatch.setitem(sight._process, "default", sight.NOBODY)
    for table in WALLED:
        assert _keys(table) == set(), table


def test_a_connection_that_never_heard_of_it_sees_nothing(places: Places) -> None:
    assert _keys("duties_report")
    held = connection.connection.pgconn
    held.exec_(b"SET LOCAL tongzhou.sight TO DEFAULT; SET LOCAL ROLE tongzhou_app")
    for table in WALLED:
        assert held.exec_(f"SELECT count(*) FROM {table}".encode()).get_value(0, 0) == b"0", table


def test_the_setting_of_each_kind_of_actor() -> None:
    def of(role: Role, **place: Any) -> str:
        return sight.value_of(Actor(1, role, "", **place))

    assert of(Role.OFFICER, low=0, high=999_999) == sight.EVERYTHING
    assert of(Role.OFFICER, low=440_100, high=440_199).startswith("{0,440100,440199,440100,440199")
    assert of(Role.SUPERVISOR, authority_id=7, low=0, high=999_999) == "{0,1,0,1,0,7,-1,-1,-1}"
    assert of(Role.TERRITORY, low=440_106, high=440_106) == "{0,1,0,440106,440106,-1,-1,-1,-1}"
    assert of(Role.MEMBER, organisation_id=5, prov=44) == "{0,1,0,1,0,-1,-1,5,44}"
    assert of(Role.OPERATOR) == of(Role.PUBLIC) == "{0,1,0,1,0,-1,-1,-1,-1}"
