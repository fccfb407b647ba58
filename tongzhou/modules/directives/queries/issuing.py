"""Who may end a text: the authority that issued it, and those above."""

from tongzhou.kernel.access import NATION, Actor
from tongzhou.kernel.database import rows


def may_repeal(actor: Actor, authority_id: int | None) -> bool:
    """Tell whether an actor works at the authority that issued a directive, or at one above.

    Where the issuer is not an authority known here, only the nation's may.
    """
    if actor.is_system:
        return True
    if not actor.is_authority:
        return False
    if authority_id is None:
        return (actor.low, actor.high) == NATION
    if actor.authority_id == authority_id:
        return True
    found = rows(
        "SELECT r.id, r.high FROM registry_authority a JOIN registry_region r ON r.id = a.region_id"
        " WHERE a.id = %s",
        [authority_id],
    )
    if not found:
        return False
    low, high = found[0]
    return actor.low <= low and high <= actor.high and (actor.low, actor.high) != (low, high)
