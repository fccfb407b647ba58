"""Why somebody owes a duty: clause, mapping, facts, phase, deadline, in the reader's language."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext

from tongzhou.base.period import local_day
from tongzhou.kernel.database import rows
from tongzhou.modules.duties.contracts import ATTRIBUTES, FORMS, ORGANS, Relation, Text
from tongzhou.modules.duties.queries.burdens import facts_of
from tongzhou.modules.duties.queries.changes import compare_duties
from tongzhou.modules.duties.queries.family import titles_of
from tongzhou.modules.duties.queries.force import DutyRow, Ground, get_duty, get_version, library_of
from tongzhou.modules.duties.queries.owing import covers
from tongzhou.modules.duties.queries.windowing import list_windows
from tongzhou.modules.duties.queries.wording import basis_text, day_text, deadline_text, say
from tongzhou.modules.duties.rules.applicability import phase_step
from tongzhou.modules.duties.rules.applicability import why as why_rule
from tongzhou.modules.registry.public import BearerRow, list_profiles
from tongzhou.modules.response.public import get_phase


@dataclass(frozen=True, slots=True)
class Because:
    """One step of an explanation; ``kind`` as the why drawer knows it.

    ``source`` is the version of a duty whose clause the step cites.
    """

    kind: str
    title: str
    text: str = ""
    quote: str = ""
    holds: bool = True
    source: DutyRow | None = None


_TITLES = {
    "bearer": Text("谁来承担", "Who bears it"),
    "level": Text("哪一级承担", "Which level bears it"),
    "group": Text("在文件里归入哪一类", "Which group of the directive"),
    "without": Text("除外情形", "Exception"),
    "organ": Text("由哪个机构承担", "Which organ does it"),
}


def clause_step(duty: DutyRow) -> Because:
    """Return the step that cites the clause."""
    return Because(
        kind="clause",
        title=gettext("第 %(clause)s 条") % {"clause": duty.clause},
        quote=duty.spec.quote,
        source=duty,
    )


def chain_steps(duty: DutyRow, bearer: BearerRow, ground: Ground) -> list[Because]:
    """Return the clause, then each upper clause that it refines, up to the first text."""
    lineage = ground.lineages.get(duty.id)
    layers = lineage.layers(ground.at, bearer.place, bearer.registered_region) if lineage else []
    uppers = [get_version(each.version_id) for each in layers]
    if duty.version_id in {each.version_id for each in uppers}:
        number = [each.version_id for each in uppers].index(duty.version_id)
        above = list(reversed(uppers[:number]))
    elif duty.relation is Relation.REFINES:
        above = [get_duty(duty.id, ground.at, ground=ground)]
    else:
        above = []
    titles = titles_of([duty, *above])

    def name(each: DutyRow) -> dict[str, str]:
        title, issuer = titles.get(each.expression, (each.expression, ""))
        return {"issuer": issuer, "title": title, "clause": each.clause}

    first = clause_step(duty)
    if above:
        text = gettext("%(issuer)s“%(title)s”第 %(clause)s 条") % name(duty)
        first = replace(first, title=text)
    found = [first]
    for lower, upper in pairwise([duty, *above]):
        changes = compare_duties(
            upper.spec, library_of(upper.library_id), lower.spec, library_of(lower.library_id)
        )
        told = gettext("；").join(
            gettext("%(label)s由“%(before)s”改为“%(after)s”")
            % {"label": each.label, "before": each.before or "—", "after": each.after or "—"}
            for each in changes
            if each.binding
        )
        found.append(
            Because(
                kind="clause",
                title=gettext("它细化的是%(issuer)s“%(title)s”第 %(clause)s 条") % name(upper),
                text=told,
                quote=upper.spec.quote,
                source=upper,
            )
        )
    return found


def why(duty: DutyRow, bearer: BearerRow, at: datetime) -> list[Because]:
    """Return the chain of reasons for which a bearer owes a duty at a moment, or does not.

    The clause, the upper clauses that it refines, the mapping, the facts, the phase, the deadline.
    """
    ground = Ground(at)
    library = library_of(duty.library_id)
    profile = list_profiles([bearer.profile_id])[0]
    found = why_rule(duty.spec, facts_of(profile), library)
    steps = chain_steps(duty, bearer, ground)
    for step in found.steps:
        if step.code != "clause":
            steps.append(
                Because(
                    kind="mapping" if step.holds else "refusal",
                    title=say(_TITLES[step.code]),
                    text=say(step.text),
                    holds=step.holds,
                )
            )
    steps.append(_facts(bearer, profile.organs, at))
    steps.append(_phase(duty, bearer, ground))
    if found.applies and steps[-1].holds:
        steps.append(_deadline(duty, bearer, at))
    return steps


_DATED = """
SELECT attribute, from_on, basis FROM registry_organisationattribute
WHERE organisation_id = %s AND prov = %s AND from_on <= %s AND (to_on IS NULL OR to_on >= %s)
ORDER BY from_on, attribute
"""


def _facts(bearer: BearerRow, organs: frozenset[str], at: datetime) -> Because:
    """Return what the register says of the bearer, with dates and sources."""
    today = local_day(at)
    told = [gettext("登记形式：%(form)s") % {"form": say(FORMS[bearer.form])}]
    for attribute, from_on, basis in rows(_DATED, [bearer.id, bearer.prov, today, today]):
        label = say(ATTRIBUTES[attribute]) if attribute in ATTRIBUTES else attribute
        text = gettext("%(label)s（自 %(day)s起）") % {"label": label, "day": day_text(from_on)}
        if basis:
            text = gettext("%(label)s（自 %(day)s起，依据：%(basis)s）") % {
                "label": label,
                "day": day_text(from_on),
                "basis": basis,
            }
        told.append(text)
    if organs and bearer.form != "AUTHORITY":
        listed = gettext("、").join(say(text) for code, text in ORGANS.items() if code in organs)
        told.append(gettext("已设：%(organs)s") % {"organs": listed})
    return Because(
        kind="facts",
        title=gettext("名册中的登记：%(name)s") % {"name": bearer.name},
        text=gettext("；").join(told) + gettext("。"),
    )


def _phase(duty: DutyRow, bearer: BearerRow, ground: Ground) -> Because:
    """Return whether the duty is in force at the bearer's place, since when, set by whom."""
    at = ground.at
    force = next((each for each in ground.forces if each.library_id == duty.library_id), None)
    lineage = ground.lineages.get(duty.id)
    upper = lineage.upper(at) if lineage else None
    layers = lineage.layers(at, bearer.place, bearer.registered_region) if lineage else []
    if force is None or upper is None:
        if upper is not None:
            return _overtaken(get_version(upper.version_id))
        return Because(
            kind="refusal",
            title=gettext("这份文件现在没有施行"),
            text=gettext("没有机关把它的任务付诸施行，或者已经终止。"),
            holds=False,
        )
    if layers and layers[-1].version_id != duty.version_id:
        return _overtaken(get_version(layers[-1].version_id))
    here = get_phase(upper.response_id, bearer.place, at)
    step = phase_step(duty.spec, here.phase.value if here.phase else None)
    told = say(step.text)
    if here.since is not None:
        origin = {"place": here.region.name, "day": day_text(local_day(here.since))}
        if here.own:
            told += gettext("%(place)s自 %(day)s起处于这个阶段，由本级设定。") % origin
        else:
            told += gettext("%(place)s自 %(day)s起处于这个阶段，随%(origin)s的设定。") % {
                **origin,
                "origin": here.origin,
            }
    return Because(
        kind="phase" if step.holds else "refusal",
        title=gettext("%(place)s的响应阶段") % {"place": here.region.name},
        text=told,
        holds=step.holds,
    )


def _overtaken(ruling: DutyRow) -> Because:
    """Return the step that says which other text of the duty rules."""
    title, issuer = titles_of([ruling]).get(ruling.expression, (ruling.expression, ""))
    return Because(
        kind="refusal",
        title=gettext("这里现行的是这项任务的另一个文本"),
        text=gettext("%(issuer)s“%(title)s”第 %(clause)s 条")
        % {"issuer": issuer, "title": title, "clause": ruling.clause},
        holds=False,
        source=ruling,
    )


def _deadline(duty: DutyRow, bearer: BearerRow, at: datetime) -> Because:
    """Return when it is due here and where that time comes from."""
    found = list_windows(at, duty_ids=[duty.id], counted=False, place=bearer.place)
    window = next(
        (each for each in found if each.version_id == duty.version_id and covers(each, bearer)),
        None,
    )
    told = basis_text(duty.spec)
    if window is not None and window.period.due_on is not None:
        told = gettext("这一期到 %(day)s为止。") % {"day": day_text(window.period.due_on)} + told
    return Because(
        kind="deadline",
        title=deadline_text(duty.spec.recurrence, duty.spec.deadline),
        text=told,
    )
