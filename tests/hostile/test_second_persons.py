"""Whoever does something does not check it: by a second post, as a deputy, by a colleague's key."""

from tests.journeys.conftest import Town
from tests.world import AT
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.identity import staffing
from tongzhou.kernel.models import Assignment, Deputy
from tongzhou.modules.compiler import commands
from tongzhou.modules.compiler.tests.drafts import NOTICE
from tongzhou.modules.compiler.tests.promulgation import decide, spec, submit
from tongzhou.modules.directives.public import Received


def test_the_reviewer_of_a_report_is_not_its_author_in_another_post(town: Town) -> None:
    """The secretary of a chamber has also become an officer of the city."""
    officer, writer = town.world.people["officer"], town.world.people["secretary"]
    post = Assignment.objects.get(pk=officer.assignment_id or 0)
    post.pk = None
    post.user_id = writer.user_id or 0
    post.save()
    browser = town.browser("secretary")
    assert browser.post("/assignment/", {"id": post.pk}).status_code == 302
    token = accounts.create_token(actor=SYSTEM, at=clock.now(), label="x", assignment_id=post.pk)
    api = town.report_url.rstrip("/")
    headers = {"Authorization": f"Bearer {token}"}
    for act, given in (("accept", {}), ("return", {"reason": "请补充说明"})):
        page = browser.post(f"{town.report_url}{act}/", {"seen": "1", **given})
        assert page.status_code == 403, act
        program = browser.post(
            f"/api/v1{api}/{act}",
            {"version": 1, **given},
            content_type="application/json",
            headers=headers,
        )
        assert program.status_code == 403, act
    assert (
        town.browser("officer").post(f"{town.report_url}accept/", {"seen": "1"}).status_code == 302
    )


def test_the_drafter_does_not_sign_as_somebody_s_deputy(town: Town) -> None:
    """An officer drafts as himself and comes back as deputy of the leader."""
    from tests.hostile.drafts import submitted

    work, seen = submitted(town, "officer")
    today = staffing.today_of(clock.now())
    leader = town.world.people["leader"]
    Deputy.objects.create(
        assignment_id=leader.assignment_id or 0,
        user_id=town.world.people["officer"].user_id or 0,
        from_on=today,
        to_on=today,
        reason="外出",
        made_at=clock.now(),
    )
    browser = town.browser("officer")
    assert browser.post("/assignment/", {"id": leader.assignment_id}).status_code == 302
    assert (
        browser.post(f"{work}sign/", {"seen": seen, "once": "x", "checked": "on"}).status_code
        == 422
    )
    assert "签发" in browser.get(f"{work}signing/").text


def test_the_drafter_does_not_sign_what_a_colleague_touched_and_submitted(town: Town) -> None:
    """An officer writes it all, a colleague changes a word and submits; the officer signs."""
    people = town.world.people
    made = commands.create_compilation(
        actor=people["officer"], at=AT, received=Received(NOTICE, "paste")
    )
    decide(people["colleague"], made, {"安排人员值班": spec("安排人员值班")})
    seen = submit(people["colleague"], made)
    today = staffing.today_of(clock.now())
    leader = people["leader"]
    Deputy.objects.create(
        assignment_id=leader.assignment_id or 0,
        user_id=people["officer"].user_id or 0,
        from_on=today,
        to_on=today,
        reason="外出",
        made_at=clock.now(),
    )
    browser = town.browser("officer")
    assert browser.post("/assignment/", {"id": leader.assignment_id}).status_code == 302
    given = {"seen": seen, "once": "x", "checked": "on"}
    button = f'action="/compile/{made}/sign/"'
    assert button not in browser.get(f"/compile/{made}/signing/").content.decode()
    assert browser.post(f"/compile/{made}/sign/", given).status_code == 422
    assert button in town.browser("leader").get(f"/compile/{made}/signing/").content.decode()
    assert town.browser("leader").post(f"/compile/{made}/sign/", given).status_code == 302
