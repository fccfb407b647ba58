"""Typed access to YAML and JSON values, with refusals that say where the fault is."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Hashable
from enum import StrEnum
from typing import NoReturn, TypeVar

import yaml

from tongzhou.base.errors import Refusal
from tongzhou.modules.duties.contracts import Text

_Member = TypeVar("_Member", bound=StrEnum)
#: No library nests deeper than a choice of a field of a duty.
_DEEPEST = 20
_HAN = re.compile(r"[\u3400-\u9fff]")


class Reader:
    """Check values of one file, or of one named part of it; every fault is a Refusal."""

    def __init__(self, file: str, kind: str = "", name: str = "") -> None:
        self.file = file
        self._kind = kind
        self._name = name

    def within(self, kind: str, name: str) -> Reader:
        """Return a reader whose refusals also name a part, such as 任务 d8-entry."""
        return Reader(self.file, kind, name)

    def refuse(self, field: str, reason: str) -> NoReturn:
        """Refuse the file; the field may be empty if the whole part is at fault."""
        place = f"任务库 {self.file}"
        if self._kind:
            place += f"，{self._kind} {self._name}"
        if field:
            place += f"，字段 {field}"
        raise Refusal(
            "%(place)s：%(reason)s。",
            params={"place": place, "reason": reason},
            code="duties.library",
            field=field,
            way_out="请按任务库格式说明改正后重新装载。",
        )

    def mapping(
        self,
        value: object,
        field: str,
        *,
        required: Collection[str] = (),
        optional: Collection[str] | None = None,
    ) -> dict[str, object]:
        """Return a mapping with text keys.

        If ``required`` or ``optional`` is given, any other key is refused.
        """
        if not isinstance(value, dict):
            self.refuse(field, "应为键值对")
        for key in value:
            if not isinstance(key, str):
                self.refuse(field, f"键 {key!r} 应为文字")
        if required or optional is not None:
            allowed = {*required, *(optional or ())}
            for key in value:
                if key not in allowed:
                    self.refuse(_join(field, key), "不认识的键")
            for key in sorted(required):
                if key not in value:
                    self.refuse(_join(field, key), "缺少这一项")
        return value

    def sequence(self, value: object, field: str) -> list[object]:
        """Return a list."""
        if not isinstance(value, list):
            self.refuse(field, "应为列表")
        return value

    def string(self, value: object, field: str, *, pattern: re.Pattern[str] | None = None) -> str:
        """Return a text that is not blank and matches the pattern in full."""
        if not isinstance(value, str):
            self.refuse(field, "应为文字（数字和时刻须加引号）")
        text = value.strip()
        if not text:
            self.refuse(field, "不能为空")
        if pattern is not None and not pattern.fullmatch(text):
            self.refuse(field, f"写法不对：{text}")
        return text

    def integer(
        self, value: object, field: str, *, low: int | None = None, high: int | None = None
    ) -> int:
        """Return a whole number within the bounds."""
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(field, "应为整数")
        if low is not None and value < low:
            self.refuse(field, f"不能小于 {low}")
        if high is not None and value > high:
            self.refuse(field, f"不能大于 {high}")
        return value

    def boolean(self, value: object, field: str) -> bool:
        """Return true or false."""
        if not isinstance(value, bool):
            self.refuse(field, "应为 true 或 false")
        return value

    def member(self, value: object, field: str, kind: type[_Member]) -> _Member:
        """Return the member of an enumeration with this value."""
        try:
            return kind(self.string(value, field))
        except ValueError:
            self.refuse(field, f"不认识的代码 {value}，可用：{'、'.join(kind)}")

    def codes(self, value: object, field: str, known: Collection[str]) -> tuple[str, ...]:
        """Return a list of known codes without repetition."""
        found: list[str] = []
        for item in self.sequence(value, field):
            code = self.string(item, field)
            if code not in known:
                self.refuse(field, f"不认识的代码 {code}")
            if code in found:
                self.refuse(field, f"代码 {code} 重复")
            found.append(code)
        return tuple(found)

    def text(self, value: object, field: str, *, longest: int | None = None) -> Text:
        """Return a text; ``longest`` limits the Chinese one, in characters.

        The English one may be left out: officers write their libraries in Chinese.
        """
        items = self.mapping(value, field, required={"zh"}, optional={"en"})
        text = Text(
            zh=self.string(items["zh"], f"{field}.zh"),
            en=self.string(items["en"], f"{field}.en") if "en" in items else "",
        )
        if not _HAN.search(text.zh):
            self.refuse(f"{field}.zh", "应为中文")
        if _HAN.search(text.en):
            self.refuse(f"{field}.en", "英文中夹有汉字")
        if longest is not None and len(text.zh) > longest:
            self.refuse(f"{field}.zh", f"不能超过 {longest} 字，现有 {len(text.zh)} 字")
        return text


#: What PyYAML raises, past its own errors, for a value that its tag or shape promises and is not.
_UNFIT = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
#: The loader written in C where PyYAML has it: ten times as fast, the same plain data.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(source: str, reader: Reader) -> object:
    """Parse YAML; Refusal with the line on broken syntax or a key given twice."""
    try:
        depth = 0
        # Building nested values takes the stack of the process, so depth is measured beforehand.
        for event in yaml.parse(source, Loader=_SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                line = event.start_mark.line + 1 if event.start_mark else 0
                reader.refuse("", f"第 {line} 行嵌套太深")
        # The loader is SafeLoader with one more check: only plain data can come out of it.
        return yaml.load(source, Loader=_StrictLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        reader.refuse("", f"第 {line} 行 YAML 语法有误（{error.problem}）")
    except yaml.YAMLError as error:
        reader.refuse("", f"YAML 语法有误（{error}）")
    except _UNFIT:
        reader.refuse("", "有 YAML 无法表示的值，例如不存在的日期、过长的数字、用列表作键")


def load_json(source: str, reader: Reader) -> object:
    """Parse JSON; Refusal with the line on broken syntax or a key given twice."""

    def strict(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                reader.refuse("", f"键 {key} 重复")
            found[key] = value
        return found

    try:
        return json.loads(source.lstrip("\ufeff"), object_pairs_hook=strict)
    except json.JSONDecodeError as error:
        reader.refuse("", f"第 {error.lineno} 行 JSON 语法有误（{error.msg}）")
    except RecursionError:
        reader.refuse("", "JSON 嵌套太深")
    except ValueError:
        reader.refuse("", "有过长的数字")


class _StrictLoader(_SafeLoader):  # type: ignore[misc,valid-type]  # one of two safe loaders
    """SafeLoader that refuses a key given twice instead of keeping the last."""

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        """Build a mapping; ConstructorError on a repeated key."""
        seen: set[object] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"键 {key_node.value} 重复", key_node.start_mark
                )
            seen.add(key_node.value)
        result: dict[Hashable, object] = super().construct_mapping(node, deep=deep)
        return result


def _join(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key
