"""Text into lexemes, and what is asked into a query: pure parts of the search."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tongzhou.modules.directives.rules import seeking, tokens
from tongzhou.modules.directives.rules.seeking import Term, read_input, refine


def _lexemes(vector: str) -> dict[str, list[str]]:
    return {
        lexeme: places.split(",")
        for lexeme, places in (each.rsplit(":", 1) for each in vector.split(" ") if each)
    }


def test_every_pair_of_characters_is_a_lexeme_at_its_place() -> None:
    found = _lexemes(tokens.vector("加强消毒，防疫"))
    assert found["'消毒'"] == ["3B"]
    assert found["'强消'"] == ["2"]  # across two words: the least weight
    assert found["'防疫'"] == ["6B"]
    assert "'毒防'" not in found


def test_headings_weigh_more_and_what_stands_above_less() -> None:
    found = _lexemes(tokens.vector("落实消毒。每日消毒", heading="落实消毒。", above="秘书处"))
    assert found["'消毒'"] == ["3A", "8B"]
    assert found["'秘书'"][0].endswith("C")
    assert _lexemes(tokens.vector("", head="民社管函〔2020〕5号"))["'~2020'"] == ["6A"]


def test_width_case_and_line_ends_inside_chinese_do_not_count() -> None:
    assert tokens.fold("２０２０年 COVID-19").text == "2020年 covid-19"
    folded = tokens.fold("社 会\n组织")
    assert folded.text == "社会组织"
    assert folded.origins == (0, 2, 4, 5)
    assert "'会组'" in _lexemes(tokens.vector("社会\n组织"))


def test_figures_stay_whole() -> None:
    assert tokens.phrase("5号") == "('5' <1> '号':*)"
    assert tokens.phrase("民社管函〔2020〕5号").startswith(
        "('民社' <1> '社管' <1> '管函' <3> '2020'"
    )
    assert "'15'" in _lexemes(tokens.vector("第15号"))


@given(st.text(max_size=300))
def test_nothing_typed_becomes_an_operator(text: str) -> None:
    for query in (tokens.phrase(text), read_input(text).query(), refine(read_input(text)).some()):
        bare = re.sub(r"'[^'\\]*'(:\*)?", "", query)
        assert re.fullmatch(r"[\s()&|!]*(<\d+>[\s()&|!]*)*", bare), query
        assert "\x00" not in query
    assert "\x00" not in tokens.vector(text)


@given(st.text(alphabet="社会组织登记管理机关a1 ，\n", max_size=80))
def test_marks_stand_on_what_was_asked(text: str) -> None:
    for start, end in seeking.spans(text, ["组织", "登记"]):
        assert {"组", "登"} & set(text[start:end])
    pieces = seeking.excerpt(text, ["组织"], longest=40)
    shown = "".join(each.text for each in pieces).strip("…")
    assert shown in text


def test_a_long_text_costs_no_more_than_a_vector_can_hold() -> None:
    made = tokens.vector("".join(chr(0x4E00 + n % 20_000) for n in range(200_000)))
    assert len(made.split(" ")) <= tokens.LONGEST
    assert all(
        int(p.rstrip("ABC")) <= tokens.LAST_PLACE for p in made.split(" ")[-1].split(":")[1:]
    )


def test_the_input_is_read_as_people_mean_it() -> None:
    sought = read_input("消毒，“取消或者推迟” -培训 ２０２０ 的")
    assert [each.text for each in sought.wanted] == ["消毒", "取消或者推迟", "２０２０"]
    assert sought.wanted[1].exact
    assert [each.text for each in sought.unwanted] == ["培训"]
    assert sought.query().endswith("& !('培训')")


def test_an_open_quotation_mark_is_a_phrase() -> None:
    assert read_input("《关于加强党的领导").terms == (Term("关于加强党的领导", exact=True),)


def test_only_exclusions_ask_for_nothing() -> None:
    assert read_input("-消毒").query() == ""


def test_a_stop_word_alone_is_still_looked_for() -> None:
    assert read_input("的").wanted == (Term("的"),)


def test_a_long_run_is_cut_into_words_where_it_has_to_be() -> None:
    words = [each.text for each in refine(read_input("社会组织登记管理机关召集的活动")).terms]
    assert words == ["社会组织", "登记管理机关", "召集", "活动"]
    assert [each.text for each in refine(read_input("民社管函2020 5号"), longest=3).terms][
        -1
    ] == "5号"


def test_too_long_an_input_is_cut_and_told() -> None:
    sought = read_input("消毒" * 200)
    assert sought.cut_short
    assert not read_input("消毒").cut_short


def test_synonyms_go_both_ways_and_leave_the_word_out() -> None:
    assert "消毒" in seeking.synonyms("消杀")
    assert "消杀" in seeking.synonyms("消毒")
    assert "消毒" not in seeking.synonyms("消毒")


def test_an_excerpt_begins_at_a_sentence_and_marks_the_words() -> None:
    text = "一" * 200 + "。各社会组织要加强内部消毒清洁、疫情监测。" + "二" * 200
    pieces = seeking.excerpt(text, ["消毒"])
    assert pieces[0].text == "…"
    assert pieces[1].text.startswith("各社会组织要加强内部")
    assert [each.text for each in pieces if each.marked] == ["消毒"]
    assert pieces[-1].text == "…"


def test_figures_are_not_marked_inside_figures() -> None:
    assert seeking.spans("第15号、第5号", ["5号"]) == [(6, 8)]
