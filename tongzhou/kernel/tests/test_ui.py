"""The design system: what its files may hold, and what its components say."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from tongzhou.base.errors import Refusal
from tongzhou.kernel.templatetags import ui_shapes as shapes

PACKAGE = Path(__file__).resolve().parents[2]
KERNEL = PACKAGE / "kernel"
STYLES = sorted((KERNEL / "static/tongzhou").glob("*.css"))
TEMPLATES = sorted(PACKAGE.rglob("templates/**/*.html"))
TOO_NEW = re.compile(
    r":has\(|@container|@layer|@scope|color-mix|oklch|oklab|light-dark|\d[dsl]v[hw]\b|accent-color"
    r"|subgrid|text-wrap|^\s*(?:translate|rotate|scale):|\(\s*(?:width|height)\s*[<>]|^\s*&|inset-area"
    r"|scrollbar-gutter|:user-(?:in)?valid",
    re.MULTILINE,
)
INLINE = re.compile(
    r"\sstyle=|<style|\son[a-z]+=\"|javascript:|<script(?![^>]*\bsrc=)", re.IGNORECASE
)


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


def rendered(source: str, **context: Any) -> str:
    """Return a template source rendered with the ui library."""
    return engines["django"].from_string("{% load ui %}" + source).render(context)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_hold_nothing_newer_than_chromium_92(path: Path) -> None:
    assert not TOO_NEW.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("sample", [".a:has(b)", "a { height: 100dvh }", "a {\n  rotate: 3deg }"])
def test_newer_style_would_be_found(sample: str) -> None:
    assert TOO_NEW.search(sample)


def test_templates_hold_no_inline_style_or_script() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}: {match[0]}"
        for path in TEMPLATES
        for match in INLINE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert TEMPLATES
    assert not found, "\n".join(found)


def test_vendored_files_ask_for_no_source_map() -> None:
    vendored = [path for path in (KERNEL / "static/vendor").rglob("*.min.*") if path.is_file()]
    assert len(vendored) >= 4
    assert not [path.name for path in vendored if b"sourceMappingURL" in path.read_bytes()]


def test_every_icon_that_a_component_names_is_in_the_sprite() -> None:
    sprite = (KERNEL / "static/tongzhou/icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r'\{% icon "([^"]+)"', path.read_text(encoding="utf-8"))
    }
    named |= {picture for _words, picture in shapes.WHY_KINDS.values()}
    named |= {f"s-{code}" for code in shapes.STATES if code != "done"}
    named |= {f"s-{code}" for code in shapes.STRENGTHS}
    assert named <= drawn, named - drawn


def test_a_strip_fills_its_bar_and_shows_the_smallest_part() -> None:
    drawn, total = shapes.strip_parts(
        [{"code": "SILENT", "count": 99_999}, {"code": "ACCEPTED", "count": 1}]
    )
    assert total == 100_000
    assert [part.code for part in drawn] == ["accepted", "silent"]
    assert drawn[0].width == "0.800%"
    assert sum(float(part.width.rstrip("%")) for part in drawn) == pytest.approx(100)
    assert drawn[0].share == "<1%"
    assert drawn[1].share == ">99%"


def test_a_strip_of_nothing_says_so() -> None:
    assert shapes.strip_parts([{"code": "silent", "count": 0}])[0][0].width == "0.000%"
    assert "没有应报事项" in rendered("{% strip parts legend=False %}", parts=[])


def test_a_strip_links_each_part_to_its_list() -> None:
    html = rendered("{% strip parts %}", parts=[{"code": "overdue", "count": 3, "href": "/late"}])
    assert html.count('href="/late"') == 2
    assert "逾期" in html


def test_text_of_data_is_escaped() -> None:
    html = rendered(
        "{% state 'draft' label=x %}{% number 1 href=x label=x %}{% why steps %}",
        x="<i>",
        steps=[{"kind": "clause", "title": "<i>", "text": "<i>"}],
    )
    assert "<i>" not in html


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "—"), (0, "0"), (4958, "4,958"), (1.25, "1.2"), ("三", "三")]
)
def test_figures_are_written_for_people(value: object, shown: str) -> None:
    assert shapes.figure(value) == shown


def test_moments_are_told_in_the_readers_time_and_language() -> None:
    at = datetime(2022, 12, 7, 8, 20, tzinfo=UTC)
    assert shapes.moment(at) == "2022年12月7日 16:20"
    assert shapes.moment(date(2022, 12, 7)) == "2022年12月7日"
    assert shapes.moment("今天 16:00 前") == "今天 16:00 前"
    with translation.override("en"):
        assert shapes.moment(at) == "7 Dec 2022, 16:20"


def test_a_diff_marks_only_the_changed_words() -> None:
    same, changed, removed, added = shapes.diff_rows(
        [
            {"address": "1", "before": "甲", "after": "甲"},
            {"address": "2", "before": "测量体温。", "after": "测量体温并登记。"},
            {"address": "3", "before": "停办。", "after": None},
            {"address": "4", "before": None, "after": "日报。"},
        ]
    )
    assert [same.kind, changed.kind, removed.kind, added.kind] == [
        "same",
        "changed",
        "removed",
        "added",
    ]
    assert [piece.text for piece in changed.after if piece.changed] == ["并登记"]
    assert not any(piece.changed for piece in changed.before)


def test_quoted_words_are_marked_in_their_clause() -> None:
    pieces = shapes.marked("不得囤积，不得哄抬。", ["不得哄抬", "没有的话", ""])
    assert [(piece.text, piece.changed) for piece in pieces] == [
        ("不得囤积，", False),
        ("不得哄抬", True),
        ("。", False),
    ]


@pytest.mark.parametrize(
    ("number", "last", "shown"),
    [
        (1, 1, [1]),
        (4, 13, [1, 2, 3, 4, 5, None, 13]),
        (7, 13, [1, None, 6, 7, 8, None, 13]),
    ],
)
def test_page_numbers_leave_gaps(number: int, last: int, shown: list[int | None]) -> None:
    assert shapes.page_numbers(number, last) == shown


def test_pages_keep_the_rest_of_the_query() -> None:
    request = RequestFactory().get("/list/", {"q": "协会", "page": "2"})
    html = rendered(
        "{% pagination page %}", request=request, page=Paginator(range(100), 25).get_page(2)
    )
    assert "q=%E5%8D%8F%E4%BC%9A&amp;page=3" in html


@pytest.mark.parametrize(("part", "said"), [(False, "共 100 条"), (True, "这里列出 100 条")])
def test_pages_of_a_part_do_not_pass_for_the_whole(*, part: bool, said: str) -> None:
    page = Paginator(range(100), 25).get_page(2)
    assert f"第 26–50 条，{said}" in rendered(
        "{% pagination page part=part %}", page=page, part=part
    )


class Report(forms.Form):
    """A form with a text field and a choice."""

    name = forms.CharField(label="名称", help_text="与登记证一致。")
    closed = forms.ChoiceField(label="暂停", widget=forms.RadioSelect, choices=[("y", "是")])


def test_the_summary_links_to_each_wrong_field() -> None:
    html = rendered("{% errors form %}{% fields form %}", form=Report({}))
    targets = re.findall(r'<a href="#([^"]+)"', html)
    assert targets == ["id_name", "id_closed_0"]
    assert all(f'id="{target}"' in html for target in targets)


def test_a_field_names_its_help_and_error() -> None:
    html = rendered("{% field form.name source='登记系统' %}", form=Report({}))
    (described,) = re.findall(r'<input[^>]*aria-describedby="([^"]+)"', html)
    assert described.split() == ["id_name_helptext", "id_name_source", "id_name_error"]
    assert all(f'id="{name}"' in html for name in described.split())
    assert 'aria-invalid="true"' in html


def test_an_unsent_form_has_no_summary() -> None:
    assert "tz-errors" not in rendered("{% errors form %}", form=Report())


def test_a_refusal_tells_reason_rule_and_way_out() -> None:
    refusal = Refusal("已过期限。", clause="三.9", way_out="请联系民政局。", field="name")
    html = rendered("{% errors form refusal %}", form=Report(), refusal=refusal)
    assert 'href="#id_name"' in html
    for words in ("已过期限。", "三.9", "请联系民政局。"):
        assert words in html


def test_progress_tells_how_long_to_go_and_stops_asking_when_done() -> None:
    now = datetime(2022, 12, 7, tzinfo=UTC)
    job = SimpleNamespace(
        id="0b6c8c2e-7d62-4a9c-9b0a-1f6f3f0f3d11",
        label="导入",
        state="RUNNING",
        done=25,
        total=100,
        started_at=now - timedelta(seconds=60),
    )
    html = rendered("{% progress job now %}", job=job, now=now)
    assert 'hx-trigger="every 2s"' in html
    assert "还需约 3 分钟" in html
    job.state = "DONE"
    assert "hx-get" not in rendered("{% progress job now %}", job=job, now=now)


def test_drill_rows_open_in_place_and_are_plain_links() -> None:
    table = {
        "caption": "各区",
        "columns": [{"code": "owed", "label": "应报", "kind": "number"}],
        "depth": 1,
        "rows": [
            {
                "label": "天河区",
                "children_url": "/r?440106",
                "cells": {"owed": {"value": 8, "href": "/l"}},
            }
        ],
    }
    html = render_to_string("ui/drill_rows.html", {"table": table})
    assert 'href="/r?440106" hx-get="/r?440106"' in html
    assert 'data-depth="1"' in html
    assert 'data-label="应报"' in html


def test_a_chart_brings_its_table_and_sorts_its_bars() -> None:
    spec = {
        "kind": "bar",
        "title": "未报",
        "rows": [{"label": "小", "value": 1}, {"label": "大", "value": 9, "href": "/x"}],
    }
    html = rendered("{% chart spec %}", spec=spec)
    assert html.index("大") < html.index("小")
    assert '<script id="chart-' in html
    assert 'type="application/json"' in html
    assert '<a class="tz-number" href="/x">9</a>' in html


def test_the_title_of_a_page_is_its_heading() -> None:
    page = engines["django"].from_string(
        '{% extends "base.html" %}{% block title %}谁还没报{% endblock %}'
    )
    html = page.render({}, RequestFactory().get("/"))
    assert "<h1>谁还没报</h1>" in html
    assert "<title>谁还没报" in html


@pytest.mark.parametrize("code", [400, 403, 404, 409, 422, 500])
def test_error_pages_stand_without_a_request(code: int) -> None:
    html = render_to_string(f"{code}.html", {"reference": "9f31c2aa"})
    assert "9f31c2aa" in html
    assert "<h1>" in html
