"""Layouts a document may arrive in, and documents of the genre made up for tests.

Every layout keeps the words and the numbering; a parser must find the same tree in all of them.
"""

import html
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tongzhou.modules.directives.contracts import ParsedDocument
from tongzhou.modules.directives.rules.cleaning import fold

_HALF = str.maketrans("，；：（）！？", ",;:()!?")
_FULL = str.maketrans(",;:()!?", "，；：（）！？")
_SQUEEZE = re.compile(r"\s|\*\*")


def squeezed(text: str) -> str:
    """Return folded ``text`` without white space and bold marks."""
    return fold(_SQUEEZE.sub("", text)).replace("．", ".")


def tree(document: ParsedDocument) -> list[tuple[int, int | None, str]]:
    """Return what must not depend on layout: level, parent and words of every clause."""
    return [
        (clause.level, clause.parent, squeezed(clause.text)[:12]) for clause in document.clauses
    ]


def one_line(text: str) -> str:
    """Put the whole text on one line, as a flattened web page does."""
    return re.sub(r"\s*\n\s*(?:[-*]\s+)?", "", text)


def rewrapped(text: str, width: int) -> str:
    """Break every line anew after ``width`` characters, inside words too, as a PDF does."""
    out = []
    for line in text.split("\n"):
        rest = line
        while len(rest) > width:
            cut = width
            while 0 < cut < len(rest) and rest[cut - 1 : cut + 1].strip().isascii():
                cut -= 1  # numbers and Latin words stay whole
            cut = cut or width
            out.append(rest[:cut])
            rest = rest[cut:]
        out.append(rest)
    return "\n".join(out)


def half_width(text: str) -> str:
    """Write the punctuation in half width."""
    return text.translate(_HALF)


def full_width(text: str) -> str:
    """Write the punctuation in full width."""
    return text.translate(_FULL)


def as_html(text: str) -> str:
    """Wrap every line in Word's paragraph and span tags."""
    rows = [
        f'<p class=MsoNormal style="text-indent:32.0pt"><span lang=EN-US>&nbsp;</span>'
        f"<span style='font-size:16.0pt'>{html.escape(line, quote=False)}</span></p>"
        for line in text.split("\n")
    ]
    style = "<html><head><style>p {1. x}</style></head><body><!-- 一、 no clause -->"
    return style + "\r\n".join(rows) + "</body></html>"


def with_page_numbers(text: str) -> str:
    """Put a page number after every fourth line."""
    lines = text.split("\n")
    out = []
    for number, line in enumerate(lines):
        out.append(line)
        if number % 4 == 3:
            out += ["", f"- {number // 4 + 1} -", ""]
    return "\n".join(out)


def with_windows_ends(text: str) -> str:
    """Write CRLF line ends and a byte-order mark."""
    return "\ufeff" + text.replace("\n", "\r\n")


_CN: list[str] = ["", *"一二三四五六七八九"]


def chinese(number: int) -> str:
    """Return 1-99 as a Chinese numeral."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _CN[ones]
    return ("" if tens == 1 else _CN[tens]) + "十" + _CN[ones]


LABELS: dict[str, Callable[[int], str]] = {
    "chapter": lambda n: f"第{chinese(n)}章　",
    "article": lambda n: f"第{chinese(n)}条　",
    "chinese": lambda n: f"{chinese(n)}、",
    "bracket": lambda n: f"（{chinese(n)}）",
    "dot": lambda n: f"{n}.",
    "wide_dot": lambda n: f"{n}．",
    "comma": lambda n: f"{n}、",
    "arabic_bracket": lambda n: f"（{n}）",
    "circled": lambda n: chr(0x245F + n),
    "spoken": lambda n: f"{chinese(n)}是",
    "demand": lambda n: f"{chinese(n)}要",
}
LEVELS = {
    "chapter": 0, "article": 1, "chinese": 1, "bracket": 2, "dot": 3, "wide_dot": 3, "comma": 3,
    "arabic_bracket": 4, "circled": 5, "spoken": 5, "demand": 5,
}  # fmt: skip
SCHEMES = (
    ("chinese", "bracket", "dot", "arabic_bracket"),
    ("chinese", "bracket", "dot", "arabic_bracket", "circled"),
    ("chinese", "bracket", "comma"),
    ("chinese", "dot", "spoken"),
    ("chinese", "wide_dot", "arabic_bracket"),
    ("chinese", "comma", "circled"),
    ("chinese", "bracket", "spoken"),
    ("chinese", "spoken"),
    ("chinese", "demand"),
    ("chapter", "article", "bracket"),
    ("article", "bracket", "dot"),
    ("dot", "arabic_bracket"),
    ("bracket", "dot"),
    ("chinese",),
    ("comma",),
)
# Sentences with things in them that look like labels and are none.
SENTENCES = (
    "各社会组织要加强内部消毒清洁、疫情监测和人员排查，及时消除隐患。",
    "体温超过37.3℃的，不得进入办公场所，并于2小时内报告属地社区（村）。",
    "按照《关于做好防控工作的通知》（京政发〔2020〕2号）要求，落实主体责任。",
    "应当遵守本办法第三条规定，依照第（二）项办理，不得擅自变更。",
    "对一、二级响应地区的人员，一律居家观察14天。",
    "自2020年1月31日起，每日16:00前报送情况，联系电话12345678。",
    "推动监事会（监事）履职，比上年增长2.5个百分点，完成率达到98.5%。",
    "会员企业（含分支机构）要落实落细，做到早发现、早报告、早隔离、早治疗。",
    "坚持“三会一课”等制度，第一、二季度各开展一次自查。",
    "鼓励通过网站、公众号等方式宣传，统一是要求，自愿是原则。",
    "其中3、4号楼由物业负责，1-5层由工会负责，10人以上的活动一律暂停。",
)
HEADINGS = (
    "提高政治站位",
    "加强组织领导，压实工作责任",
    "落实防控措施",
    "强化宣传引导和信息报送",
    "做好重点场所管理",
    "规范活动审批",
)


@dataclass
class MadeUp:
    """A document made up of a tree: its text in lines, and the tree a parser must find."""

    lines: list[str] = field(default_factory=list)
    expected: list[tuple[int, int | None, str]] = field(default_factory=list)


def make_up(seed: int, *, run_on: bool, scheme: tuple[str, ...], stops: bool) -> MadeUp:
    """Return a document of ``scheme``; ``run_on`` numbers of the second level do not restart.

    ``stops`` says whether headings end with a full stop.
    """
    rng = random.Random(seed)
    made = MadeUp()
    made.lines += [
        "某市民政局关于做好社会组织管理有关工作的通知",
        "各县（市、区）民政局，市级各社会组织：",
        "为落实上级部署，结合实际，现将有关事项通知如下：",
    ]
    running = [0] * len(scheme)
    _fill(made, rng, scheme, 0, None, running, run_on=run_on, stops=stops)
    made.lines += ["某市民政局", "2021年3月5日"]
    return made


def _fill(
    made: MadeUp,
    rng: random.Random,
    scheme: tuple[str, ...],
    depth: int,
    parent: int | None,
    running: list[int],
    *,
    run_on: bool,
    stops: bool,
) -> None:
    kind = scheme[depth]
    deepest = depth + 1 == len(scheme)
    keeps = (run_on and depth == 1 and kind in ("dot", "comma", "wide_dot")) or kind == "article"
    for position in range(rng.randint(2, 4)):
        running[depth] = running[depth] + 1 if keeps else position + 1
        number = running[depth]
        inner = not deepest and rng.random() < (0.8 if depth == 0 else 0.5)
        if inner or kind == "chapter":
            text = rng.choice(HEADINGS) + ("。" if stops and kind != "chapter" else "")
            if kind == "article" or scheme[depth + 1] in ("spoken", "demand"):
                text = rng.choice(SENTENCES)
        else:
            text = "".join(rng.sample(SENTENCES, rng.randint(1, 2)))
        index = len(made.expected)
        made.expected.append((LEVELS[kind], parent, squeezed(text)[:12]))
        label = LABELS[kind](number)
        if kind in ("spoken", "demand"):
            made.lines[-1] += label + text
        else:
            made.lines.append(label + text)
        if inner or kind == "chapter":
            _fill(made, rng, scheme, depth + 1, index, running, run_on=run_on, stops=stops)
