"""Lists what a row of a plan's list says that has no field, by its heading, read from its bytes each time."""

from services.referral.channels.uploads.checking import ENDS
from services.referral.channels.uploads.files import Rows
from services.referral.channels.uploads.rows import unused
from services.referral.store.uploads.files import Upload


def also_stated(raw: bytes, upload: Upload) -> tuple[tuple[str, str], ...]:
    """What this row of an upload also states: each heading with its words, in the order of the columns."""
    if upload.columns is None:
        return ()
    rows = Rows(upload.encoding or "utf-8", upload.delimiter, end=ENDS[upload.line_end])
    record = next(rows.of(raw, last=True), None)
    if record is None or record.cells is None or len(record.cells) > len(upload.columns.header):
        return ()
    return tuple(unused(record.cells, upload.columns))
