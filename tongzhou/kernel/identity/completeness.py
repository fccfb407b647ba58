"""What a place cannot do for want of people: acts that take two of whom it has one, or none.

Read from the matrix of access: an act that names a ``second`` one needs two different people who
carry the two. Deputies don't count: whoever stands in goes again.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import Q

from tongzhou.kernel import matrix
from tongzhou.kernel.access import AUTHORITY_ROLES, Actor, Role, permissions_of
from tongzhou.kernel.identity.places import Place
from tongzhou.kernel.identity.rules import ROLES_AT
from tongzhou.kernel.identity.staffing import open_on, today_of
from tongzhou.kernel.models import Assignment
from tongzhou.kernel.reach import Reach

KINDS = ("REGISTRATION", "SITE")
#: Acts within a place; what one place does to another's has its second person there.
HERE = {Reach.AUTHORITY, Reach.REGION, Reach.SITE}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two acts for two people, by what they are called, and the roles that carry each."""

    first: str
    second: str
    first_roles: frozenset[Role]
    second_roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Gap:
    """A pair of acts that a place cannot do; ``wanted`` are the roles of whom it takes one more."""

    first: str
    second: str
    wanted: tuple[Role, ...]


@cache
def pairs(kind: str) -> tuple[Pair, ...]:
    """Return what takes two people at a place of a kind, each pair once."""
    known = {row.stem: row for row in matrix.rows()}
    fitting = ROLES_AT[kind]
    found: dict[frozenset[str], Pair] = {}
    for row in known.values():
        if not row.act.second:
            continue
        other = known[row.act.second]
        if not {row.act.reach, other.act.reach} <= HERE:
            continue
        # Of two that name each other the one declared first begins.
        one, two = (row, other) if other.act.second == row.stem else (other, row)
        held = Pair(
            one.act.label, two.act.label, fitting & set(one.roles), fitting & set(two.roles)
        )
        if held.first_roles and held.second_roles:
            found.setdefault(frozenset((row.stem, other.stem)), held)
    return tuple(found.values())


def gaps(roles: Mapping[int, set[Role]], kind: str) -> list[Gap]:
    """Return what the people of a place (user → roles) cannot do. Pure."""
    found = []
    for pair in pairs(kind):
        first = {user for user, held in roles.items() if held & pair.first_roles}
        second = {user for user, held in roles.items() if held & pair.second_roles}
        if first and second and len(first | second) > 1:
            continue
        wanted = pair.second_roles if first else pair.first_roles
        found.append(Gap(pair.first, pair.second, tuple(r for r in matrix.ROLES if r in wanted)))
    return found


def gaps_of(place: Place, at: datetime) -> list[Gap]:
    """Return what a place cannot do for want of people; nothing for those without such acts."""
    if place.kind not in KINDS:
        return []
    return gaps(_people(place.people(), at).get(place.authority_id, {}), place.kind)


def list_wanting(at: datetime, limit: int = 30) -> list[tuple[int, list[Gap]]]:
    """Return authorities with people of whom one more is needed; at most ``limit``, by id."""
    found = []
    everywhere = _people(Q(authority_id__isnull=False, role__in=AUTHORITY_ROLES), at)
    for authority_id, people in sorted(everywhere.items(), key=lambda each: each[0] or 0):
        missing = gaps(people, "REGISTRATION")
        if missing and authority_id is not None:
            found.append((authority_id, missing))
        if len(found) == limit:
            break
    return found


def _people(which: Q, at: datetime) -> dict[int | None, dict[int, set[Role]]]:
    """Return authority → user → roles of those who hold them today."""
    today = today_of(at)
    held = Assignment.objects.filter(
        which, open_on(today), from_on__lte=today, user__is_active=True
    ).values_list("authority_id", "user_id", "role")
    found: dict[int | None, dict[int, set[Role]]] = defaultdict(lambda: defaultdict(set))
    for authority_id, user_id, role in held:
        found[authority_id][user_id].add(Role(role))
    return found


def has_second(actor: Actor, stem: str, at: datetime, *, but: Collection[int] = ()) -> bool:
    """Tell whether somebody else at the actor's authority, not in ``but``, may do it today."""
    carriers = [str(role) for role in AUTHORITY_ROLES if stem in permissions_of(role)]
    today = today_of(at)
    return (
        Assignment.objects.filter(
            open_on(today),
            authority_id=actor.authority_id,
            role__in=carriers,
            from_on__lte=today,
            user__is_active=True,
        )
        .exclude(user_id__in={actor.user_id or 0, *but})
        .exists()
    )
