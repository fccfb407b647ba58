"""Markup, templates, formats, headers and formulas through every text field and file name."""

import json
from typing import Any

from django.core import mail

from tests.hostile.conftest import Posts
from tests.hostile.walking import NAMED, SHORT, Walk
from tests.journeys.conftest import LAUNCH, Town, hygiene, pdf
from tongzhou.base.identifiers import make_credit_code
from tongzhou.kernel.identity import letters
from tongzhou.kernel.models import User

#: Who types, and from where on they look for forms.
TYPISTS = {
    "secretary": "/board/ /history/ /people/ /people/invite/ /tokens/ /exceptions/",
    "officer": "/review/ /responses/ /responses/start/ /compile/ /directives/load/ /library/load/"
    " /organisations/ /organisations/register/ /organisations/import/ /organisations/bulk/"
    " /organisations/transfers/ /exceptions/ /exceptions/give/ /people/invite/many/ /tokens/",
    "office": "/people/ /people/invite/",
    "operator": "/personal-data/ /personal-data/erasures/ /regions/440106/ /tokens/",
}
#: Who looks, everywhere.
READERS = ("officer", "board", "auditor", None)
#: What has to be taken, or the walk has lost its way.
TAKEN = {
    "/people/invite/ name",
    "/compile/#/head/ title",
    "/compile/#/head/ issuer",
    "/compile/#/head/ recipients",
    "/compile/#/head/ source_note",
    "/reports/#/#/#/#-#-#/return/ reason",
    "/responses/start/ name",
    "/responses/start/ note",
    "/responses/#/set/ decided_by",
    "/responses/#/set/ document",
    "/responses/#/set/ note",
    "/organisations/import/ file",
    "/personal-data/holds/ case",
    "/personal-data/holds/ reason",
    "/regions/#/ rename-name",
}
LOOK = (
    "/ /public/ /board/ /desk/ /review/ /review/?state=RETURNED /review/export/ /history/ /figures/"
    " /figures/list/ /responses/ /compile/ /directives/ /library/ /organisations/"
    " /organisations/export/ /organisations/import/ /organisations/bulk/ /exceptions/ /people/"
    " /people/?view=invited /people/?view=resets /audit/ /audit/?q=M1 /search/?q=M1 /tokens/"
    " /personal-data/ /follow/ /regions/ /authorities/ /figures/list/export/?measure=submitted"
)


def _typed_past_the_forms(walk: Walk, office: Posts) -> list[str]:
    """Put tricks where a form needs more than one field to be right; return where they show."""
    town: Town = office.town
    head, officer = office.browser("head"), office.browser("officer")
    plan = {"a-plan": walk.text("a report's answer"), "a-hazards": "3"}
    assert head.post(town.fill_url("d8-hygiene"), hygiene(**plan)).status_code == 302
    given = {"a-revised_on": "2020-02-01", "effective_on": "2020-02-01"}
    named = pdf(f"{walk.text('a file', NAMED)}.pdf")
    filed = head.post(town.fill_url("d222-plan", LAUNCH), {**given, "files": named})
    assert filed.status_code == 302
    facts = {
        "统一社会信用代码": make_credit_code("51", "440100", "77000999"),
        "登记形式": "社会团体",
        "登记管理机关": "广州市民政局",
        "所在地区划代码": "440106",
        "成立日期": "2012-03-01",
        "党组织": "是",
        "监事会": "是",
        "法定代表人": "陈示例",
    }
    for name in ("名称", "住所", "属地联系人"):  # what is no person's name is refused as one
        facts[name] = walk.text(f"an organisation's {name}", SHORT)
    made = officer.post(
        "/api/v1/organisations/register/",
        json.dumps({"facts": facts}),
        content_type="application/json",
        headers=town.headers("officer"),
    )
    assert made.status_code < 300, made.text
    text = walk.text("a directive's title", SHORT)
    clause = walk.text("a directive's clause")
    words = (
        f"{text}关于做好防控的通知\n各社会组织：\n一、各社会组织要做好防控{clause}。\n"
        "广州市民政局\n2020年2月1日\n"
    )
    work = officer.post(
        "/directives/load/", {"text": words, "source_note": walk.text("a source", SHORT)}
    )
    User.objects.filter(username="head").update(name=walk.text("a name", SHORT))
    walk.taken |= set(walk.typed)
    home = work["Location"].removesuffix("head/")
    report = town.url_of(town.world.key("d8-hygiene", town.report.period, "school"))
    return [
        *(
            f"{home}{part}"
            for part in (
                "head/",
                "",
                "clauses/",
                "clauses/1/",
                "scope/",
                "changes/",
                "groups/",
                "source",
                "preview/",
                "submit/",
            )
        ),
        report,
        f"{report}print/",
        town.url_of(town.world.key("d222-plan", LAUNCH, "school")),
        *_organisation(made.json()),
    ]


def _organisation(made: dict[str, Any]) -> list[str]:
    return [f"/organisations/{made['id']}-{made['prov']}/"] if "id" in made else []


def test_what_is_typed_anywhere_comes_out_as_words_everywhere(office: Posts) -> None:
    walk = Walk()
    places = _typed_past_the_forms(walk, office)
    for name, starts in TYPISTS.items():
        more = places if name == "officer" else []
        walk.through(name, office.browser(name), more + starts.split(), press=True)
    shown = list(dict.fromkeys([*places, *walk.led, *LOOK.split()]))
    for reader in READERS:
        walk.through(str(reader), office.browser(reader), shown, press=False, most=8)
    assert not walk.raw, "\n".join(walk.raw)
    assert {each for each in walk.missed() if "regions" not in each} == set()
    taken = {walk.typed[each] for each in walk.taken}
    assert taken >= TAKEN, sorted(TAKEN - taken)
    assert len(walk.pressed) >= 20
    assert len(set(walk.typed.values())) >= 55


def test_a_letter_is_one_letter(settings: Any) -> None:
    """What is in a name adds neither a header nor a reader."""
    evil = "名\r\nBcc: evil@example.com\r\n\r\n<script>"
    assert letters.send_invitation("a@example.cn", evil, evil, evil, "https://x/", 3)
    (sent,) = mail.outbox
    message = sent.message()
    assert sent.recipients() == ["a@example.cn"]
    assert message["Bcc"] is None
    assert "\n" not in str(message["Subject"]).replace("\n ", " ")
    assert message.get_content_type() == "text/plain"
