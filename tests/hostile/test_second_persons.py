"""Whoever does something does not check it: by a second post, as a deputy, by a colleague's key."""

import pytest

from tests.journeys.conftest import Town
from tests.world import AT
from tongzhou.base.errors import Refusal
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.identity import staffing
from tongzhou.kernel.models import Assignment, Deputy
from tongzhou.modules.compiler import commands
from tongzhou.modules.compiler.models import Change, WorkingDuty
from tongzhou.modules.compiler.public import waiting_of
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


def _touched(town: Town, by: str) -> tuple[int, int, WorkingDuty]:
    """Let an officer draft, somebody else touch one duty, and the officer finish and submit."""
    people = town.world.people
    made = commands.create_compilation(
        actor=people["officer"], at=AT, received=Received(NOTICE, "paste")
    )
    duty = WorkingDuty.objects.filter(compilation_id=made, state="PROPOSED").latest("key")
    commands.decide_duty(
        actor=people[by],
        at=AT,
        compilation_id=made,
        key=duty.key,
        revision=duty.revision,
        decision="reject",
    )
    decide(people["officer"], made, {"安排人员值班": spec("安排人员值班")})
    return made, submit(people["officer"], made), duty


def test_who_touched_it_in_the_middle_does_not_sign(town: Town) -> None:
    """A colleague decides about one duty, the officer goes on and submits; the colleague signs."""
    made, seen, duty = _touched(town, "colleague")
    given = {"seen": seen, "once": "x", "checked": "on"}
    button = f'action="/compile/{made}/sign/"'
    signer = town.browser("colleague")
    page = signer.get(f"/compile/{made}/signing/").content.decode()
    assert button not in page
    assert "稿中还有您改过的" in page
    assert signer.post(f"/compile/{made}/sign/", given).status_code == 422
    answer = town.browser(None).post(
        f"/api/v1/compilations/{made}/sign",
        {"seen": seen},
        content_type="application/json",
        headers=town.headers("colleague"),
    )
    assert 400 <= answer.status_code < 500
    assert waiting_of(town.world.people["colleague"]).to_sign == 0
    assert waiting_of(town.world.people["leader"]).to_sign == 1
    # The way out that the page names: taken back and decided by whoever drafts, it may be signed.
    people = town.world.people
    commands.send_back_compilation(
        actor=people["colleague"], at=AT, compilation_id=made, reason="改"
    )
    changes = Change.objects.filter(compilation_id=made, user_id=people["colleague"].user_id)
    change = changes.exclude(after={}).get()
    commands.undo_change(actor=people["colleague"], at=AT, compilation_id=made, seq=change.seq)
    duty.refresh_from_db()
    commands.decide_duty(
        actor=people["officer"],
        at=AT,
        compilation_id=made,
        key=duty.key,
        revision=duty.revision,
        decision="reject",
    )
    again = submit(people["officer"], made)
    assert waiting_of(people["colleague"]).to_sign == 1
    assert button in signer.get(f"/compile/{made}/signing/").content.decode()
    assert signer.post(f"/compile/{made}/sign/", {**given, "seen": again}).status_code == 302


def test_who_touched_the_first_does_not_sign_the_copy(town: Town) -> None:
    """The history stays with the first one; whose hand is in the copy is known all the same."""
    made, _seen, _duty = _touched(town, "colleague")
    people = town.world.people
    copied = commands.copy_compilation(actor=people["officer"], at=AT, compilation_id=made)
    seen = submit(people["officer"], copied)
    for name in ("officer", "colleague"):
        with pytest.raises(Refusal):
            commands.sign_compilation(actor=people[name], at=AT, compilation_id=copied, seen=seen)
    assert waiting_of(people["colleague"]).to_sign == 0
    assert commands.sign_compilation(
        actor=people["leader"], at=AT, compilation_id=copied, seen=seen
    )
