"""What becomes of duties when their text is amended, and what a supplement speaks of."""

import pytest

from tongzhou.modules.compiler.contracts import ClauseDraft
from tongzhou.modules.compiler.rules.alignment import Fate, Unit
from tongzhou.modules.compiler.rules.carrying import (
    Carried,
    OldDuty,
    Outcome,
    carry,
    is_decided,
    match_clauses,
)
from tongzhou.modules.compiler.rules.refining import (
    cited_addresses,
    refined_clauses,
    refined_duty,
    refined_spec,
)
from tongzhou.modules.compiler.rules.sentences import sentence_with, sentences_of
from tongzhou.modules.directives.public import Stretches


def clauses(*texts: str, kind: str = "ITEM") -> list[ClauseDraft]:
    """Return working clauses numbered from 1."""
    found, at = [], 0
    for number, text in enumerate(texts, start=1):
        found.append(
            ClauseDraft(
                key=number,
                position=number - 1,
                address=str(number),
                label=f"{number}.",
                level=3,
                kind=kind,
                parent=None,
                heading="",
                text=text,
                start=at,
                end=at + len(text),
            )
        )
        at += len(text)
    return found


def duty(root: int, clause: str, quote: str, **more: object) -> OldDuty:
    """Return a duty of the old wording."""
    return OldDuty(root, clause, {"id": f"d{root}", "quote": quote, "title": {"zh": quote}, **more})


OLD = [
    Unit("1", "各社会组织要每日16:00前报送防控情况。不得瞒报、漏报。"),
    Unit("2", "暂停举办各类聚集性活动；确需举办的，报登记管理机关同意。"),
    Unit("3", "做好办公场所通风、消毒工作。"),
]


def carried(quote: str, clause: str, *texts: str, **more: object) -> Carried:
    """Return what becomes of one duty when the old text is replaced by these clauses."""
    new = clauses(*texts)
    return carry([duty(7, clause, quote, **more)], OLD, new, match_clauses(OLD, new))[0]


def test_same_sentence_goes_on_wherever_it_stands() -> None:
    """A duty whose sentence survived goes on, in a clause that moved or changed elsewhere."""
    moved = carried("不得瞒报、漏报", "1", "加强组织领导。", OLD[0].text)
    assert (moved.outcome, moved.fate, moved.clause) == (Outcome.CONTINUES, Fate.MOVED, 2)
    beside = carried("不得瞒报、漏报", "1", OLD[0].text.replace("16:00", "17:00"))
    assert (beside.outcome, beside.fate, beside.clause) == (Outcome.CONTINUES, Fate.CHANGED, 1)


def test_width_and_space_do_not_matter() -> None:
    """Another converter's punctuation is no other duty."""
    found = carried(
        "暂停举办各类聚集性活动", "2", "暂停举办各类\n聚集性活动;确需举办的,报登记管理机关同意。"
    )
    assert found.outcome is Outcome.CONTINUES


def test_same_quote_in_a_changed_sentence_is_asked() -> None:
    """The quoted words survive, but the hour beside them changed: a person decides."""
    found = carried("报送防控情况", "1", OLD[0].text.replace("每日16:00前", "每周五前"))
    assert found.outcome is Outcome.ASK
    assert found.quote == "报送防控情况"
    assert found.before == "各社会组织要每日16:00前报送防控情况。"
    assert found.after == "各社会组织要每周五前报送防控情况。"


def test_reworded_sentence_is_asked_with_its_new_words() -> None:
    """Where the quote is gone, the nearest new sentence is put beside the old one."""
    found = carried(
        "做好办公场所通风、消毒工作",
        "3",
        OLD[0].text,
        OLD[1].text,
        "做好办公场所和宿舍通风、消杀工作。",
    )
    assert (found.outcome, found.clause) == (Outcome.ASK, 3)
    assert found.quote == "做好办公场所和宿舍通风、消杀工作"


def test_reworded_part_of_a_sentence_is_asked_with_the_part_like_it() -> None:
    """A duty drawn from a part of a sentence is shown the part that took its place."""
    text = "养老机构要落实“五个一”：建好台账，每月自查一次，每季度研究一次，每年演练一次。"
    old, new = [Unit("1", text)], clauses(text.replace("自查一次", "自查两次"))
    found = carry([duty(7, "1", "每月自查一次")], old, new, match_clauses(old, new))[0]
    assert (found.outcome, found.quote) == (Outcome.ASK, "每月自查两次")


def test_removed_clause_and_removed_sentence_end() -> None:
    """A duty whose clause or sentence is gone ends, once a person confirms it."""
    gone = carried("做好办公场所通风、消毒工作", "3", OLD[0].text, OLD[1].text)
    assert (gone.outcome, gone.fate, gone.clause) == (Outcome.ENDS, Fate.REMOVED, None)
    cut = carried("确需举办的，报登记管理机关同意", "2", OLD[0].text, "暂停举办各类聚集性活动；")
    assert (cut.outcome, cut.clause) == (Outcome.ENDS, None)


def test_sentence_that_went_into_another_clause_goes_on() -> None:
    """A long sentence is found where it stands now, although its clause became another one."""
    found = carried(
        "确需举办的，报登记管理机关同意",
        "2",
        OLD[0].text,
        "暂停举办各类聚集性活动。",
        OLD[2].text + "确需举办的，报登记管理机关同意。",
    )
    assert (found.outcome, found.clause) == (Outcome.CONTINUES, 3)


def test_split_clause_keeps_its_duties() -> None:
    """Each part of a clause that was split keeps the duties of its sentences."""
    parts = ["各社会组织要每日16:00前报送防控情况。", "不得瞒报、漏报。"]
    assert carried("不得瞒报、漏报", "1", *parts).clause == 2
    assert carried("报送防控情况", "1", *parts).clause == 1


def test_words_of_phase_have_to_survive_too() -> None:
    """Without the words that limited it to a phase, a duty does not go on by itself."""
    found = carried("不得瞒报、漏报", "1", OLD[0].text, phase_words="响应终止之前")
    assert found.outcome is Outcome.ASK


def test_unknown_clause_ends() -> None:
    """A duty of a clause that is not there, a broken library, is listed and not lost."""
    assert carried("做好", "9.9", OLD[0].text).outcome is Outcome.ENDS


def test_decided_clauses() -> None:
    """Only clauses with the old text were decided about before."""
    new = clauses(OLD[2].text, OLD[0].text.replace("16", "17"), "全新的一条要求。")
    matches = match_clauses(OLD, new)
    assert [is_decided(number, matches) for number in range(3)] == [True, False, False]


def test_sentences() -> None:
    """Sentences give the text back, and a quote across two of them takes both in."""
    text = "一要报送；二要公开。三要 值守"
    assert sentences_of(text) == ["一要报送;", "二要公开。", "三要值守"]
    assert sentence_with(text, "报送；二要") == "一要报送;二要公开。"
    assert sentence_with(text, "没有") == ""


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("对《实施方案》第二条第（三）项补充如下：", "2.3"),
        ("对第三部分第8点作如下细化", "3.8"),
        ("第三条（八）改为每日报送", "3.8"),
        ("根据方案第三条第二款第（一）项", "3.1"),
        ("对第三条补充", "3"),
        ("对第十二条补充", "12"),
        ("在第9条之外", None),
        ("三条措施", None),
    ],
)
def test_cited_clauses(text: str, address: str | None) -> None:
    """Numbers of clauses are read in the forms that supplements use."""
    found = cited_addresses(text, {"2", "2.3", "3", "3.1", "3.8", "12"})
    assert found[:1] == ([address] if address else [])


UPPER = [
    Unit("1", "加强组织领导，成立工作领导小组。"),
    Unit("2.1", "各社会组织要每日报送防控情况。"),
    Unit("2.2", "暂停举办各类聚集性活动。"),
]
DUTIES = [
    duty(1, "2.1", "每日报送防控情况", bearer={"kind": "ORGANISATION"}),
    duty(2, "2.2", "暂停举办各类聚集性活动", bearer={"kind": "ORGANISATION"}),
    duty(3, "1", "成立工作领导小组", bearer={"kind": "AUTHORITY"}),
]


def test_refined_clauses() -> None:
    """A clause refines what it names, else what it is about, else what stands above it."""
    lower = clauses(
        "对第二条第（一）项补充如下：",
        "各区民政局每日汇总。",
        "培训、讲座等聚集性活动一律暂停举办。",
    )
    below = ClauseDraft(**{**{f: getattr(lower[1], f) for f in lower[1].__slots__}, "parent": 1})
    assert refined_clauses(UPPER, [lower[0], below, lower[2]]) == {1: "2.1", 2: "2.1", 3: "2.2"}


def test_refined_duties() -> None:
    """A sentence refines the upper duty of its matter and bearer, or adds one."""
    whom = {"kind": "ORGANISATION"}
    found = refined_duty("各社会组织每日16时前报送防控情况", "2.1", DUTIES, whom)
    assert found is not None
    assert found.root == 1
    assert refined_duty("储备不少于14天的口罩", "2.1", DUTIES, whom) is None
    assert refined_duty("成立工作领导小组", "", DUTIES, whom) is None


def test_what_is_done_tells_duties_of_the_same_bearers_apart() -> None:
    upper = [
        duty(
            1,
            "2",
            "民办学校、民办养老院要落实责任，建好安全生产台账",
            title={"zh": "建好安全生产台账"},
        ),
        duty(2, "2", "每月开展一次安全生产自查", title={"zh": "每月开展一次安全生产自查"}),
    ]
    text = "民办学校、民办养老院要每周开展一次安全自查"
    found = refined_duty(text, "2", upper, None, "每周开展一次安全自查")
    assert found is upper[1]


def test_what_a_supplement_does_not_say_is_the_upper_texts() -> None:
    """Organ, form and time of the upper duty stay; what is only recommended has no time."""
    upper = {
        "id": "u",
        "title": {"zh": "上级"},
        "strength": "MUST",
        "bearer": {"kind": "ORGANISATION", "organ": "SECRETARIAT"},
        "recurrence": "MONTHLY",
        "deadline": {"days": 5},
        "evidence": {"kind": "REPORT", "fields": [{"id": "form"}]},
        "minutes": 5,
    }
    own = {
        "title": {"zh": "本级"},
        "strength": "MUST",
        "bearer": {"kind": "ORGANISATION"},
        "deadline": {"days": 3},
        "evidence": {"kind": "STATEMENT"},
        "minutes": 1,
    }
    made = refined_spec(own, upper)
    assert "id" not in made
    assert made["bearer"] == upper["bearer"]
    assert (made["evidence"], made["minutes"]) == (upper["evidence"], upper["minutes"])
    assert (made["recurrence"], made["deadline"]) == ("MONTHLY", {"days": 3})
    soft = {**own, "strength": "MAY", "evidence": {"kind": "NONE"}, "deadline": {}, "minutes": 0}
    eased = refined_spec(soft, upper)
    assert eased.keys().isdisjoint({"recurrence", "deadline"})
    assert eased["minutes"] == 0
    assert refined_spec({**own, "bearer": {"kind": "AUTHORITY"}}, upper)["bearer"] == {
        "kind": "AUTHORITY"
    }


def test_words_are_found_whatever_their_marks() -> None:
    source = "一、要落实“五个一”的要求,\n建好台账。"
    ((start, end),) = Stretches(source).find('要落实"五个一"的要求，建好台账')
    assert source[start:end] == "要落实“五个一”的要求,\n建好台账"
