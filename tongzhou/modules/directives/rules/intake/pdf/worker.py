"""Take the characters and ruled lines out of a PDF, in a process of its own.

Run as a script with the file on standard input. PDFium is a large C++ library and the file may
have been made to do harm: a crash, a hang or a flood of memory ends this process and no other.
It knows nothing of the rest of the product. What it writes: one line of JSON about the file, then
for each page one line of JSON and arrays (native order): code points, boxes, origins and angles of
the characters, ruled lines.
"""

import ctypes
import json
import resource
import sys
from array import array
from typing import Any, BinaryIO

from pypdfium2 import raw

MEMORY = 2 * 1024**3  # bytes
SECONDS = 20  # of processor time
MOST_PAGES = 500
MOST_CHARACTERS = 1_300_000
MOST_OBJECTS = 50_000  # of one page, when looking for ruled lines
MOST_RULES = 3_000  # of one page
MOST_RULED = 60_000  # of the whole document
LARGEST_PATH = 2_000  # segments: a table is drawn with fewer, a map with more
GUESSED = 9  # a space that PDFium made of a gap
LEAST_RULE = 3.0  # points
_PASSWORD = 4
_PATH, _IMAGE, _FORM = 2, 3, 5
_LINE_TO, _MOVE_TO = 0, 2

Matrix = tuple[float, float, float, float, float, float]
_SAME: Matrix = (1, 0, 0, 1, 0, 0)


def confine() -> None:
    """Take from this process what it does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(data: bytes, out: BinaryIO) -> None:
    """Write everything the PDF ``data`` shows to ``out``."""
    raw.FPDF_InitLibrary()
    document = raw.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        wrong = "password" if raw.FPDF_GetLastError() == _PASSWORD else "broken"
        _tell(out, {"error": wrong})
        return
    pages = raw.FPDF_GetPageCount(document)
    _tell(out, {"pages": pages})
    if pages > MOST_PAGES:
        return
    left, ruled = MOST_CHARACTERS, MOST_RULED
    for index in range(pages):
        page = raw.FPDF_LoadPage(document, index)
        if not page:
            _tell(out, {"lost": True})
            continue
        characters, rules = _page(page, out, left, min(ruled, MOST_RULES))
        left, ruled = left - characters, ruled - rules
        raw.FPDF_ClosePage(page)
        if left <= 0:
            break
    out.flush()


def _tell(out: BinaryIO, facts: dict[str, object]) -> None:
    out.write(json.dumps(facts).encode() + b"\n")


def _page(page: Any, out: BinaryIO, left: int, ruled: int) -> tuple[int, int]:
    """Write one page and return how many characters and ruled lines it has."""
    text = raw.FPDFText_LoadPage(page)
    codes, boxes, origins, angles = _characters(text, left) if text else _none()
    if text:
        raw.FPDFText_ClosePage(text)
    shapes = _Shapes(page, ruled)
    shapes.collect()
    _tell(
        out,
        {
            "width": raw.FPDF_GetPageWidthF(page),
            "height": raw.FPDF_GetPageHeightF(page),
            "turned": raw.FPDFPage_GetRotation(page),
            "characters": len(codes),
            "rules": len(shapes.rules) // 4,
            "pictures": shapes.pictures,
            "paths": shapes.paths,
        },
    )
    for each in (codes, boxes, origins, angles, shapes.rules):
        out.write(each.tobytes())
    return len(codes), len(shapes.rules) // 4


def _none() -> "tuple[array[int], array[float], array[float], array[float]]":
    return array("I"), array("f"), array("f"), array("f")


def _characters(
    text: Any, left: int
) -> "tuple[array[int], array[float], array[float], array[float]]":
    """Return code points, loose boxes (left, bottom, right, top), origins and angles."""
    codes, boxes, origins, angles = _none()
    box = raw.FS_RECTF()
    box_at = ctypes.byref(box)
    x, y = ctypes.c_double(), ctypes.c_double()
    x_at, y_at = ctypes.byref(x), ctypes.byref(y)
    code_of, box_of = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox
    origin_of, angle_of = raw.FPDFText_GetCharOrigin, raw.FPDFText_GetCharAngle
    for index in range(min(raw.FPDFText_CountChars(text), left)):
        code = code_of(text, index)
        if code in (10, 13):
            continue
        if code == 32 and raw.FPDFText_IsGenerated(text, index) == 1:
            code = GUESSED
        if not box_of(text, index, box_at) or not origin_of(text, index, x_at, y_at):
            continue
        codes.append(code)
        boxes.extend((box.left, box.bottom, box.right, box.top))
        origins.extend((x.value, y.value))
        angles.append(angle_of(text, index))
    return codes, boxes, origins, angles


class _Shapes:
    """Straight ruled lines along the edges of the page, and how much of it pictures cover."""

    def __init__(self, page: Any, most: int) -> None:
        self.page = page
        self.most = most
        self.rules = array("f")
        self.pictures = 0.0
        self.paths = 0
        self.left = MOST_OBJECTS

    def collect(self) -> None:
        """Look at every object of the page, those in forms included."""
        area = raw.FPDF_GetPageWidthF(self.page) * raw.FPDF_GetPageHeightF(self.page)
        for index in range(raw.FPDFPage_CountObjects(self.page)):
            if self.left <= 0:
                break
            self._object(raw.FPDFPage_GetObject(self.page, index), _SAME, 0)
        self.pictures = min(self.pictures / area, 1.0) if area > 0 else 0.0

    def _object(self, item: Any, outer: Matrix, depth: int) -> None:
        self.left -= 1
        kind = raw.FPDFPageObj_GetType(item)
        if kind == _PATH:
            self.paths += 1
            if len(self.rules) < 4 * self.most:
                self._path(item, outer)
        elif kind == _IMAGE:
            edges = [ctypes.c_float() for _ in range(4)]
            if raw.FPDFPageObj_GetBounds(item, *map(ctypes.byref, edges)):
                left, bottom, right, top = (edge.value for edge in edges)
                scale = abs(outer[0] * outer[3] - outer[1] * outer[2])
                self.pictures += abs((right - left) * (top - bottom)) * scale
        elif kind == _FORM and depth < 4:
            inner = self._matrix(item, outer)
            for index in range(raw.FPDFFormObj_CountObjects(item)):
                if self.left <= 0:
                    break
                self._object(raw.FPDFFormObj_GetObject(item, index), inner, depth + 1)

    def _matrix(self, item: Any, outer: Matrix) -> Matrix:
        own = raw.FS_MATRIX()
        if not raw.FPDFPageObj_GetMatrix(item, ctypes.byref(own)):
            return outer
        a, b, c, d, e, f = own.a, own.b, own.c, own.d, own.e, own.f
        p, q, r, s, t, u = outer
        return (
            a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s,
            e * p + f * r + t, e * q + f * s + u,
        )  # fmt: skip

    def _path(self, item: Any, outer: Matrix) -> None:
        count = raw.FPDFPath_CountSegments(item)
        if not 2 <= count <= LARGEST_PATH:
            return
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        if not raw.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke)):
            return
        a, b, c, d, e, f = self._matrix(item, outer)
        found: list[tuple[float, float, float, float]] = []
        x, y = ctypes.c_float(), ctypes.c_float()
        begin = here = (0.0, 0.0)
        for index in range(count):
            segment = raw.FPDFPath_GetPathSegment(item, index)
            kind = raw.FPDFPathSegment_GetType(segment)
            if not raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
                continue
            point = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
            if kind == _LINE_TO:
                found.append((*here, *point))
            elif kind == _MOVE_TO:
                begin = point
            here = point
            if raw.FPDFPathSegment_GetClose(segment):
                found.append((*here, *begin))
                here = begin
        if not stroke.value:
            wide = max((abs(r[2] - r[0]) for r in found), default=0.0)
            high = max((abs(r[3] - r[1]) for r in found), default=0.0)
            if not fill.value or min(wide, high) > LEAST_RULE:
                return  # a shaded surface, not a line
        for left, bottom, right, top in found:
            across, along = abs(right - left), abs(top - bottom)
            if min(across, along) < 1.0 and max(across, along) >= LEAST_RULE:
                self.rules.extend((left, bottom, right, top))


if __name__ == "__main__":
    confine()
    main(sys.stdin.buffer.read(), sys.stdout.buffer)
