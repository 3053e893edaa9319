"""Cuts a file into its records as its bytes come in, each with its place in the file; never holds more than one."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from carebus.errors import CarebusError

LONGEST_RECORD = 512 * 1024
LONGEST_ROW = 64 * 1024
MOST_LINES = 50
MOST_UNCLOSED = 1000
"""How many quotation marks without an end are looked for: after each of them, the lines behind it are read again."""
ENCODINGS = {"utf-8": "utf-8", "windows-1252": "cp1252", "iso-8859-1": "latin-1"}
BADLY_QUOTED = "Put a cell with commas or quotation marks in quotation marks, doubled."
TOO_MANY_UNCLOSED = (
    f"more than {MOST_UNCLOSED:,} of its rows open a quotation mark and do not close it."
    " Put a cell with quotation marks in quotation marks, doubled."
)
NOT_ENCODED = "This row is not in the file's encoding: save it as UTF-8, or say Windows-1252 when you upload it."
_DELIMITERS = ",;\t|"
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", ""), (b"\xfe\xff", ""))


class FileUnreadable(CarebusError):
    """This file can't be read: {what}"""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Record:
    """One record: where it begins, its bytes, and its cells; without them when it breaks the form of a row."""

    starts: int
    raw: bytes
    cells: Sequence[str] | None
    broken: str = ""

    @property
    def length(self) -> int:
        """How many bytes it has, without the end of its line."""
        return len(self.raw)

    @property
    def hash(self) -> str:
        """The SHA-256 of its bytes."""
        return hashlib.sha256(self.raw).hexdigest()


class Lines:
    """Cuts bytes into lines, with the place where each begins."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self._rest = b""

    def of(self, more: bytes, *, last: bool = False) -> Iterator[tuple[int, bytes]]:
        """The lines that are whole now. Raises FileUnreadable when one has no end."""
        *whole, self._rest = (self._rest + more).split(b"\n")
        if last and self._rest:
            whole, self._rest = [*whole, self._rest], b""
        if len(self._rest) > LONGEST_RECORD:
            raise FileUnreadable(what=f"a line is longer than {LONGEST_RECORD} bytes.")
        for line in whole:
            at, self.at = self.at, self.at + len(line) + 1
            yield at, line


class Rows:
    """Cuts bytes into rows of comma-separated values, quoted line ends among them."""

    def __init__(self, encoding: str, delimiter: str = ",", at: int = 0) -> None:
        self._lines = Lines(at)
        self._encoding = ENCODINGS[encoding]
        self._delimiter = delimiter
        self._open: list[tuple[int, bytes]] = []
        self._unclosed = 0

    def of(self, more: bytes, *, last: bool = False) -> Iterator[Record]:
        """The rows that are whole now; empty ones are left out. Raises FileUnreadable."""
        for line in self._lines.of(more, last=last):
            self._open.append(line)
            yield from self._whole(give_up=False)
        while last and self._open:
            yield from self._whole(give_up=True)

    def _whole(self, *, give_up: bool) -> Iterator[Record]:
        starts, raw = self._open[0][0], b"\n".join(line for _, line in self._open)
        try:
            cells = self.cells(raw)
        except _NotClosed:
            if give_up or len(self._open) > MOST_LINES or len(raw) > LONGEST_ROW:
                yield from self._given_up()
            return
        except csv.Error:
            yield Record(starts, raw, None, BADLY_QUOTED)
        except UnicodeDecodeError:
            yield Record(starts, raw, None, NOT_ENCODED)
        else:
            if any(cell.strip() for cell in cells):
                yield Record(starts, raw, cells)
        self._open.clear()

    def _given_up(self) -> Iterator[Record]:
        """A quotation mark that nothing closes: its line alone is set aside, and the lines after it are read again."""
        self._unclosed += 1
        if self._unclosed > MOST_UNCLOSED:
            raise FileUnreadable(what=TOO_MANY_UNCLOSED)
        (starts, first), *others = self._open
        yield Record(starts, first, None, "Close the quotation mark that is opened in this row.")
        self._open = []
        for line in others:
            self._open.append(line)
            yield from self._whole(give_up=False)

    def cells(self, raw: bytes) -> list[str]:
        """The cells of one row."""
        text = raw.removesuffix(b"\r").decode(self._encoding)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter, strict=True)
        try:
            return next(reader, [])
        except csv.Error as why:
            if "unexpected end" in str(why):
                raise _NotClosed from None
            raise


class _NotClosed(Exception):
    """A quoted cell goes on in the next line."""


def encoding_of(first: bytes, stated: str | None) -> tuple[str, int]:
    """The encoding of a file by its first bytes or as stated, and how many bytes mark it. Raises FileUnreadable."""
    for mark, encoding in _BOMS:
        if first.startswith(mark):
            if not encoding:
                raise FileUnreadable(what="it is in UTF-16. Save it as CSV in UTF-8.")
            return encoding, len(mark)
    if b"\0" in first:
        raise FileUnreadable(what="it is not text. Save the sheet as CSV in UTF-8.")
    return stated or "utf-8", 0


def delimiter_of(header: str) -> str:
    """What stands between the cells of the first row most often: a comma, a semicolon, a tab or a bar."""
    return max(_DELIMITERS, key=header.count)
