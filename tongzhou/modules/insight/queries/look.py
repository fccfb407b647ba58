"""One look at the figures: a question, the moment it is about, and what is in force then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongzhou.base import period
from tongzhou.base.period import local_day
from tongzhou.kernel.access import Actor
from tongzhou.modules.duties.public import (
    Breakdown,
    DutyRow,
    Figure,
    FigureRow,
    Ground,
    Measure,
    ObligationList,
    Recurrence,
    Selection,
    Tree,
    Window,
    figures,
    figures_of_tree,
    list_series,
    list_windows,
    total,
)
from tongzhou.modules.insight.contracts import Bearers, By, Question, TreeName
from tongzhou.modules.insight.queries.directives import list_duties

BREAKDOWNS: Mapping[By, Breakdown] = {
    By.REGION: Breakdown.REGION,
    By.DUTY: Breakdown.DUTY,
    By.FORM: Breakdown.FORM,
    By.GROUP: Breakdown.GROUP,
    By.AUTHORITY: Breakdown.AUTHORITY,
}


@dataclass(slots=True)
class Look:
    """A question of an actor with what it takes to answer it, each read once."""

    actor: Actor
    question: Question
    at: datetime
    _ground: Ground | None = None
    _windows: Sequence[Window] | None = None

    @property
    def ground(self) -> Ground:
        """Return what is in force where, at the moment the figures are true for."""
        if self._ground is None or self._ground.at != self.moment:
            self._ground = Ground(self.moment)
        return self._ground

    @property
    def moment(self) -> datetime:
        """Return the moment the figures are true for."""
        return self.question.as_of or self.at

    def other(self, **changes: object) -> "Look":
        """Return a look with some of the question replaced, at what is known already."""
        question = self.question.but(**changes)
        return Look(self.actor, question, self.at, self.ground)

    @property
    def libraries(self) -> list[int]:
        """Return the libraries in force."""
        return [each.library_id for each in self.ground.forces]

    @property
    def duties(self) -> dict[int, DutyRow]:
        """Return the counted duties in force, by id."""
        return list_duties(self.ground)

    @property
    def selection(self) -> Selection:
        """Return which obligations the question is about."""
        asked = self.question
        day = asked.day
        if day is not None and asked.duty is not None and asked.duty in self.duties:
            day = name_of(self.duties[asked.duty], day)
        return Selection(
            at=self.at,
            node=asked.region,
            tree=Tree.TERRITORY if asked.tree is TreeName.TERRITORY else Tree.REGISTRATION,
            library_id=asked.library,
            duty_ids=None if asked.duty is None else (asked.duty,),
            form=asked.form,
            group=asked.group,
            day=day,
            as_of=asked.as_of,
            bearers="AUTHORITY" if asked.bearers is Bearers.AUTHORITY else "ORGANISATION",
            own=asked.own,
            registrar=asked.registrar,
            organ="" if asked.duty is not None else asked.organ,
            recurrence=Recurrence.DAILY if day is not None and asked.duty is None else None,
        )

    @property
    def windows(self) -> Sequence[Window]:
        """Return where and when the duties asked for are in force."""
        if self._windows is None:
            asked = self.selection
            self._windows = list_windows(
                self.moment,
                library_id=asked.library_id,
                duty_ids=asked.duty_ids,
                day=asked.day,
                organ=asked.organ,
                recurrence=asked.recurrence,
                ground=self.ground,
            )
        return self._windows

    def figures(self, by: Breakdown = Breakdown.NONE) -> list[FigureRow]:
        """Return the figures per duty and row of the breakdown."""
        return figures(self.actor, self.selection, by, found=self.windows)

    def regions(self) -> dict[int, Figure]:
        """Return the figures of all regions of the subtree, whatever their level, by id."""
        found = figures_of_tree(self.actor, self.selection, found=self.windows)
        return {region: sum(found[region].values(), Figure()) for region in sorted(found)}

    def total(self) -> Figure:
        """Return the sum of everything asked for."""
        return total(self.figures())

    def obligations(
        self, measure: Measure, words: str = "", order: str = "place", whole: Figure | None = None
    ) -> ObligationList:
        """Return the list behind a measure's number; ``whole`` is the figure, if it was read."""
        return ObligationList(
            self.actor,
            self.selection,
            measure,
            words=words,
            order=order,
            found=self.windows,
            whole=whole,
        )

    def series(self, duty: DutyRow, count: int) -> list[tuple[date, Figure]]:
        """Return the figures of the last ``count`` periods of a recurring duty, oldest first."""
        name = name_of(duty, local_day(self.moment))
        names = [name]
        while len(names) < count:
            names.append(name_of(duty, names[-1] - timedelta(days=1)))
        asked = self.other(duty=duty.id, day=None)
        return list_series(self.actor, asked.selection, duty.id, names, ground=self.ground)


def name_of(duty: DutyRow, day: date) -> date:
    """Return the name of the period of a recurring duty in which a day lies."""
    recurrence = duty.spec.recurrence
    return day if recurrence is Recurrence.ONCE else period.name_of(recurrence, day)
