"""Cuts a file into its records as its bytes come in, each with its place in the file; never holds more than one.

Every byte belongs to a row, a blank line or a line end. Where a row begins and ends does not depend on the encoding:
all that are read here write quotation marks and line ends as ASCII does.
"""

import csv
import hashlib
import re
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
LF, CR = b"\n", b"\r"
BADLY_QUOTED = "Put a cell with commas or quotation marks in quotation marks, doubled."
NOT_CLOSED = "Close the quotation mark that is opened in this row."
CUT_BY_LINE_END = (
    "A line end (a carriage return) stands in the middle of this row: put the cell that it belongs to in quotation"
    " marks, or take it out."
)
HOLDS_NUL = "This row holds a NUL character, which is no text: take it out."
TOO_LONG = "A cell of this row is too long to be read."
TOO_MANY_UNCLOSED = (
    f"more than {MOST_UNCLOSED:,} of its rows open a quotation mark and do not close it."
    " Put a cell with quotation marks in quotation marks, doubled."
)
NOT_ENCODED = "This row is not in the file's encoding: save it as UTF-8, or say Windows-1252 when you upload it."
_DELIMITERS = ",;\t|"
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", ""), (b"\xfe\xff", ""))
_QUOTED = re.compile(rb'"[^"]*"')


class FileUnreadable(CarebusError):
    """This file can't be read: {what}"""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Record:
    """One record: where it begins, its bytes, its line end, and its cells; none when it breaks the form of a row."""

    starts: int
    raw: bytes
    ends: bytes
    cells: Sequence[str] | None
    broken: str = ""

    @property
    def length(self) -> int:
        """How many bytes it has, without the end of its line."""
        return len(self.raw)

    @property
    def after(self) -> int:
        """Where the next one begins."""
        return self.starts + len(self.raw) + len(self.ends)

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return self.cells is not None and not any(cell.strip() for cell in self.cells)

    @property
    def hash(self) -> str:
        """The SHA-256 of its bytes; with the carriage return at its end, as every release has made it."""
        return hashlib.sha256(self.raw + self.ends.removesuffix(LF)).hexdigest()


Line = tuple[int, bytes, bytes]
"""Where a line begins, what stands in it, and how it ends."""


class Lines:
    """Cuts bytes into lines, with the place where each begins."""

    def __init__(self, at: int = 0, end: bytes = LF) -> None:
        self.at = at
        self._end, self._also = end, CR if end == LF else LF
        self._rest = b""

    def of(self, more: bytes, *, last: bool = False) -> Iterator[Line]:
        """The lines that are whole now. Raises FileUnreadable when one has no end."""
        *whole, self._rest = (self._rest + more).split(self._end)
        if len(self._rest) > LONGEST_RECORD:
            raise FileUnreadable(what=f"a line is longer than {LONGEST_RECORD} bytes.")
        for line in whole:
            yield self._line(line, self._end)
        if last and self._rest:
            line, self._rest = self._rest, b""
            yield self._line(line, b"")

    def _line(self, line: bytes, end: bytes) -> Line:
        said = line.rstrip(self._also)
        at, self.at = self.at, self.at + len(line) + len(end)
        return at, said, line[len(said) :] + end


class Rows:
    """Cuts bytes into rows of comma-separated values, quoted line ends among them."""

    def __init__(self, encoding: str, delimiter: str = ",", at: int = 0, end: bytes = LF, unclosed: int = 0) -> None:
        self._lines = Lines(at, end)
        self._encoding = ENCODINGS[encoding]
        self._delimiter = delimiter
        self._open: list[Line] = []
        self.unclosed = unclosed

    def of(self, more: bytes, *, last: bool = False) -> Iterator[Record]:
        """The rows that are whole now, blank ones among them. Raises FileUnreadable."""
        for line in self._lines.of(more, last=last):
            self._open.append(line)
            yield from self._whole(give_up=False)
        while last and self._open:
            yield from self._whole(give_up=True)

    def _whole(self, *, give_up: bool) -> Iterator[Record]:
        starts, (_, said, ends) = self._open[0][0], self._open[-1]
        raw = b"".join(part for _, *line in self._open[:-1] for part in line) + said
        try:
            record = self.record(starts, raw, ends)
        except _NotClosed:
            if give_up or len(self._open) > MOST_LINES or len(raw) > LONGEST_ROW:
                yield from self._given_up()
            return
        self._open.clear()
        yield record

    def _given_up(self) -> Iterator[Record]:
        """A quotation mark that nothing closes: its line alone is set aside, and the lines after it are read again."""
        self.unclosed += 1
        if self.unclosed > MOST_UNCLOSED:
            raise FileUnreadable(what=TOO_MANY_UNCLOSED)
        first, *others = self._open
        self._open = []
        yield Record(*first, None, NOT_CLOSED)
        for line in others:
            self._open.append(line)
            yield from self._whole(give_up=False)

    def record(self, starts: int, raw: bytes, ends: bytes = b"") -> Record:
        """One row. Raises _NotClosed."""
        broken = HOLDS_NUL if b"\0" in raw else ""
        try:
            text = raw.decode(self._encoding)
        except UnicodeDecodeError:
            text, broken = raw.decode("latin-1"), broken or NOT_ENCODED
        try:
            cells = next(csv.reader([text], delimiter=self._delimiter, strict=True), [])
        except csv.Error as why:
            if "unexpected end" in str(why):
                raise _NotClosed from None
            return Record(starts, raw, ends, None, broken or _rule(str(why)))
        return Record(starts, raw, ends, None if broken else cells, broken)


class _NotClosed(Exception):
    """A quoted cell goes on in the next line."""


def _rule(why: str) -> str:
    """What to do about what the reader of comma-separated values complains of."""
    if "new-line" in why:
        return CUT_BY_LINE_END
    return TOO_LONG if "field limit" in why else BADLY_QUOTED


def encoding_of(first: bytes, stated: str | None) -> tuple[str, int]:
    """The encoding of a file by its first bytes or as stated, and how many bytes mark it. Raises FileUnreadable."""
    for mark, encoding in _BOMS:
        if first.startswith(mark):
            if not encoding:
                raise FileUnreadable(what="it is in UTF-16. Save it as CSV in UTF-8.")
            return encoding, len(mark)
    return stated or "utf-8", 0


def line_end_of(first: bytes) -> bytes:
    """How lines end, by the first bytes of a file: in a line feed, or as on old Macs in a carriage return alone."""
    outside = _QUOTED.sub(b"", first)
    return CR if CR in outside and LF not in outside else LF


def delimiters_of(first: str) -> list[str]:
    """What may stand between the cells, the likeliest first: a comma, a semicolon, a tab or a bar."""
    return sorted(_DELIMITERS, key=first.count, reverse=True)
