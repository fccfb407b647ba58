"""Akoma Ntoso: what another system marked up is laid out as a document to be read as any other."""

from tongzhou.modules.directives.contracts import Received
from tongzhou.modules.directives.rules.exports.akn_reader import AknTree, read_akn


def read_tagged(data: bytes) -> Received:
    """Return the text of an Akoma Ntoso file; Refusal when it is none or not safe.

    Head and passages stand on lines of their own, labels before their words. Issuer and day stand
    above as fields where no signature tells them.
    """
    return Received("\n".join(_lines(read_akn(data))) + "\n", "akn")


def _lines(tree: AknTree) -> list[str]:
    lines: list[str] = []
    if not any(each.kind == "SIGNATURE" for each in tree.passages):
        lines += [f"发文机关：{tree.issuer}"] if tree.issuer else []
        lines += [f"成文日期：{tree.issued_on}"] if tree.issued_on else []
    lines += [tree.title, tree.doc_number]
    if tree.recipients:
        lines.append("，".join(tree.recipients) + "：")
    lines += [f"{_label(each.label)}{each.text}" for each in tree.passages]
    return [line for line in lines if line]


def _label(label: str) -> str:
    """Return a label set off from its words where nothing in it does (第一，坚定信心)."""
    if not label.startswith("第"):
        return label
    return f"{label}　" if label.endswith(("条", "章", "节", "款")) else f"{label}，"
