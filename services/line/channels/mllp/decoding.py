"""From what came in a frame to messages that can be read: encodings, and the counts of files and batches."""

from services.line.channels.mllp.cutting import Cut, Parcel
from services.line.channels.mllp.parsing import Message, Unreadable
from services.line.channels.mllp.refusing import BadEncoding, NotHl7, WrongCount

_ENCODINGS = {
    "": "utf-8",
    "ASCII": "ascii",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "WINDOWS-1252": "cp1252",
    **{f"8859/{n}": f"iso-8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
"""By the names of HL7's table 0211. Without one it is ASCII, of which UTF-8 is more."""
ENCODING = 18


def message_in(cut: Cut) -> Message:
    """The message. Raises NotHl7 and BadEncoding."""
    if not cut.lines or cut.lines[0][:3] != b"MSH":
        raise NotHl7
    lines = list(cut.lines)
    try:
        text = "\r".join(line.decode(_encoding_of(lines[0])) for line in lines)
    except UnicodeDecodeError:
        raise BadEncoding("MSH-18") from None
    try:
        return Message.parse(text + "\r")
    except Unreadable:
        raise NotHl7 from None


def field_of(line: bytes, number: int) -> str:
    """A field of MSH, FHS or BHS before anybody knows the encoding; its bytes are kept one by one."""
    fields = line.decode("latin-1").split(chr(line[3])) if len(line) > len("MSH") else []
    return fields[number - 1] if 0 < number <= len(fields) else ""


def require_counts(parcel: Parcel) -> None:
    """A file or batch holds what it says, and ends. Raises WrongCount."""
    begun, batches, in_file = None, 0, False
    for line, before in parcel.around:
        kind = line[:3]
        if kind == b"FHS":
            in_file = True
        elif kind == b"BHS":
            begun, batches = before, batches + 1
        elif kind == b"BTS":
            _require(line, before - (begun or 0), "BTS-1")
            begun = None
        else:
            _require(line, batches, "FTS-1")
            in_file = False
    if begun is not None or in_file:
        raise WrongCount("BTS-1" if begun is not None else "FTS-1")


def _require(line: bytes, found: int, place: str) -> None:
    stated = field_of(line, 2).strip()
    if stated and (not stated.isdecimal() or int(stated[:9]) != found):
        raise WrongCount(place)


def _encoding_of(header: bytes) -> str:
    named = field_of(header, ENCODING).partition("~")[0].strip().upper()
    if named not in _ENCODINGS:
        raise BadEncoding("MSH-18")
    return _ENCODINGS[named]
