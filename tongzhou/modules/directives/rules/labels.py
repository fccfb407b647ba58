"""Say what has the form of a label."""

import re

from tongzhou.modules.directives.rules.cleaning import Stream

CN_DIGIT = "[一二三四五六七八九十百零〇]"
#: Whatever has the form of a label; the named groups say which kind.
LABEL = re.compile(
    rf"第(?P<article>{CN_DIGIT}{{1,6}}|\d{{1,3}})(?P<unit>部分|[编章节款]|条(?:之[一二三四五六七八九十])?)"
    rf"|第(?P<ordinal>[一二三四五六七八九十]{{1,2}})(?=[，、：]|是(?!否)|要(?![务义素件领]))"
    rf"|\((?P<cn_bracket>{CN_DIGIT}{{1,4}})\)"
    r"|\((?P<bracket>\d{1,3})\)"
    rf"|其(?P<among>[一二三四五六七八九十])(?=[，、：是])"
    r"|(?P<spoken>[一二三四五六七八九十]{1,2})[是要](?!否|么|不是)"
    rf"|(?P<chinese>{CN_DIGIT}{{1,4}}|[壹贰叁肆伍陆柒捌玖拾]{{1,2}})(?P<cn_stop>[、.]|(?=[，:：]))"
    r"|(?P<digits>\d{1,20}(?:\.\d{1,3}){0,3})(?P<stop>[.、)]|(?=[，：]))?"
    r"|(?P<firstly>首先|其次|再次|再者|最后)(?=，|[是要])"
    r"|(?P<enclosed>[\u2460-\u249b\u2776-\u2789\u3220-\u3229\u3251-\u325f])"
)


def begins_label(stream: Stream, index: int) -> bool:
    """Say whether the words at ``index`` have the form of a label."""
    return LABEL.match(stream.fold, index) is not None
