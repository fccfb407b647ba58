"""Somebody who types the same trick into every field that is offered, and looks where it shows."""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html

from tongzhou.base.identifiers import make_credit_code

#: What follows a mark. It ends an attribute, an element and a comment, and starts a formula, a
#: template, a format and a line of a header.
TRICK = (
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}{% debug %}%(x)s\\"
    "--></textarea>"
)
SHORT = "\"'><b>{{7*7}}"
#: What a file name can carry through the header of an upload.
NAMED = "'><img src=x onerror=alert(1)>{{7*7}}"
_CONTENT = b"%PDF-1.4\nx"
#: A mark whose trick came out as it went in; in a page there is an entity in between.
RAW = re.compile(r"M(\d+)M[\"'<]")
#: How many pages of one shape are looked at.
ALIKE = 1
_TEXTS = ".//textarea[@name] | .//input[@name and (not(@type) or @type='text' or @type='file')]"
_NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
_TYPED = {"text", "search", "tel", "password", "url", ""}
_FIXED = {
    "date": "2020-02-05",
    "datetime-local": "2020-02-05T09:00",
    "number": "1",
    "time": "09:00",
}
#: Fields in which only something of a certain shape is taken; by themselves, or in one form.
KNOWN = {
    "phone": "",
    "days": "30",
    "code": "",
    "codes": "",
    "basis_urn": "",
    "registered_by": "广州市民政局",
    "located_in": "440106",
    "supervisor": "",
    "industry_department": "",
    "/organisations/register/ code": make_credit_code("51", "440100", "77000123"),
}
NOT_PRESSED = re.compile(
    r"/(?:logout|end|handover|discard|repeal|dissolve|status|sign|password|sessions|2fa|enforce"
    r"|login|reauthenticate|preferences|assignment|second-factor|undo|apply|write)/"
)


@dataclass
class Walk:
    """What was typed where, and what was seen of it."""

    typed: dict[int, str] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    seen: dict[int, set[str]] = field(default_factory=dict)
    raw: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    pressed: set[str] = field(default_factory=set)
    led: list[str] = field(default_factory=list)

    def through(
        self, name: str, browser: Client, starts: Iterable[str], *, press: bool, most: int = 25
    ) -> None:
        """Follow the links of the pages from ``starts`` on; ``press``: send their forms, too."""
        waiting = [(each, True) for each in starts]
        known: Counter[str] = Counter()
        while waiting:
            path, wanted = waiting.pop(0)
            known[_shape(path)] += 1
            if not wanted and (not most or known[_shape(path)] > ALIKE):
                continue
            most -= not wanted
            answer = browser.get(path)
            self.asked[name] += 1
            found = self.look(name, path, answer)
            if found is None:
                continue
            for each in found.xpath("//a/@href | //*[@hx-get]/@hx-get"):
                link = urljoin(path, str(each))
                parts = urlsplit(link)
                if not parts.netloc and parts.path and "logout" not in parts.path:
                    waiting.append((link.partition("#")[0], False))
            if press:
                for form in found.xpath("//form[translate(@method, 'POST', 'post')='post']"):
                    waiting += [(each, True) for each in self.send(name, browser, path, form)]

    def look(self, name: str, path: str, answer: Any) -> Any:
        """Note which marks an answer shows; return its tree if it is a page."""
        kind = answer.headers.get("Content-Type", "")
        for header, value in answer.headers.items():
            if RAW.search(value) or header == "X-Evil":
                self.raw.append(f"{name} {path} {header}: {value[:80]}")
        assert answer.status_code < 500, (name, path)
        body = answer.getvalue() if answer.streaming else answer.content
        answer.close()
        where = f"{_shape(path)} {kind.partition(';')[0].rpartition('/')[2]}"
        if "sheet" in kind or body[:2] == b"PK":
            self._look_inside(where, body)
            return None
        text = body.decode("utf-8", "replace")
        if "csv" in kind:
            for row in csv.reader(io.StringIO(text)):
                self.raw += [f"{where}: {each[:60]}" for each in row if each[:2] == "=M"]
        if "html" in kind:
            self.raw += [
                f"{name} {where}: {text[e.start() - 90 : e.end() + 30]}" for e in RAW.finditer(text)
            ]
            if "alert(1)&gt;49" in text or "&lt;b&gt;49" in text:
                self.raw.append(f"{name} {where}: evaluated")
        for each in re.finditer(r"M(\d+)M", text):
            self.seen.setdefault(int(each[1]), set()).add(where)
        if "html" not in kind or not text.strip():
            return None
        return html.fromstring(body)

    def _look_inside(self, where: str, body: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for each in archive.namelist():
                content = archive.read(each).decode("utf-8", "replace")
                if each.endswith((".xml", ".rels")):
                    html.etree.fromstring(content.encode())
                    assert "<f>" not in content, where
                for mark in re.finditer(r"M(\d+)M", content):
                    self.seen.setdefault(int(mark[1]), set()).add(where)

    def send(self, name: str, browser: Client, path: str, form: Any) -> list[str]:
        """Fill a form and send it once; return where it led."""
        action = urljoin(path, form.get("action") or path)
        names = sorted({str(each) for each in form.xpath(".//@name")})
        shape = f"{_shape(action)} {names}"
        if shape in self.pressed or NOT_PRESSED.search(urlsplit(action).path):
            return []
        if not form.xpath(_TEXTS):
            return []
        self.pressed.add(shape)
        for trick in (TRICK, SHORT):
            marks, given = self._filled(shape, form, trick)
            button = next(iter(form.xpath(".//button[@name]")), None)
            if button is not None:
                given[button.get("name")] = button.get("value") or ""
            answer = browser.post(action, given)
            self.asked[name] += 1
            page = self.look(name, action, answer)
            if "Location" in answer.headers:
                self.taken |= marks
                self.led.append(urljoin(action, answer["Location"]))
                return self.led[-1:]
            if answer.status_code == 200:  # asks whether one is sure, or says what was made
                self.taken |= marks
                sure = page.xpath("//main//form[translate(@method, 'POST', 'post')='post']")
                if sure and not NOT_PRESSED.search(action):
                    led = browser.post(action, dict(_held(sure[0])))
                    self.look(name, action, led)
                    return [urljoin(action, led["Location"])] if "Location" in led else []
                return []
        return []

    def _filled(self, shape: str, form: Any, trick: str) -> tuple[set[int], dict[str, Any]]:
        given: dict[str, Any] = {}
        marks: set[int] = set()
        for each in form.xpath(".//input[@name] | .//textarea[@name] | .//select[@name]"):
            name = each.get("name")
            kind = each.get("type") or ""
            if each.tag == "select":
                options = [one.get("value") or "" for one in each.xpath(".//option")]
                chosen = each.xpath(".//option[@selected]/@value")
                given[name] = (chosen or [one for one in options if one] or [""])[0]
            elif kind in {"radio", "checkbox"}:
                if each.get("checked") is not None or name not in given:
                    given[name] = each.get("value") or "on"
            elif kind == "file":
                mark = self._mark(shape, name)
                marks.add(mark)
                given[name] = SimpleUploadedFile(f"=M{mark}M{NAMED}.{_kind(each)}", _CONTENT)
            elif kind in _FIXED:
                given[name] = each.get("value") or _FIXED[kind]
            elif kind == "email":
                given[name] = each.get("value") or ""
            elif (
                known := KNOWN.get(f"{shape.partition(' ')[0]} {name}", KNOWN.get(name))
            ) is not None:
                given[name] = known
            elif each.get("inputmode") in {"numeric", "decimal"}:
                given[name] = "1"
            elif each.tag == "textarea" or kind in _TYPED:
                mark = self._mark(shape, name)
                marks.add(mark)
                longest = int(each.get("maxlength") or 400)
                given[name] = f"=M{mark}M{trick}"[:longest]
            elif kind == "hidden":
                given[name] = each.get("value") or ""
        return marks, given

    def text(self, name: str, trick: str = TRICK) -> str:
        """Return a text with a mark of its own, for something that is typed past the forms."""
        return f"=M{self._mark('', name)}M{trick}"

    def missed(self) -> list[str]:
        """Return what was taken and is shown nowhere."""
        return [f"{n} {self.typed[n]}" for n in sorted(self.taken) if not self.seen.get(n)]

    def _mark(self, shape: str, name: str) -> int:
        number = len(self.typed) + 100
        self.typed[number] = f"{shape.partition(' ')[0]} {name}".strip()
        return number


def _held(form: Any) -> Iterator[tuple[str, str]]:
    """Yield what a form holds as it is, with its first button."""
    for each in form.xpath(".//input[@name] | .//textarea[@name]"):
        if each.get("type") not in {"file", "radio"}:
            yield each.get("name"), each.get("value") or each.text or ""
    for each in form.xpath(".//button[@name]")[:1]:
        yield each.get("name"), each.get("value") or ""


def _kind(field: Any) -> str:
    taken = field.get("accept") or ""
    return next((each for each in ("csv", "yaml", "txt") if each in taken), "pdf")


def _shape(path: str) -> str:
    parts = urlsplit(path)
    asked = sorted(each.partition("=")[0] for each in parts.query.split("&") if each)
    return _NUMBERS.sub("#", parts.path) + ("?" + "&".join(asked) if asked else "")
