"""The matrix is whole, sensible, and the same in code, page and docs."""

import re

import pytest

from tests.access.conftest import Places
from tests.access.declared import STAND
from tongzhou.kernel import matrix
from tongzhou.kernel.access import (
    AUTHORITY_ROLES,
    ORGANISATION_ROLES,
    READER_ROLES,
    Role,
    permissions_of,
)
from tongzhou.kernel.commands import STEMS
from tongzhou.kernel.manifest import manifests
from tongzhou.kernel.reach import Reach
from tools import roles as document


def test_every_permission_says_what_it_is_and_how_far_it_reaches() -> None:
    for each in manifests():
        assert set(each.permissions) == set(each.acts), each.name


def test_every_cell_of_the_matrix_has_its_range() -> None:
    for row in matrix.rows():
        for role in row.roles:
            assert row.reach_of(role), (row.stem, role)


def test_the_matrix_names_every_role_once() -> None:
    assert len(matrix.ROLES) == len(set(matrix.ROLES))
    assert set(matrix.ROLES) == set(Role) - {Role.SYSTEM}


def test_second_persons_are_permissions_that_exist() -> None:
    stems = {row.stem for row in matrix.rows()}
    assert {row.act.second for row in matrix.rows()} - {""} <= stems


LOOKING = {Role.AUDITOR, Role.ENFORCEMENT, Role.PUBLICITY} | READER_ROLES
LOOKING |= {Role.FINANCE, Role.VOLUNTEER_LEAD, Role.MEMBER}


@pytest.mark.parametrize("role", sorted(LOOKING))
def test_who_only_looks_writes_nothing_but_what_is_their_own(role: Role) -> None:
    reach = {row.stem: row.act.reach for row in matrix.rows()}
    written = {stem for stem in permissions_of(role) & STEMS if reach[stem] is not Reach.SELF}
    # Who stands in for whom is everybody's own affair, and kept by the kernel.
    work = {stem for stem in written if not stem.startswith("kernel.")}
    assert not {stem for stem in work if not stem.endswith((".view", ".export"))}


def test_an_organisation_never_carries_what_an_authority_decides() -> None:
    deciding = {Reach.REGISTERED, Reach.REVIEWED, Reach.REGION}
    for row in matrix.rows():
        if row.act.reach in deciding:
            assert not set(row.roles) & (ORGANISATION_ROLES | READER_ROLES), row.stem


def test_who_runs_the_system_reads_no_organisation() -> None:
    for row in matrix.rows():
        if Role.OPERATOR in row.roles:
            assert row.act.reach in {Reach.SITE, Reach.SELF, Reach.AUTHORITY}, row.stem


def test_the_document_says_what_the_code_says() -> None:
    assert document.TARGET.read_text(encoding="utf-8") == document.written(), (
        "run: .venv/bin/python -m tools.roles"
    )


@pytest.mark.parametrize("name", ["auditor", "leader", "operator"])
def test_the_page_shows_the_matrix(places: Places, name: str) -> None:
    page = places.browsers[name].get("/roles/", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "Accept a report" in page.text
    assert "Not by the same person as" in page.text
    one = places.browsers[name].get("/roles/?role=MEMBER").text
    assert "查看社会组织" in one
    assert "duties.report.accept" not in one
    for asked in ("SYSTEM", "x", "<script>"):
        assert places.browsers[name].get("/roles/", {"role": asked}).status_code == 200


@pytest.mark.parametrize("name", [each for each in STAND if each])
def test_no_link_of_one_s_own_home_leads_to_a_refusal(places: Places, name: str) -> None:
    browser = places.browsers[name]
    home = browser.get("/", follow=True)
    assert home.status_code == 200
    links = {
        each.replace("&amp;", "&")
        for each in re.findall(r'href="(/[^"#]*)"', home.text)
        if not each.startswith(("/static/", "/accounts/"))
    }
    assert links
    refused = {}
    for each in sorted(links):
        answer = browser.get(each)
        if answer.status_code in {403, 404}:
            refused[each] = answer.status_code
        answer.close()
    assert not refused


def test_roles_of_an_authority_stand_in_their_groups() -> None:
    assert {Role.OFFICE, Role.AUDITOR} < AUTHORITY_ROLES
    assert not AUTHORITY_ROLES & ORGANISATION_ROLES
