"""Cuts a message down to what is needed before anything parses it: 50,000 segments cost no more than a few."""

from typing import NamedTuple

from services.line.domain.hospital.notice import MOST_KEPT

BOM = b"\xef\xbb\xbf"
NEEDED = frozenset({b"MSH", b"EVN", b"PID", b"MRG", b"PV1", b"PV2"})
AROUND = frozenset({b"FHS", b"BHS", b"BTS", b"FTS"})
MOST_FIELDS = 60
MOST_CHARACTERS = 1000
"""Of one field with all its repeats: longer ones hold nothing that is needed."""
MOST_SEGMENTS = 30
"""Of one message, of the kinds that are needed."""
LONGEST_LETTER, _GOES_ON = 4, 0x80
"""Bytes of the longest letter of UTF-8, and how its later bytes begin."""


class Cut(NamedTuple):
    """One message: its lines that are needed, and all its bytes, which tell whether it comes again."""

    lines: tuple[bytes, ...]
    content: bytes


class Parcel(NamedTuple):
    """What came in one frame: one message, or a file or batch of them.

    around: the lines that begin and end files and batches, each with how many messages came before it.
    """

    messages: tuple[Cut, ...]
    around: tuple[tuple[bytes, int], ...]


def cut(raw: bytes) -> Parcel:
    """The messages in what came, each down to what is needed; line ends are what they should be."""
    lines = raw.removeprefix(BOM).replace(b"\0", b"").replace(b"\r\n", b"\r").replace(b"\n", b"\r").split(b"\r")
    messages: list[list[bytes]] = []
    around = []
    for line in lines:
        if line[:3] in AROUND:
            around.append((line[:MOST_CHARACTERS], len(messages)))
        elif line[:3] == b"MSH" or (line.strip() and not messages):
            messages.append([line])
        elif line:
            messages[-1].append(line)
    return Parcel(tuple(map(_cut, messages)), tuple(around))


def _cut(lines: list[bytes]) -> Cut:
    separator, repeat = lines[0][3:4] or b"|", lines[0][5:6] or b"~"
    needed = [line for line in lines if line[:3] in NEEDED][:MOST_SEGMENTS]
    return Cut(tuple(_bounded(line, separator, repeat) for line in needed), b"\r".join(lines))


def _bounded(line: bytes, separator: bytes, repeat: bytes) -> bytes:
    fields = line.split(separator, MOST_FIELDS)[:MOST_FIELDS]
    if line[:3] == b"MSH":  # its second field names the marks themselves
        return separator.join([*fields[:2], *map(_shortened, fields[2:])])
    return separator.join(_first(field, repeat) for field in fields)


def _first(field: bytes, repeat: bytes) -> bytes:
    if len(field) <= MOST_CHARACTERS and repeat not in field:
        return field
    kept, length = [], 0
    for one in field.split(repeat, MOST_KEPT)[:MOST_KEPT]:
        length += len(one)
        if length > MOST_CHARACTERS:
            break
        kept.append(one)
    return repeat.join(kept) or _shortened(field)


def _shortened(field: bytes) -> bytes:
    """Its beginning, which does not end within a letter of UTF-8: half a letter would be no text."""
    end = MOST_CHARACTERS
    while MOST_CHARACTERS - LONGEST_LETTER < end < len(field) and field[end] & 0xC0 == _GOES_ON:
        end -= 1
    return field[:end]
