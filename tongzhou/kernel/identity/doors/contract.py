"""What a door is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tongzhou.base.errors import Refusal


class DoorRefusal(Refusal):
    """Refuse a sign-in through another system."""

    status = 403
    title = "没有登录成功"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the other system says it is: ``subject`` is its own lasting id, never a name."""

    subject: str
    name: str = ""


class Door(ABC):
    """One way of signing in through another system. Addresses come from the settings alone."""

    code: ClassVar[str]
    #: Which parameter of the callback carries the code or ticket.
    parameter: ClassVar[str]

    def __init__(self, held: Mapping[str, str]) -> None:
        self.held = held

    @property
    def label(self) -> str:
        """Return what the button says."""
        return self.held.get("label", self.code)

    @abstractmethod
    def start(self, state: str, callback: str) -> str:
        """Return where to send the browser; it comes back to ``callback`` with ``state``."""

    @abstractmethod
    def identify(self, proof: str, callback: str) -> Identity:
        """Ask the other system's server whose code or ticket this is. Raises DoorRefusal."""
