"""What comes in one frame, from its bytes to its answers: read away from the loop, kept, and only then answered."""

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

import structlog

from carebus.web.http import Parts
from services.line.channels.mllp.answering import TAKEN, Header, answers, batch_answer
from services.line.channels.mllp.cutting import Cut, Parcel, cut
from services.line.channels.mllp.decoding import message_in, require_counts
from services.line.channels.mllp.gathering import Gathering
from services.line.channels.mllp.reading import Way, notice_of
from services.line.channels.mllp.refusing import NotHl7, NotTaken, OverTheLimit, UnknownSender
from services.line.channels.receiving import Sent
from services.line.domain.hospital.notice import Notice, Trigger
from services.line.settings import Hospital, Settings

log = structlog.get_logger()

SHORT = 16 * 1024
"""Bytes that are read at once; more are read in a thread, so that other senders need not wait."""
FILE = "file"
_OTHER = "other"


class Read(NamedTuple):
    """A message that was read, or why it can't be: its hospital, what it says, and what it is answered by."""

    header: Header
    hospital: Hospital | None
    notice: Notice | None
    content: bytes
    why: NotTaken | None = None


class Peer(NamedTuple):
    """Who is connected: the hospitals that may send from there."""

    address: IPv4Address | IPv6Address
    hospitals: tuple[Hospital, ...]


async def take(parts: Parts, gathering: Gathering, raw: bytes, peer: Peer) -> list[bytes]:
    """The answers to what came, after all of it is kept. Raises DatabaseAway, and then nothing is answered."""
    if len(raw) > SHORT:
        parcel, read = await asyncio.to_thread(_read, parts, raw, peer)
    else:
        parcel, read = _read(parts, raw, peer)
    if not parcel.around:  # one message; whoever sends several without a batch is answered to each
        return [answer for one in read for answer in await _settle(parts, gathering, one)]
    header = Header.of(parcel.around[0][0])
    try:
        require_counts(parcel)
    except NotTaken as why:
        parts.metrics.add(parts.metrics.messages, FILE, why.answer)
        return answers(header, parts.clock.now(), why)
    found = [await _settle(parts, gathering, one) for one in read]
    return [batch_answer(header, [answer for each in found for answer in each])]


def too_long(parts: Parts, head: bytes) -> list[bytes]:
    """The answer to a message beyond the limit, of which only the first bytes were looked at."""
    parts.metrics.add(parts.metrics.messages, _OTHER, OverTheLimit.answer)
    return answers(Header.of(head), parts.clock.now(), OverTheLimit())


def _read(parts: Parts, raw: bytes, peer: Peer) -> tuple[Parcel, Sequence[Read]]:
    parcel = cut(raw)
    if not parcel.messages and not parcel.around:
        return parcel, [Read(Header.of(b""), None, None, raw, NotHl7())]
    return parcel, [_one(parts, message, peer) for message in parcel.messages]


def _one(parts: Parts, message: Cut, peer: Peer) -> Read:
    settings, header = Settings.of(parts.settings), Header.of(message.lines[0] if message.lines else b"")
    hospital = None
    try:
        read = message_in(message)
        hospital = _hospital(header, peer)
        notice = notice_of(read, Way(hospital, settings.hospital_processing_id, parts.clock.now()))
    except NotTaken as why:
        return Read(header, hospital, None, message.content, why)
    return Read(header, hospital, notice, message.content)


def _hospital(header: Header, peer: Peer) -> Hospital:
    """Which of the hospitals that may send from there it is. Raises UnknownSender."""
    application, facility = (one.partition("^")[0].casefold() for one in header.sender)
    for one in peer.hospitals:
        if one.application.casefold() in {"", application} and one.facility.casefold() in {"", facility}:
            return one
    raise UnknownSender("MSH-3")


async def _settle(parts: Parts, gathering: Gathering, read: Read) -> list[bytes]:
    code = read.why.answer if read.why else TAKEN
    if read.why is None and read.notice is not None and read.hospital is not None:
        await gathering.keep(Sent(read.hospital.name, read.header.number, read.content, read.notice))
    kind = read.header.trigger if read.header.trigger in set(Trigger) else _OTHER
    parts.metrics.add(parts.metrics.messages, kind, code)
    named = read.hospital.name if read.hospital else ""
    log.info("hospital_message", sender=named, type=kind, answer=code, rule=read.why.code if read.why else None)
    return answers(read.header, parts.clock.now(), read.why)
