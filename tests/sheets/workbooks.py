"""Files for the tests of `dispatch.sheets`: CSV, xlsx, and xlsx with one part changed."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.xml.constants import SHEET_MAIN_NS

SHEET_PART = "xl/worksheets/sheet1.xml"
SHARED_PART = "xl/sharedStrings.xml"


def csv_bytes(rows: Iterable[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """Return rows as a spreadsheet program saves them."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(sheets: Mapping[str, Iterable[Sequence[object]]]) -> bytes:
    """Return a workbook with one sheet for each title."""
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook in which one of its files is changed."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part.filename, change(content) if part.filename == name else content)
    return changed.getvalue()


def with_shared_strings(data: bytes) -> bytes:
    """Return a workbook of one sheet with its texts in a table of their own, as Excel keeps them."""
    texts: list[bytes] = []

    def share(cell: re.Match[bytes]) -> bytes:
        texts.append(cell[2])
        return b'<c r="%b" t="s"><v>%d</v></c>' % (cell[1], len(texts) - 1)

    inline = rb'<c r="([A-Z]+\d+)" t="inlineStr"><is>(.*?)</is></c>'
    data = with_part(data, SHEET_PART, lambda part: re.sub(inline, share, part))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    entry = f'<Override PartName="/{SHARED_PART}" ContentType="{kind}"/></Types>'.encode()
    data = with_part(data, "[Content_Types].xml", lambda part: part.replace(b"</Types>", entry))
    table = b"".join(b"<si>%b</si>" % text for text in texts)
    whole = io.BytesIO(data)
    with zipfile.ZipFile(whole, "a") as archive:
        archive.writestr(SHARED_PART, b'<sst xmlns="%b">%b</sst>' % (SHEET_MAIN_NS.encode(), table))
    return whole.getvalue()


def saved(folder: Path, data: bytes, name: str = "table") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(data)
    return path
