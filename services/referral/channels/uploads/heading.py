"""Finds the row that names the columns of a list, below the title rows that may stand above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from services.referral.channels.uploads.files import (
    FileUnreadable,
    Record,
    Rows,
    delimiters_of,
    encoding_of,
    line_end_of,
)
from services.referral.domain.uploads import Columns, HeaderUnreadable, columns_of
from services.referral.domain.uploads.columns import known_in

MOST_TITLE_ROWS = 20
"""Among so many first rows the header is looked for."""
_TELLING = 2
"""A row that names so many columns is meant as the header."""
_QUOTED_CELLS, _QUOTED_LENGTH = 4, 40
WHAT_TO_DO = "Put a row with the names of the columns above the members"
NOT_TEXT = "it is not text. Save the sheet as CSV in UTF-8."


@dataclass(frozen=True, slots=True)
class Heading:
    """How a file is written, its columns, in which of its rows they are named, and where the next one begins."""

    encoding: str
    delimiter: str
    line_end: bytes
    columns: Columns
    number: int
    after: int


def heading_of(first: bytes, stated: str | None, *, last: bool) -> Heading:
    """The heading of a file by its first bytes. Raises FileUnreadable, HeaderUnreadable."""
    encoding, mark = encoding_of(first, stated)
    end = line_end_of(first)
    tops = {
        delimiter: [*islice(Rows(encoding, delimiter, mark, end).of(first[mark:], last=last), MOST_TITLE_ROWS)]
        for delimiter in delimiters_of(first[mark:].split(end)[0].decode("latin-1"))
    }
    delimiter = max(tops, key=lambda each: max((_known(row) for row in tops[each]), default=0))
    number, record = _header(tops[delimiter])
    try:
        columns = columns_of(record.cells or ())
    except HeaderUnreadable as why:
        raise why if number == 1 else HeaderUnreadable(what=f"in row {number} {why.details['what']}") from None
    return Heading(encoding, delimiter, end, columns, number, record.after)


def _header(top: Sequence[Record]) -> tuple[int, Record]:
    """The row that names the most columns, and its number. Raises FileUnreadable, HeaderUnreadable."""
    if not top or all(record.is_blank for record in top):
        raise HeaderUnreadable(what="it is empty")
    number, best = max(enumerate(top, 1), key=lambda each: _known(each[1]))
    if _known(best) >= _TELLING:
        return number, best
    if b"\0" in top[0].raw:
        raise FileUnreadable(what=NOT_TEXT)
    if broken := next((record.broken for record in top if record.cells is None), ""):
        raise HeaderUnreadable(what=broken.rstrip("."))
    raise HeaderUnreadable(what=f"the first holds {_quoted(top[0].cells or ())}, which names none. {WHAT_TO_DO}")


def _known(record: Record) -> int:
    return known_in(record.cells or ())


def _quoted(cells: Sequence[str]) -> str:
    """What a row holds, in short; not what may be a number or a date of somebody."""
    said = [cell.strip()[:_QUOTED_LENGTH] for cell in cells if cell.strip()]
    words = [f"“{cell}”" for cell in said if not any(c.isdigit() for c in cell)][:_QUOTED_CELLS]
    return ", ".join(words) or f"{len(said)} cells"
