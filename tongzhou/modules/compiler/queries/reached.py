"""The rows and lists behind the numbers of a preview: regions, and organisations one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from tongzhou.kernel.database import rows
from tongzhou.modules.compiler.queries.preview import CAP, RegionRow
from tongzhou.modules.compiler.queries.scene import Scene
from tongzhou.modules.compiler.rules.reach import Population
from tongzhou.modules.registry.public import span

_CHILDREN = """
SELECT r.id, r.name, r.high, r.role,
       EXISTS (SELECT 1 FROM registry_region c WHERE c.parent_id = r.id AND c.valid_to IS NULL)
FROM registry_region r WHERE r.parent_id = ANY(%s) AND r.valid_to IS NULL ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of those reached a list shows: the same words as the number it stands behind.

    ``duty`` is the key of a working duty; ``now`` keeps those whose place is in a phase of it;
    ``over`` names a phase in which they are over the cap. ``own`` leaves out everything below
    ``region``.
    """

    region: int | None = None
    own: bool = False
    form: str = ""
    group: str = ""
    level: str = ""
    bearers: str = "ORGANISATION"
    duty: int | None = None
    now: bool = False
    over: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """One organisation or authority that is reached, and by how many duties."""

    id: int
    prov: int
    name: str
    form: str
    place: str
    registrar: str
    duties: int


def list_regions(scene: Scene, node: int) -> list[RegionRow]:
    """Return how many are reached in each region right below ``node``, and on its own ground.

    A code that only groups counties gives way to them.
    """
    children = rows(_CHILDREN, [[node]])
    grouping = [each[0] for each in children if each[3] == "GROUPING"]
    if grouping:
        children = [each for each in children if each[3] != "GROUPING"]
        children += rows(_CHILDREN, [grouping])
    names = {each[0]: (each[1], each[4]) for each in children}
    found = scene.populations_by(
        f"coalesce(r.id, {int(node)})",
        f"LEFT JOIN registry_region r ON r.id = ANY(%(children)s)"
        f" AND c.{scene.column} BETWEEN r.id AND r.high",
        children=sorted(names),
        **node_params(node),
    )
    counted: dict[int, list[int]] = {}
    for each, region in found:
        row = counted.setdefault(region, [0, 0, 0])
        official = scene.profiles[each.profile].form == "AUTHORITY"
        row[1 if official else 0] += each.count
        row[2] += each.count if not official and scene.owes_now(each) else 0
    own = rows("SELECT name FROM registry_region WHERE id = %s", [node])
    names[node] = (own[0][0] if own else "", False)
    return [
        RegionRow(region, names[region][0], names[region][1], *counted[region])
        for region in sorted(counted)
    ]


def node_params(node: int) -> dict[str, Any]:
    """Return the range of a region for :meth:`Scene.populations_by`."""
    low, high = span(node)
    return {"node_low": low, "node_high": high}


class ReachedList(Sequence[Reached]):
    """Those behind a number, in the order of their registrar and name; reads what is shown."""

    def __init__(self, scene: Scene, wanted: Wanted) -> None:
        self._scene = scene
        low, high = span(wanted.region) if wanted.region is not None else (0, 999_999)
        if wanted.own and wanted.region is not None:
            high = low
        self._span = {"node_low": low, "node_high": high}
        self._chosen = {
            (each.profile, *each.field): _owed(scene, wanted, each)
            for each, _key in scene.populations_by("0", "", **self._span)
            if _fits(scene, wanted, each)
        }
        self._length: int | None = None

    def _where(self) -> tuple[str, dict[str, Any]]:
        keys = list(self._chosen)
        sql = f"""
            FROM registry_organisation o
            JOIN registry_cell c ON c.id = o.cell_id AND c.prov = o.prov
            JOIN unnest(%(k_profile)s::bigint[], %(k_place)s::int[], %(k_registered)s::int[])
                 AS k(profile, place, registered)
              ON k.profile = c.profile_id
             AND k.place = width_bucket(c.place, %(places)s::int[])
             AND k.registered = width_bucket(c.registered_region, %(registered)s::int[])
            WHERE o.status IN ('ACTIVE', 'SUSPENDED') AND {self._scene.where}
              AND c.{self._scene.column} BETWEEN %(node_low)s AND %(node_high)s
            """
        return sql, {
            **self._scene.params,
            **self._span,
            "k_profile": [key[0] for key in keys],
            "k_place": [key[1] for key in keys],
            "k_registered": [key[2] for key in keys],
        }

    def __len__(self) -> int:
        if self._length is None:
            sql, params = self._where()
            self._length = rows(f"SELECT count(*) {sql}", params)[0][0] if self._chosen else 0
        return self._length

    @overload
    def __getitem__(self, index: int) -> Reached: ...

    @overload
    def __getitem__(self, index: slice) -> list[Reached]: ...

    def __getitem__(self, index: int | slice) -> Reached | list[Reached]:
        if isinstance(index, int):
            return self[index : index + 1][0]
        if not self._chosen:
            return []
        sql, params = self._where()
        start = index.start or 0
        stop = index.stop if index.stop is not None else len(self)
        found = rows(
            f"""
            SELECT o.id, o.prov, o.name, o.form, p.name, a.name, k.profile, k.place, k.registered
            FROM (SELECT o.*, k.profile, k.place AS field_place, k.registered {sql}
                  ORDER BY o.registered_region, o.name, o.id
                  LIMIT %(limit)s OFFSET %(offset)s) o
            CROSS JOIN LATERAL (SELECT o.profile, o.field_place AS place, o.registered) k
            JOIN registry_region p ON p.id = o.located_in_id
            JOIN registry_authority a ON a.id = o.registered_by_id
            ORDER BY o.registered_region, o.name, o.id
            """,  # noqa: S608 - made of constants, values are bound
            {**params, "limit": max(0, stop - start), "offset": start},
        )
        return [
            Reached(
                id=row[0],
                prov=row[1],
                name=row[2],
                form=row[3],
                place=row[4],
                registrar=row[5],
                duties=self._chosen[row[6], row[7], row[8]].bit_count(),
            )
            for row in found
        ]


def _owed(scene: Scene, wanted: Wanted, each: Population) -> int:
    """Return the draft's duties that a population owes among those that are asked about."""
    owed = scene.owes_now(each) if wanted.now else scene.owes(each)
    if wanted.duty is not None:
        owed &= scene.numbers(wanted.duty)
    return owed


def _fits(scene: Scene, wanted: Wanted, each: Population) -> bool:
    profile = scene.profiles[each.profile]
    kind = "AUTHORITY" if profile.form == "AUTHORITY" else "ORGANISATION"
    if wanted.bearers not in (kind, "ANY"):
        return False
    if wanted.form and profile.form != wanted.form:
        return False
    if wanted.level and profile.level != wanted.level:
        return False
    if wanted.group and wanted.group not in scene.groups_by_profile[each.profile]:
        return False
    if not _owed(scene, wanted, each):
        return False
    if wanted.over:
        mask = scene.after.in_phase(wanted.over)
        owed = scene.after.owed(each.profile, each.field) & mask
        return bool(owed & scene.own) and scene.after.load(owed).weekly > CAP
    return True
