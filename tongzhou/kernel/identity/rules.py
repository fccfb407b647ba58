"""Who may give which role to whom. Pure: roles in, roles out.

A place gives roles to its own people. An authority gives an organisation that it registered its
first people. Nobody gives a role that checks their own work, nor opens the account of whoever holds
it: whoever hands out an invitation or a link for a password could use it. So the office does not
choose the auditor, and neither the legal representative nor the secretariat has a hand in the
supervisory board or the Party organisation, which answer to somebody else.
"""

from datetime import timedelta

from tongzhou.kernel.access import (
    AUTHORITY_ROLES,
    ORGANISATION_ROLES,
    READER_ROLES,
    Role,
)

INVITATION_LASTS = timedelta(days=14)
PASSWORD_LINK_LASTS = timedelta(hours=24)
#: How long a request waits for the second person, and how long those concerned are told of it.
PASSWORD_REQUEST_LASTS = timedelta(days=7)
INVITATION_REQUEST_LASTS = timedelta(days=7)
TOLD_OF_HELP = timedelta(days=14)
MOST_WRONG_WORDS = 5
LONGEST_DEPUTY = timedelta(days=180)

#: Which roles can be held at a place of a kind.
ROLES_AT: dict[str, frozenset[Role]] = {
    "ORGANISATION": ORGANISATION_ROLES,
    "REGISTRATION": AUTHORITY_ROLES,
    "SUPERVISOR": frozenset({Role.SUPERVISOR}),
    "INDUSTRY": frozenset({Role.INDUSTRY}),
    "TERRITORY": frozenset({Role.TERRITORY}),
    "PARTY": frozenset({Role.PARTY_LINE}),
    "SITE": frozenset({Role.OPERATOR}),
}

#: Organs of an organisation that are independent of its legal representative, and who says so.
INDEPENDENT: dict[Role, str] = {
    Role.SUPERVISORY_BOARD: "《基金会管理条例》第二十二条",  # data
    Role.PARTY_ORG: "《中国共产党章程》第三十一条",  # data
}

#: What a role gives to people of its own place.
GIVES: dict[Role, frozenset[Role]] = {
    Role.LEADER: AUTHORITY_ROLES,
    Role.OFFICE: AUTHORITY_ROLES - {Role.LEADER, Role.AUDITOR},
    Role.LEGAL_REP: ORGANISATION_ROLES - {Role.LEGAL_REP} - INDEPENDENT.keys(),
    Role.SECRETARIAT: ORGANISATION_ROLES - {Role.LEGAL_REP} - INDEPENDENT.keys(),
    **{role: frozenset({role}) for role in READER_ROLES},
    Role.OPERATOR: frozenset({Role.OPERATOR}),
}

#: What people of a registration authority give to an organisation that it registered.
GIVES_TO_ORGANISATIONS = frozenset({Role.LEGAL_REP, Role.SECRETARIAT, *INDEPENDENT})
OVER_ORGANISATIONS = frozenset({Role.LEADER, Role.OFFICE, Role.OFFICER, Role.CLERK})
#: Whose way back into their account nobody of their own place makes: they check all of it.
RECOVERED_ELSEWHERE = frozenset({Role.AUDITOR})

#: What the operator of the site gives to an authority: its first people.
OPERATOR_GIVES = AUTHORITY_ROLES | READER_ROLES | {Role.OPERATOR}


def gives(giver: Role, kind: str, *, own: bool) -> frozenset[Role]:
    """Return the roles that ``giver`` may give, change or end at a place of ``kind``.

    ``own``: the place is the giver's own.
    """
    fitting = ROLES_AT.get(kind, frozenset())
    if giver == Role.SYSTEM:
        return fitting
    if giver == Role.OPERATOR:
        return OPERATOR_GIVES & fitting
    if own:
        return GIVES.get(giver, frozenset()) & fitting
    if kind == "ORGANISATION" and giver in OVER_ORGANISATIONS:
        return GIVES_TO_ORGANISATIONS & fitting
    return frozenset()


def basis_of_independence(giver: Role, role: Role, *, own: bool) -> str:
    """Return the rule that keeps ``giver`` out of a role of their own place, or nothing."""
    if not own or giver not in ORGANISATION_ROLES:
        return ""
    return INDEPENDENT.get(role, "")


def is_recovered_elsewhere(giver: Role, role: Role) -> bool:
    """Tell whether ``giver`` is one of those whom the holder of ``role`` checks."""
    return role in RECOVERED_ELSEWHERE and giver in AUTHORITY_ROLES


def takes_two(giver: Role, kind: str, *, own: bool) -> bool:
    """Tell whether a link for a password or an invitation at a place of ``kind`` takes two.

    Those who decide about an organisation's reports also look after its accounts, which need no
    second factor: whoever held the link alone could report for it (ADRs 25 and 27).
    """
    return kind == "ORGANISATION" and not own and giver in OVER_ORGANISATIONS
