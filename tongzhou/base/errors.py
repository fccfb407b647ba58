"""Expected refusals, told apart from bugs.

A refusal is an answer, not a failure: it names what was refused, the rule behind it and the
way out. Entries turn it into a 4xx page or an RFC 9457 problem document; it is never logged as
an error. Anything else that is raised is a bug and gets a reference number.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar


class Refusal(Exception):
    """Say no to a well-formed request, with the reason and the way out.

    ``message`` is a sentence for the user with ``%(name)s`` places filled from ``params`` (kept
    apart so that an entry can translate the sentence first), ``clause`` the address of the clause
    or the article of law that says so, ``code`` a stable machine name, ``field`` the input it
    belongs to, ``way_out`` what the user can do next, ``faults`` finished messages per field when
    several fields are wrong.
    """

    status: ClassVar[int] = 422
    title: ClassVar[str] = "办理不了"

    def __init__(
        self,
        message: str,
        *,
        params: Mapping[str, object] | None = None,
        clause: str = "",
        code: str = "refused",
        field: str = "",
        way_out: str = "",
        faults: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.params: dict[str, object] = dict(params or {})
        self.clause = clause
        self.code = code
        self.field = field
        self.way_out = way_out
        self.faults: dict[str, str] = dict(faults or {})
        if field and field not in self.faults:
            self.faults[field] = self.text()

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Return the whole sentence, passed through ``translate`` before the places are filled."""
        message = translate(self.message)
        return message % self.params if self.params else message

    def __str__(self) -> str:
        return self.text()


class Forbidden(Refusal):
    """Refuse because the actor's role does not carry the permission."""

    status = 403
    title = "没有权限"


class Missing(Refusal):
    """Refuse because the thing does not exist or is not visible to the actor (no oracle)."""

    status = 404
    title = "没有找到"


class Conflict(Refusal):
    """Refuse because somebody else changed the thing first."""

    status = 409
    title = "已被他人处理"
