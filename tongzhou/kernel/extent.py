"""How far a workbook reaches, found out before a reader sets memory aside for it.

The reader of workbooks holds every cell between the first and the last one, so two cells at
opposite corners of a sheet, five kilobytes of file, would ask for half a terabyte and take the
whole process with them. Sizes a ZIP archive states about itself are not believed either: what is
counted is what really comes out.
"""

import re
import sys
import zipfile

_CHUNK = 1 << 20
_NOWHERE = 10**9
_ROW = re.compile(rb"<(?:[\w.-]+:)?row(?=[\s/>])")
_CELL = re.compile(rb"<(?:[\w.-]+:)?c(?=[\s/>])")
_REFERENCE = re.compile(rb"[\s\"']r\s*=\s*[\"']\s*([A-Za-z]*)(\d+)")
# Parts of other formats that the reader would fall back to.
_FOREIGN = frozenset({"content.xml", "xl/workbook.bin"})


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Tell whether an archive is an XLSX workbook and nothing else at the same time."""
    names = {name.lower() for name in archive.namelist()}
    return "xl/workbook.xml" in names and not names & _FOREIGN


def count_cells(archive: zipfile.ZipFile, max_bytes: int) -> int | None:
    """Return how many cells the largest sheet spans; None when more than ``max_bytes`` come out.

    Raises zipfile.BadZipFile for an archive whose content is not what it states.
    """
    left = max_bytes
    largest = 0
    for entry in archive.infolist():
        entry.file_size = sys.maxsize  # read to the end, whatever it says
        sheet = _Sheet()
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    return None
                sheet.feed(chunk)
        largest = max(largest, sheet.rows * sheet.columns)
    return largest


class _Sheet:
    """Follows the furthest row and column of a sheet while it streams past."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns = 0
        self._tags = 0
        self._bare = 0
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Look at the tags that are whole; keep one that is cut for the next time."""
        data = self._rest + chunk
        cut = data.rfind(b"<")
        # A tag longer than a chunk belongs to nobody's workbook.
        cut = cut if 0 <= len(data) - cut < _CHUNK else len(data)
        data, self._rest = data[:cut], data[cut:]
        found = _REFERENCE.findall(data)
        if letters := {each for each, _ in found} - {b""}:
            self.columns = max(self.columns, *map(_column, letters))
        if found:
            self.rows = max(self.rows, *map(_line, {line for _, line in found}))
        pieces = _ROW.split(data)
        self._tags += len(pieces) - 1
        self.rows = max(self.rows, self._tags)
        named = sum(1 for letter, _ in found if letter)
        if len(_CELL.findall(data)) > named:
            self._count_bare(pieces)

    def _count_bare(self, pieces: list[bytes]) -> None:
        """Count cells that do not say where they are: they stand side by side in their row."""
        for number, row in enumerate(pieces):
            if number:
                self._bare = 0
            self._bare += len(_CELL.findall(row))
            self.columns = max(self.columns, self._bare)


def _column(letters: bytes) -> int:
    """Return the number of a column: A is 1, Z 26, AA 27; far away when there is no such one."""
    if len(letters) > 3:
        return _NOWHERE
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _line(digits: bytes) -> int:
    """Return the number of a row; far away when there is no such one."""
    return int(digits) if len(digits) <= 7 else _NOWHERE
