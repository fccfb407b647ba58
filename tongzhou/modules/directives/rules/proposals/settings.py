"""Whom a document addresses when a sentence names nobody: addressees, title, issuer."""

from tongzhou.modules.directives.contracts import Bearer, Ground, ParsedDocument
from tongzhou.modules.directives.rules.cleaning import fold
from tongzhou.modules.directives.rules.proposals.bearers import (
    Setting,
    name_bearers,
    name_in,
)
from tongzhou.modules.directives.rules.proposals.lexicon import bearers, ends
from tongzhou.modules.directives.rules.proposals.names import without_forms

_NOBODY = Setting((Bearer.ORGANISATION,), Ground.TITLE, "")
_ANYBODY = Setting((Bearer.OTHER,), Ground.TITLE, "")
_WRITES_FOR_OTHERS = frozenset((Bearer.HUB, Bearer.SECRETARIAT, Bearer.SUPERVISORY_BOARD))
_GENERAL = frozenset((Bearer.AUTHORITY, Bearer.ORGANISATION, Bearer.OTHER))


def setting_of(document: ParsedDocument, title: str | None) -> Setting:
    """Return whom a stretch under ``title`` is about.

    An attachment with a title of its own that names somebody goes by it. Otherwise the addressees
    count; where there are several kinds, the one that the title speaks of. Without addressees the
    title counts, at last the issuer.
    """
    issuer = fold(document.issuer or "")
    text = "".join(block.text for block in document.blocks)
    nobody = _NOBODY if any(word in text for word in ends("organisation_words")) else _ANYBODY
    inner = _is_inner(issuer, fold(document.title or ""))
    own = fold(title or "")
    probe = Setting(nobody.default, Ground.TITLE, "", inner)
    titled = name_in(_without_issuer(own, issuer), probe)
    listed = [fold(name) for name in document.recipients]
    addressed: list[Bearer] = []
    for name in listed:
        for bearer in _addressed(name, probe):
            if bearer not in addressed:
                addressed.append(bearer)
    addressed = without_forms(addressed, "、".join(listed))
    is_annex = title is not None and title != document.title
    if is_annex and titled is not None:
        return Setting(titled.bearers, Ground.TITLE, titled.text, inner)
    if addressed:
        if len(addressed) > 1 and titled is not None:
            common = [bearer for bearer in titled.bearers if bearer in addressed]
            if common:
                return Setting(tuple(common), Ground.ADDRESSEES, titled.text, inner)
            if Bearer.ORGANISATION in titled.bearers or Bearer.ORGANISATION in addressed:
                return Setting((Bearer.ORGANISATION,), Ground.ADDRESSEES, titled.text, inner)
        if Bearer.AUTHORITY in addressed and set(addressed) - {Bearer.AUTHORITY, Bearer.OTHER}:
            addressed.remove(Bearer.AUTHORITY)  # it is told so that it passes on
        return Setting(tuple(addressed), Ground.ADDRESSEES, "、".join(listed), inner)
    if inner:
        return Setting((Bearer.OTHER,), Ground.ISSUER, issuer, inner)
    if titled is not None:
        return Setting(titled.bearers, Ground.TITLE, titled.text, inner)
    if issuer:
        named = name_bearers(issuer, probe)
        if _WRITES_FOR_OTHERS & set(named):  # for its members, for its own organisation
            return Setting((Bearer.ORGANISATION,), Ground.ISSUER, issuer, inner)
        if named and not (Bearer.AUTHORITY in named and fold(document.title or "").endswith("告")):
            return Setting(named, Ground.ISSUER, issuer, inner)
        return Setting(nobody.default, Ground.ISSUER, issuer, inner)
    return nobody


def _is_inner(issuer: str, title: str) -> bool:
    """Say whether a school, a hospital or an enterprise writes for its own house."""
    name = issuer or title[:24]
    return name.endswith(ends("inner_issuers")) or (
        not issuer and any(word in name for word in ends("inner_issuers"))
    )


def _without_issuer(title: str, issuer: str) -> str:
    """Return a title behind its issuer, so that the issuer is not taken for an addressee."""
    for name in issuer.split():
        title = title.removeprefix(name)
    place = title.find("关于")
    return title[place + 2 :] if 0 <= place <= 40 else title


def _addressed(name: str, setting: Setting) -> tuple[Bearer, ...]:
    if setting.inner:
        return (Bearer.OTHER,)
    found = name_bearers(name.removeprefix("尊敬的").removeprefix("广大"), setting)
    if found:
        return found
    for _, _, bearer in bearers().all(name):
        if bearer not in _GENERAL:
            return (bearer,)
    if name.endswith((*ends("authority_endings"), "市", "县", "区", "省", "兵团")):
        return (Bearer.AUTHORITY,)
    return ()
