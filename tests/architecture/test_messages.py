"""Chinese first, English complete: no message without its translation."""

from pathlib import Path

import polib
import pytest

from tools import messages


def test_every_chinese_message_has_its_english() -> None:
    found = messages.check()
    assert not found, "\n".join(map(str, found))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project that the tool takes for ours."""
    for folder in ("tongzhou/modules/m/templates/m", "locale/en/parts"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(messages, "PROJECT", tmp_path)
    monkeypatch.setattr(messages, "PACKAGE", tmp_path / "tongzhou")
    monkeypatch.setattr(messages, "LOCALE", tmp_path / "locale/en")
    return tmp_path


def add_english(tree: Path, part: str, **texts: str) -> None:
    catalogue = polib.POFile()
    catalogue.extend(polib.POEntry(msgid=key, msgstr=text) for key, text in texts.items())
    catalogue.save(str(tree / f"locale/en/parts/{part}.po"))


def faults(tree: Path, path: str, source: str) -> list[tuple[str, str]]:
    target = tree / "tongzhou" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(source, encoding="utf-8")
    found = [(each.text, each.fault) for each in messages.check()]
    target.unlink()
    return found


def test_python_literals_need_english_and_documentation_does_not(tree: Path) -> None:
    add_english(tree, "m", 提交="Submit")
    source = '"""说明。"""\nA = "提交"\nB = "退回"\nC = "数字"  # data\n'
    assert faults(tree, "modules/m/pages.py", source) == [("退回", "no English")]


def test_f_strings_with_chinese_are_refused(tree: Path) -> None:
    ((_, fault),) = faults(tree, "modules/m/pages.py", 'n = 1\nA = f"共 {n} 个"\n')
    assert fault == "an f-string cannot be translated"


def test_rules_may_hold_chinese_but_their_refusals_need_english(tree: Path) -> None:
    source = 'WORDS = ("各", "市")\n\ndef f():\n    raise Refusal("不行", way_out="重来")\n'
    found = faults(tree, "modules/m/rules/words.py", source)
    assert found == [("不行", "no English"), ("重来", "no English")]


def test_templates_need_english_inside_tags_and_no_chinese_outside(tree: Path) -> None:
    add_english(tree, "m", 好="Good")
    source = (
        '{% trans "好" %}\n{# 注释 #}\n{% trans "坏" %}\n'
        "{% blocktrans trimmed %}\n  共 {{ n }} 个\n{% endblocktrans %}\n"
        '<b>裸字</b>{{ x|default:_("无") }}{{ x|default:"空" }}\n'
    )
    found = faults(tree, "modules/m/templates/m/page.html", source)
    assert found == [
        ("坏", "no English"),
        ("共 %(n)s 个", "no English"),
        ("<b>裸字</b>", "Chinese outside trans"),
        ('x|default:"空"', "Chinese outside trans"),
        ("无", "no English"),
    ]


def test_parts_that_disagree_are_refused(tree: Path) -> None:
    add_english(tree, "a", 好="Good")
    add_english(tree, "b", 好="Fine")
    with pytest.raises(ValueError, match="another part"):
        messages.merge()


def test_the_catalogue_is_written_anew_when_a_part_changes(tree: Path) -> None:
    add_english(tree, "a", 好="Good")
    messages.compile_messages()
    target = tree / "locale/en/LC_MESSAGES/django.mo"
    assert [entry.msgstr for entry in polib.mofile(str(target))] == ["Good"]
    add_english(tree, "b", 坏="Bad")
    messages.compile_messages()
    assert {entry.msgstr for entry in polib.mofile(str(target))} == {"Good", "Bad"}
