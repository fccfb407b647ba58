"""What other modules and the command line may use of the directives module."""

from pathlib import Path

from tongzhou.base.errors import Missing, Refusal
from tongzhou.modules.directives.contracts import (
    Block,
    BlockKind,
    ParsedAttachment,
    ParsedClause,
    ParsedDocument,
)
from tongzhou.modules.directives.rules import decode, parse, to_json
from tongzhou.modules.directives.rules.decoding import LARGEST_BYTES

__all__ = [
    "Block",
    "BlockKind",
    "ParsedAttachment",
    "ParsedClause",
    "ParsedDocument",
    "decode",
    "parse",
    "read_text",
    "to_json",
]


def read_text(path: str | Path) -> str:
    """Return the text of the file at ``path``; Refusal for what is no readable text file."""
    file = Path(path)
    if file.is_dir():
        raise Refusal(
            "%(path)s 是文件夹，不是文件。",
            params={"path": str(file)},
            code="document_not_text",
            field="file",
            way_out="请指定一个文本文件。",
        )
    if not file.exists():
        raise Missing(
            "找不到文件 %(path)s。",
            params={"path": str(file)},
            code="document_missing",
            field="file",
            way_out="请检查路径是否正确。",
        )
    try:
        with file.open("rb") as handle:
            data = handle.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise Refusal(
            "读不了文件 %(path)s。",
            params={"path": str(file)},
            code="document_unreadable",
            field="file",
            way_out="请检查文件的读取权限。",
        ) from error
    return decode(data)
