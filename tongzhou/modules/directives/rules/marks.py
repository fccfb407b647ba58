"""Patterns that several parts of the head and the closing look for."""

import re

from tongzhou.modules.directives.rules.words import any_of, table, words

TITLE_KIND = re.compile(any_of(words("title_kinds")))
FIELD = re.compile(rf"[\[(【]?({any_of(table('fields'))})[\])】]?：")
NUMBER = re.compile(
    r"(?P<prefix>[\u4e00-\u9fffA-Za-z]{1,20})"
    r"(?:[〔\[(【《{]{1,2}(?P<year>(?:19|20)\d{2})年?[〕\])】》}]{0,2}"
    r"|(?P<year2>(?:19|20)\d{2})[〕\])】》}]{1,2})"
    r"第?(?P<serial>\d{1,5})号"
)
FIRST_LABEL = re.compile(r"一[、.是要]|\(一\)|第一[条章部编]|1[.、]|首先")
FOOTER = re.compile(
    rf"[(\[【]?(?:{any_of(words('footers'))}|[\u4e00-\u9fff]公网安备|[\u4e00-\u9fff]ICP备)"
)
CN_DIGIT = "[一二三四五六七八九十]"
ANNEX_NO = rf"(?P<no>\d{{1,2}}|{CN_DIGIT}{{1,2}})?"
ANNEX = re.compile(rf"(?P<word>附件|附表|附录|附){ANNEX_NO}(?P<stop>[：.、])?")


def number_text(match: "re.Match[str]", original: str) -> str:
    """Return a document number with its brackets mended: 民社管函〔2020〕5号."""
    prefix = original[match.start("prefix") : match.end("prefix")]
    word = original[match.end() - 1]
    return f"{prefix}〔{match['year'] or match['year2']}〕{match['serial']}{word}"
