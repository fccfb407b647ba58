"""Workflows as tables of steps.

A module declares its states and steps as data in ``workflow.py``; the commands of that module
lock the row, ask :meth:`Workflow.step` for the next state and write the journal.
"""

from dataclasses import dataclass

from tongzhou.base.errors import Conflict


@dataclass(frozen=True, slots=True)
class Step:
    """One allowed move: its name, the states it starts from, the state it leads to.

    ``sources`` may contain ``""``, which stands for "no record yet".
    """

    name: str
    sources: frozenset[str]
    target: str
    label: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """States with their labels, and the steps between them."""

    name: str
    states: dict[str, str]
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Raise ValueError when a step names a state that is not declared."""
        known = {"", *self.states}
        for step in self.steps:
            stray = (step.sources | {step.target}) - known
            if stray:
                raise ValueError(f"{self.name}.{step.name}: undeclared states {sorted(stray)}")

    def find(self, name: str) -> Step:
        """Return the step called ``name``; KeyError when there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def allowed(self, state: str) -> tuple[Step, ...]:
        """Return the steps that may be taken from ``state``."""
        return tuple(step for step in self.steps if state in step.sources)

    def step(self, state: str, name: str) -> str:
        """Return the state after ``name``; Conflict when it may not be taken from ``state``."""
        step = self.find(name)
        if state not in step.sources:
            here = self.states.get(state, "尚未开始")
            raise Conflict(
                "当前状态是“%(state)s”，不能再“%(step)s”。",
                params={"state": here, "step": step.label},
                code="wrong-state",
                way_out="请刷新页面，查看最新状态后再办理。",
            )
        return step.target
