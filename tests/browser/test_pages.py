"""Every page that somebody can open: it answers, fits the screen, says what it is, is accessible.

The addresses come from the manifests: what the navigation offers a role, and every other page
without arguments that the role may open. Pages of one thing are reached by clicking, as people do.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polib
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, resolve, reverse
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.conftest import WIDTHS, enter
from tongzhou.config.demo.people import PERSONAS
from tongzhou.kernel.access import Role
from tongzhou.kernel.manifest import manifests

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
PARTS = Path(__file__).resolve().parents[2] / "locale" / "en" / "parts"
#: Chinese characters beside its places that tell a message from a name.
ENOUGH = 4
CHINESE = re.compile(r"[\u3400-\u9fff]")
ROLES = {"": Role.PUBLIC, **{each.username: each.role for each in PERSONAS}}
#: People with the pages of somebody else's role: the navigation is enough.
ALIKE = {"buji", "shengji", "quji", "hangye", "shudi", "dangjian", "faren", "dangzhibu"}
#: Not pages: downloads, answers to forms, what machines read.
# What a link alone opens has nothing to show without it.
NOT_PAGES = re.compile(
    r"export|template|healthz|preferences|^/api/|/accept/$|^/$|^/accounts/"
    r"|^/(?:invitation|new-password)/|^/session/left/"
)


# ------------------------------------------------------------------ which pages there are


def _plain_routes(resolver: URLResolver, spaces: str = "") -> Iterator[tuple[str, str]]:
    """Yield (URL name, permission stem) of the routes without arguments."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inner = f"{spaces}{each.namespace}:" if each.namespace else spaces
            yield from _plain_routes(each, inner)
        elif isinstance(each, URLPattern) and not each.pattern.converters and each.name:
            stem = getattr(each.callback, "stem", None)
            if stem:
                yield f"{spaces}{each.name}", stem


@cache
def _pages() -> dict[str, str]:
    """Return address → permission stem of every page without arguments."""
    found = {}
    for name, stem in _plain_routes(get_resolver()):
        with suppress(NoReverseMatch):  # a name that only has routes with arguments
            address = reverse(name)
            if not NOT_PAGES.search(address):
                found[address] = stem
    return found


def _may(role: Role, stem: str) -> bool:
    return stem == "public" or any(role in each.permissions.get(stem, ()) for each in manifests())


def _addresses(username: str) -> list[str]:
    role = ROLES[username]
    offered = {
        reverse(entry.url)
        for each in manifests()
        for entry in each.navigation
        if role in entry.roles and _may(role, entry.stem)
    }
    if username not in ALIKE:
        offered |= {address for address, stem in _pages().items() if _may(role, stem)}
    return sorted(offered)


#: Pages of one thing: who, where they begin, what they click one after the other.
CLICKS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "public-directive": ("", "/public/", (".in-paper__title a",)),
    "public-response": ("", "/public/", (".tz-card h3 a",)),
    "public-kind": ("", "/public/", (".in-kinds a",)),
    "public-duty": ("", "/directives/", ("main .dv-row a, main td a, main h2 a", ".tz-duty a")),
    "sign-in": ("", "/accounts/login/", ()),
    "desk-directive": ("shiji", "/desk/", (".in-directive h3 a",)),
    "report-to-review": ("shiji", "/review/", ("tbody th a",)),
    "returned-reports": ("shiji", "/review/", (".tz-tabs >> text=已退回", "tbody th a")),
    "accepted-report": ("shiji", "/review/", (".tz-tabs >> text=已通过", "tbody th a")),
    "figures-by-duty": ("shiji", "/figures/", (".tz-tabs >> text=任务",)),
    "figures-by-group": ("shiji", "/figures/", (".tz-tabs >> text=文件里的分类",)),
    "figures-by-authority": ("shengji", "/figures/", (".tz-tabs >> text=登记管理机关",)),
    "figures-of-authorities": ("shengji", "/figures/", (".in-switch >> text=登记管理机关应报",)),
    "figures-of-a-district": ("shiji", "/figures/", ("tbody th a",)),
    "list-of-overdue": ("shiji", "/figures/", (".tz-stat--overdue",)),
    "list-empty": ("shiji", "/figures/list/?measure=owed&q=没有这家", ()),
    "organisation": ("shiji", "/organisations/", ("tbody th a",)),
    "response": ("shiji", "/responses/", (".rs-card h2 a",)),
    "response-set": ("shiji", "/responses/", (".rs-card h2 a", ".tz-head__acts a")),
    "library": ("shiji", "/library/", ("main h2 a, main h3 a, tbody th a",)),
    "task": ("mishuchu", "/board/", (".tz-task__title a",)),
    "task-form": ("mishuchu", "/board/", (".tz-task__act",)),
    "task-why": ("mishuchu", "/board/", (".tz-task__meta a >> nth=1",)),
    "tasks-done": ("mishuchu", "/board/", (".tz-tabs >> text=已办",)),
    "tasks-guide": ("mishuchu", "/board/", (".tz-tabs >> text=指引",)),
    "tasks-missed": ("mishuchu", "/board/", (".tz-tabs >> text=漏报",)),
    "own-report": ("mishuchu", "/history/", ("tbody th a, tbody td a",)),
    "receipt": ("mishuchu", "/history/", ("tbody th a, tbody td a", ".tz-head__acts a >> nth=0")),
    "clause": ("mishuchu", "/board/", (".tz-task__meta a >> nth=0",)),
    "password": ("mishuchu", "/accounts/password/change/", ()),
}
ENGLISH = [
    ("", "/public/"),
    ("", "/guide/"),
    ("shiji", "/desk/"),
    ("shiji", "/figures/"),
    ("shiji", "/figures/list/?measure=overdue"),
    ("shiji", "/review/"),
    ("shiji", "/responses/"),
    ("shiji", "/organisations/"),
    ("shiji", "/organisations/register/"),
    ("shiji", "/library/"),
    ("mishuchu", "/board/"),
    ("mishuchu", "/history/"),
    ("yunwei", "/audit/"),
]


# ------------------------------------------------------------------ people at their screens


@dataclass
class Screen:
    """Somebody's page, with what the browser complained about since the last look."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Take down a warning or an error of the console."""
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


Seat = Callable[[str], Screen]


def _seat(site: str, browser: Browser, english: bool = False) -> Iterator[Seat]:
    screens: dict[str, Screen] = {}

    def sit(username: str) -> Screen:
        if username not in screens:
            wide, high = WIDTHS["desk"]
            context = browser.new_context(
                base_url=site, viewport={"width": wide, "height": high}, locale="zh-CN"
            )
            if english:
                context.add_cookies([{"name": "django_language", "value": "en", "url": site}])
            screen = Screen(context.new_page())
            screen.page.on("console", screen.hear)
            screen.page.on("pageerror", lambda error: screen.complaints.append(str(error)))
            if username:
                enter(screen.page, username)
            screens[username] = screen
        screens[username].complaints.clear()
        return screens[username]

    yield sit
    for each in screens.values():
        each.page.context.close()


@pytest.fixture(scope="module")
def seat(site: str, browser: Browser) -> Iterator[Seat]:
    """Return a function that gives somebody's screen; everybody signs in once."""
    yield from _seat(site, browser)


@pytest.fixture(scope="module")
def english_seat(site: str, browser: Browser) -> Iterator[Seat]:
    """Return the same for readers of English."""
    yield from _seat(site, browser, english=True)


_examined: set[tuple[str, str]] = set()
_titles: dict[tuple[str, str], str] = {}


def _view(page: Page) -> str:
    path = re.sub(r"^https?://[^/]+", "", page.url).partition("?")[0].partition("#")[0]
    return resolve(path).view_name


def examine(screen: Screen, username: str, case: str) -> None:
    """Look at a page on a desk and on a phone; axe sees each case once per width, "" never."""
    page = screen.page
    faults = [f"console: {each}" for each in screen.complaints]
    if page.locator("h1").count() != 1:
        faults.append(f"{page.locator('h1').count()} h1")
    if not page.locator("h1").first.inner_text().strip():
        faults.append("h1 is empty")
    view = _view(page)
    known = _titles.setdefault((username, page.title()), view)
    if known != view:
        faults.append(f"the title {page.title()!r} is that of {known}, too")
    for width, (wide, high) in WIDTHS.items():
        page.set_viewport_size({"width": wide, "height": high})
        over = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if over > 0:
            faults.append(f"{over} px wider than the {width}")
        if case and (case, width) not in _examined:
            _examined.add((case, width))
            found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
            faults += [
                f"axe on the {width}: {each['id']} {[node['target'] for node in each['nodes'][:3]]}"
                for each in found
            ]
    page.set_viewport_size({"width": WIDTHS["desk"][0], "height": WIDTHS["desk"][1]})
    assert not faults, "\n".join([page.url, *faults])


# ------------------------------------------------------------------ the tests


@pytest.mark.parametrize(
    ("username", "address"),
    [(username, address) for username in ROLES for address in _addresses(username)],
)
def test_every_page_of_a_role(seat: Seat, username: str, address: str) -> None:
    screen = seat(username)
    answer = screen.page.goto(address)
    assert answer is not None
    assert answer.status == 200
    examine(screen, username, address)


@pytest.mark.parametrize("case", CLICKS)
def test_every_page_of_one_thing(seat: Seat, case: str) -> None:
    username, start, clicks = CLICKS[case]
    screen = seat(username)
    answer = screen.page.goto(start)
    assert answer is not None
    assert answer.status == 200
    for click in clicks:
        with screen.page.expect_navigation() as gone:
            screen.page.locator(click).first.click()
        assert gone.value is None or gone.value.status == 200
    examine(screen, username, case)


@pytest.mark.parametrize(
    ("username", "address", "status"),
    [
        ("mishuchu", "/figures/", 403),
        ("", "/no-such-page/", 404),
        ("shiji", "/board/1/no-such-day/", 404),
    ],
)
def test_pages_that_say_no_offer_a_way_out(
    seat: Seat, username: str, address: str, status: int
) -> None:
    screen = seat(username)
    answer = screen.page.goto(address)
    assert answer is not None
    assert answer.status == status
    assert screen.page.locator("main a[href], main form").count() > 0
    assert Axe().run(screen.page, options={"runOnly": RULES}).response["violations"] == []


@cache
def _messages() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the Chinese messages: the plain ones, and those with places to fill as one pattern."""
    plain, filled = set(), []
    for part in PARTS.glob("*.po"):
        for entry in polib.pofile(str(part)):
            text = " ".join(entry.msgid.split())
            pieces = re.split(r"%\(\w+\)[sd]", text)
            if len(pieces) == 1:
                plain.add(text)
            elif len(CHINESE.findall("".join(pieces))) >= ENOUGH:
                filled.append(".{1,80}?".join(map(re.escape, pieces)))
    return frozenset(plain), re.compile("|".join(f"(?:{each})" for each in filled))


@pytest.mark.parametrize(("username", "address"), ENGLISH)
def test_english_is_english(english_seat: Seat, username: str, address: str) -> None:
    """Names and the words of directives stay as they are; no message of the product does."""
    screen = english_seat(username)
    screen.page.goto(address)
    assert screen.page.locator("html").get_attribute("lang") == "en"
    texts = screen.page.evaluate(
        """() => {
            const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) {
                if (!walk.currentNode.parentElement.closest("script, style, [lang^=zh]"))
                    found.push(walk.currentNode.data.trim().replace(/\\s+/g, " "));
            }
            document.querySelectorAll("[aria-label], [title], [placeholder]").forEach((each) => {
                for (const name of ["aria-label", "title", "placeholder"])
                    if (each.hasAttribute(name)) found.push(each.getAttribute(name));
            });
            return found;
        }"""
    )
    plain, filled = _messages()
    left = {
        text for text in texts if CHINESE.search(text) and (text in plain or filled.fullmatch(text))
    }
    assert not left
    examine(screen, f"en {username}", "")
