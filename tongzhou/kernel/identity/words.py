"""Words that no password here may be made of: the product's, its offices', and the site's own."""

import unicodedata
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

#: What somebody who knows the office would try first.
WORDS = (
    *("tongzhou", "同舟", "minzheng", "minzhengju", "民政"),  # data
    *("shehuizuzhi", "社会组织", "fangkong", "防控", "mima", "密码"),  # data
    *("admin", "guanliyuan", "管理员"),  # data
)
#: So many characters have to be left when the words are taken away.
LEAST_LEFT = 6


class SiteWordsValidator:
    """Refuse a password that is one of these words with little around it."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = sorted(
            {_plain(each) for each in (*WORDS, *words) if each.strip()}, key=len, reverse=True
        )

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError when too little is left without the words."""
        left = _plain(password)
        if not any(word in left for word in self.words):
            return
        for word in self.words:
            left = left.replace(word, "")
        if len(left) < LEAST_LEFT:
            raise ValidationError(self.get_help_text(), code="password_of_site")

    def get_help_text(self) -> str:
        """Return the rule in a sentence."""
        return gettext("密码不能只由系统名、机关名这类常用词加几个字符组成。")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
