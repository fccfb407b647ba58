"""Pages and Word's HTML: what a browser shows of the document, without the site around it."""

import pytest

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.contracts import Received
from tongzhou.modules.directives.rules import parse, read_document
from tongzhou.modules.directives.rules.intake import notes

TITLE = "某市民政局关于做好社会组织管理工作的通知"
FIRST = "一、加强组织领导。各单位要高度重视，压实责任，细化措施，确保各项工作落到实处。"
SECOND = "二、按时报送信息。社会组织每日16:00前报送情况，不得迟报、漏报、瞒报。"
MENU = (
    "<ul><li><a href=1>首页</a></li><li><a href=2>政务公开</a></li><li><a href=3>互动</a></li></ul>"
)
FOOT = "<div><p>主办单位：某市民政局　版权所有</p><p><a href=4>网站地图</a></p></div>"


def read(page: str, encoding: str = "utf-8") -> Received:
    return read_document(page.encode(encoding), "通知.html")


def lines(page: str) -> list[str]:
    return read(page).text.split("\n")


# Encodings


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gb18030"),
        ("<meta charset=GBK>", "gb18030"),
        ('<meta charset="big5">', "big5hkscs"),
        ("", "utf-8"),
        ("", "gb18030"),
        ("", "utf-16"),
        ('<meta charset="utf-8">', "utf-8-sig"),
        ('<meta charset="utf-8">', "gb18030"),
        ('<meta charset="gb2312">', "utf-8"),
        ('<meta charset="nonsense">', "gb18030"),
    ],
)
def test_pages_are_decoded_by_what_they_say_or_hold(head: str, encoding: str) -> None:
    words = "關於加強管理的通知，請各單位辦理。" if "big5" in encoding else f"{TITLE}，镕喆〇。"
    found = read(f"<html><head>{head}</head><body><p>{words}</p></body></html>", encoding)
    assert found.text == words
    assert found.format == "html"


# Words and breaks


def test_white_space_of_the_source_shows_as_a_browser_shows_it() -> None:
    assert lines(
        "<p>  为做好\n   工作，  现将\t有关 <b>事项</b>\r\n通知如下：</p><p>use\nExcel\n版</p>"
    ) == [
        "为做好工作， 现将 有关 事项通知如下：",
        "use Excel 版",
    ]


def test_breaks_blocks_and_indents() -> None:
    page = (
        '<p style="text-indent:2em">甲<br>乙</p><p style="text-indent: 32.0pt">丙</p>'
        '<p style="text-indent:0">丁</p><div>&nbsp;&nbsp;&nbsp;&nbsp;戊</div>&#12288;&#12288;己'
        "<p>&nbsp;</p><p>庚&lt;辛&gt;&amp;</p><pre>壬\n癸</pre>"
    )
    assert lines(page) == [
        "　　甲", "乙", "　　丙", "丁", "　　戊", "　　己", "", "庚<辛>&", "壬", "癸",
    ]  # fmt: skip


def test_numbers_of_lists_are_written() -> None:
    page = (
        "<ol><li>甲</li><li><p>乙</p></li><li value=7>丙</li></ol><ol start=3 type=a><li>丁</ol>"
        '<ol style="list-style-type:cjk-ideographic"><li>戊<ol type="I"><li>己</ol><li>庚</ol>'
        '<ul><li>辛</ul><ul style="list-style:none"><li>壬</ul>'
        "<ol reversed start=2><li>癸<li>子</ol>"
    )
    assert lines(page) == [
        "1. 甲", "2. 乙", "7. 丙", "c. 丁", "一、戊", "I. 己", "二、庚", "• 辛", "壬", "2. 癸",
        "1. 子",
    ]  # fmt: skip


def test_what_a_browser_does_not_show_is_left_out() -> None:
    page = (
        "<style>p{}</style><script>var a='一、不是条款';</script><!-- 注释 -->"
        '<p>甲<span style="display:none">隐</span>乙<del>删</del><ins>增</ins></p>'
        "<p hidden>无</p><noscript>无</noscript><select><option>选</select>"
        '<p style="mso-hide:all">藏'
    )
    found = read(page)
    assert found.text == "甲乙增"
    assert found.notes == (notes.CHANGES, notes.HIDDEN)


def test_the_html_of_word_is_read() -> None:
    page = f"""<html xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta http-equiv=Content-Type content="text/html; charset=gb2312">
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Print</w:View></w:WordDocument></xml><![endif]-->
<style><!-- p.MsoNormal {{mso-list:l0}} --></style></head>
<body lang=ZH-CN><div class=WordSection1>
<p class=MsoNormal align=center><span style='font-size:22.0pt'>{TITLE[:10]}<span
lang=EN-US><o:p></o:p></span></span></p>
<p class=MsoNormal align=center><span style='font-size:22.0pt'>{TITLE[10:]}</span></p>
<p class=MsoNormal>各单位：</p>
<p class=MsoListParagraph style='text-indent:-36.0pt;mso-list:l0 level1 lfo1'><![if
!supportLists]><span lang=EN-US style='mso-list:Ignore'>一、<span style='font:7.0pt "Times New
Roman"'> </span></span><![endif]><span>{FIRST[2:20]}</span><span>{FIRST[20:]}</span></p>
<p class=MsoNormal style='text-indent:32.0pt'><span>{SECOND}</span></p>
<p class=MsoNormal align=right>某市民政局</p>
<p class=MsoNormal align=right><span lang=EN-US>2020</span>年<span
lang=EN-US>1</span>月<span lang=EN-US>29</span>日</p>
</div></body></html>"""
    for data in (page.encode("gb18030"), page.replace("gb2312", "utf-8").encode()):
        found = read_document(data, "通知.doc")  # so Word's own users name it
        document = parse(found.text)
        assert found.notes == ()
        assert document.title == TITLE
        assert document.date == "2020-01-29"
        assert [(clause.label, clause.text) for clause in document.clauses] == [
            ("一、", FIRST[2:]),
            ("二、", SECOND[2:]),
        ]


def test_a_page_saved_as_one_file_is_read() -> None:
    page = f'<html><head><meta charset="gb2312"></head><body><p>{FIRST}</p></body></html>'
    mail = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\n'
        b'Content-Type: text/html; charset="gb2312"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
        + page.encode("gb18030")
        + b"\r\n--b\r\nContent-Type: image/png\r\n\r\nxx\r\n--b--\r\n"
    )
    assert read_document(mail, "通知.doc").text == FIRST


# The site around the document


def site(inner: str, *, before: str = "", after: str = "") -> str:
    return (
        f"<html><head><title>{TITLE}_某市民政局门户网站</title></head><body>{MENU}"
        f"<div>您现在的位置：<a href=5>首页</a></div>{before}{inner}{after}{FOOT}</body></html>"
    )


def test_menus_and_feet_of_a_site_are_left_out() -> None:
    inner = f"<div><h1>{TITLE}</h1><div>时间：2020-01-29 来源：本网</div><div id=zoom>"
    inner += f"<p>{FIRST}</p><p>{SECOND}</p></div></div>"
    found = read(site(inner))
    assert found.text.split("\n") == [TITLE, "时间：2020-01-29 来源：本网", FIRST, SECOND]
    assert found.notes == (notes.SITE,)


def test_a_signature_and_attachments_behind_the_text_stay() -> None:
    inner = f"<div><h1>{TITLE}</h1><div class=body><p>{FIRST * 4}</p><p>{SECOND * 4}</p></div>"
    after = "<p>某市民政局</p><p>2020年1月29日</p><p><a href=a>附件：登记表.doc</a></p></div>"
    found = lines(site(inner, after=after + "<p><a href=6>上一篇：通知</a></p>"))
    assert found == [
        TITLE, FIRST * 4, SECOND * 4, "某市民政局", "2020年1月29日", "附件：登记表.doc",
    ]  # fmt: skip


def test_a_letter_before_its_attachment_in_another_element_stays() -> None:
    letter = (
        f"<div><h1>{TITLE}</h1><div><p>各单位：</p><p>现将方案印发给你们，请认真落实。</p></div>"
    )
    attachment = f"<div><p>附件</p><p>工作方案</p><p>{FIRST * 6}</p><p>{SECOND * 6}</p></div></div>"
    found = lines(site(f"<div><h1>{TITLE}</h1>{letter}{attachment}</div>"))
    assert "现将方案印发给你们，请认真落实。" in found
    assert found[0] == TITLE


def test_old_sites_that_lay_out_with_tables_are_read() -> None:
    inner = (
        f"<table><tr><td width=200>{MENU}</td><td><table><tr><td align=center>{TITLE}</td></tr>"
        f"<tr><td>发布时间：2020-01-29</td></tr><tr><td><p>{FIRST}</p><p>{SECOND}</p>"
        "<table border=1><tr><td>名称</td><td>数量</td></tr><tr><td>口罩</td><td>1</td></tr>"
        "</table>"
        "</td></tr></table></td></tr></table>"
    )
    found = read(site(inner))
    assert found.text.split("\n") == [
        TITLE, "发布时间：2020-01-29", FIRST, SECOND, "名称\t数量", "口罩\t1",
    ]  # fmt: skip
    assert [found.text[start:end] for start, end in found.tables] == ["名称\t数量\n口罩\t1"]


def test_a_fragment_without_a_page_is_read_whole() -> None:
    page = "".join(f"<p>{each}</p>" for each in (TITLE, "各单位：", FIRST, SECOND, "某市民政局"))
    assert lines(page) == [
        TITLE, "各单位：", FIRST, SECOND, "某市民政局",
    ]  # fmt: skip


def test_a_list_of_links_in_the_document_to_files_stays() -> None:
    files = "".join(f"<p><a href={n}>{n}.附表{n}.xlsx</a></p>" for n in range(1, 5))
    assert "4.附表4.xlsx" in lines(site(f"<h1>{TITLE}</h1><div><p>{FIRST}</p>{files}</div>"))


def test_words_that_sites_use_as_well_stay_in_a_document() -> None:
    words = (
        "（一）强化技术支持。",
        "（二）推进无障碍环境建设。",
        "主办单位：某市民政局",
        "扫一扫健康码。",
    )
    inner = (
        f"<h1>{TITLE}</h1><div><p>{FIRST}</p>{''.join(f'<p>{each}</p>' for each in words)}</div>"
    )
    assert lines(site(inner))[2:] == list(words)


def test_large_pictures_of_the_document_are_named() -> None:
    inner = f"<img src=logo width=20 height=20><div><h1>{TITLE}</h1><p>{FIRST}</p><img src=x></div>"
    found = read(site(inner))
    assert notes.note(notes.PICTURES, count=1) in found.notes


# Pages that mean harm


@pytest.mark.parametrize("tag", ["div", "span", "table><tr><td", "ul><li", "b"])
@pytest.mark.parametrize("closed", [True, False])
def test_deep_markup_is_read_or_refused(tag: str, closed: bool) -> None:
    end = "".join(f"</{part}>" for part in reversed(tag.split("><")))
    page = f"<p>{FIRST}</p>" + f"<{tag}>" * 20_000 + "字" + (end * 20_000 if closed else "")
    try:
        found = read(page).text
    except Refusal as refusal:
        found = f"{FIRST} {refusal.code}"
    assert found.startswith(FIRST)
    assert found.removeprefix(FIRST).strip("•\t \n") in ("字", "document_broken")


def test_a_page_of_nothing_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        read("<html><head><title>标题</title></head><body><script>x</script>&nbsp;</body></html>")
    assert caught.value.code == "document_empty"
