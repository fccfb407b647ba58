"""Load the directives that ship with the product."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import yaml

from tongzhou.kernel.access import Actor
from tongzhou.modules.directives.commands.loading import NewErratum, load_directive
from tongzhou.modules.directives.models import Directive
from tongzhou.modules.directives.rules import decode
from tongzhou.modules.registry.public import find_authority

_DATA = Path(__file__).parent.parent / "data"


class _Shipped(NamedTuple):
    file: str
    urn: str
    title: str
    issuer: str
    region: int
    source_note: str


_FILES = (
    _Shipped(
        file="cn-mca-2020-5.txt",
        urn="cn/mca/2020/5@2020-01-29",
        title="",
        issuer="",
        region=0,
        source_note="民政部门户网站，2020-01-29；由公布的 PDF 转成文本",  # data
    ),
    _Shipped(
        file="cn-gd-gz-2022-1207.txt",
        urn="cn/gd-gz/2022/1207@2022-12-07",
        # The web page runs publisher and title together.
        title="关于做好社会组织落实疫情防控工作的指引（试行）",  # data
        issuer="广州市社会组织管理局、广州市社会组织党委",  # data
        region=440_100,
        source_note="广州市社会组织管理局网站，2022-12-07；网页文本",  # data
    ),
)


def seed_directives(actor: Actor, at: datetime) -> list[int]:
    """Load both shipped texts with their errata through the command; return the expressions' ids.

    Their issuers are the registration authorities of their regions, where the register has them.
    Loading them again changes nothing.
    """
    listed = yaml.safe_load((_DATA / "errata.yaml").read_text(encoding="utf-8"))
    made = []
    for each in _FILES:
        errata = [
            NewErratum(
                address=str(item["clause"]),
                as_received=item["as_received"],
                reading=item["reading"],
                reason=" ".join(item["reason"].split()),
            )
            for item in listed
            if item["expression"] == each.urn
        ]
        made.append(
            load_directive(
                actor=actor,
                at=at,
                urn=each.urn,
                text=decode((_DATA / each.file).read_bytes()),
                source_note=each.source_note,
                errata=errata,
                title=each.title,
                issuer=each.issuer,
            )
        )
        issuing = find_authority("REGISTRATION", each.region)
        if issuing is not None:
            Directive.objects.filter(expressions__urn=each.urn, authority_id=None).update(
                authority_id=issuing.id
            )
    return made
