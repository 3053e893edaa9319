"""Writes answers: AA once it is kept, AE or AR with why; CA, CE and CR to whoever asks for both kinds of answer."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from services.line.channels.mllp.decoding import field_of
from services.line.channels.mllp.refusing import NotTaken

TAKEN = "AA"
_ALWAYS, _NEVER, _ON_ERROR, _ON_SUCCESS = "AL", "NE", "ER", "SU"


class Header(NamedTuple):
    """What an answer repeats of a message: who sent it to whom, its number, and which answers are wanted.

    number: MSH-10, or 11 in what begins a file or batch.  accept, application: MSH-15 and MSH-16.
    """

    sender: tuple[str, str]
    receiver: tuple[str, str]
    trigger: str
    number: str
    processing_id: str
    version: str
    accept: str
    application: str

    @classmethod
    def of(cls, line: bytes) -> "Header":
        """The header in a line; what cannot be read is empty."""
        line = line.splitlines()[0] if line.splitlines() else b""
        whole = line[:3] == b"MSH"

        def said(number: int) -> str:
            return "".join(c for c in field_of(line, number) if c.isprintable())[:200]

        component = chr(line[4]) if len(line) > len("MSH|") else "^"
        return cls(
            (said(3), said(4)),
            (said(5), said(6)),
            said(9).partition(component)[2].partition(component)[0] if whole else "",
            said(10) if whole else said(11),
            (said(11) if whole else "") or "P",
            (said(12) if whole else "") or "2.5.1",
            said(15) if whole else "",
            said(16) if whole else "",
        )

    @property
    def enhanced(self) -> bool:
        """Whether the sender tells accepting from applying."""
        return bool(self.accept or self.application)


def answers(header: Header, at: datetime, why: NotTaken | None = None) -> list[bytes]:
    """The answers to a message that was kept, or was not, because. In enhanced mode there may be none, one or two."""
    code = why.answer if why else TAKEN
    if not header.enhanced:
        return [_answer(header, code, at, why)]
    wanted = [(f"C{code[1]}", header.accept or _NEVER), (code, header.application or _NEVER)]
    return [_answer(header, each, at, why) for each, when in wanted if _is_wanted(when, failed=why is not None)]


def batch_answer(header: Header, each: Sequence[bytes]) -> bytes:
    """The answers to all messages of a batch or file, as a batch."""
    (sender, facility), (ours, our_facility) = header.receiver, header.sender
    begins = f"BHS|^~\\&|{sender}|{facility}|{ours}|{our_facility}||||||{header.number}"
    return b"\r".join([_bytes(begins), *(one.rstrip(b"\r") for one in each), _bytes(f"BTS|{len(each)}")]) + b"\r"


def _is_wanted(when: str, *, failed: bool) -> bool:
    return when in {_ALWAYS, _ON_ERROR if failed else _ON_SUCCESS}


def _answer(header: Header, code: str, at: datetime, why: NotTaken | None) -> bytes:
    (sender, facility), (ours, our_facility) = header.receiver, header.sender
    kind = f"ACK^{header.trigger}^ACK" if header.trigger else "ACK"
    own = sha256("\n".join((*header.sender, header.number, code, at.isoformat())).encode()).hexdigest()[:20]
    at_once = f"{at:%Y%m%d%H%M%S%z}"
    header_line = ["MSH", "^~\\&", sender, facility, ours, our_facility, at_once, "", kind, own]
    lines = ["|".join([*header_line, header.processing_id, header.version]), f"MSA|{code}|{header.number}"]
    if why is not None:
        lines.append(f"ERR||{_place(why.place)}|{why.hl7}|E||||{why}")
    return _bytes("\r".join(lines) + "\r")


def _place(place: str) -> str:
    segment, _, field = place.partition("-")
    return f"{segment}^1^{field}" if field else segment


def _bytes(text: str) -> bytes:
    """What was read byte by byte is written so; our own words are ASCII."""
    return text.encode("latin-1", "replace")
