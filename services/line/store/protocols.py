"""Protocols: those of the files, read and proved once; and each text that a call began with, kept by its digest."""

from functools import cache
from http import HTTPStatus
from pathlib import Path

from carebus.errors import BrokenRule, CarebusError
from carebus.reasoning import files
from carebus.storage.database import Connection
from services.line.domain.protocols.book import ProtocolBook
from services.line.domain.protocols.model import Protocol
from services.line.domain.protocols.proofs import faults

OWN = Path(__file__).parents[1] / "protocols"
_KEEP = "insert into protocol_text (digest, id, version, doc) values ($1, $2, $3, $4) on conflict do nothing"
_KEPT = "select digest, doc from protocol_text where digest = any($1::text[])"
_MOST_CACHED = 100
_cached: dict[str, Protocol] = {}
"""Texts by their digests, which never change."""


class ProtocolBroken(CarebusError):
    """The protocol {file} can't be used. {why}"""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


@cache
def protocol_book(added: Path | None = None) -> ProtocolBook:
    """Every protocol there is, read and proved once. Raises ProtocolBroken."""
    found = [file for folder in (OWN, added) if folder for file in protocol_files(folder)]
    protocols = [proved(file) for file in found]
    try:
        return ProtocolBook.of(protocols)
    except BrokenRule as why:
        named = f"among {', '.join(file.name for file in found)}"
        raise ProtocolBroken(file=named, why=files.sentence(str(why))) from None


def proved(file: Path) -> Protocol:
    """The protocol in this file, once it is shown to be safe. Raises ProtocolBroken with all that is wrong."""
    protocol = read(file)
    try:
        wrong = faults(protocol)
    except BrokenRule as why:
        wrong = [files.sentence(str(why))]
    if wrong:
        raise ProtocolBroken(file=file.name, why=" ".join(wrong))
    return protocol


def read(file: Path) -> Protocol:
    """The protocol in this file, as it stands. Raises ProtocolBroken, which says where and what is wrong."""
    try:
        found = files.read(file, Protocol)
        files.require_name(file, found.id, found.version)
    except BrokenRule as why:
        raise ProtocolBroken(file=file.name, why=str(why)) from None
    return found


def protocol_files(place: Path) -> list[Path]:
    """The files of a folder; or the one file. Raises ProtocolBroken."""
    try:
        return [place] if place.is_file() else files.files_in(place)
    except BrokenRule as why:
        raise ProtocolBroken(file=str(place), why=str(why)) from None


async def keep(db: Connection, protocol: Protocol) -> None:
    """Keep this text, so that a call can go on with it whatever becomes of the file."""
    await db.execute(_KEEP, protocol.digest, protocol.id, protocol.version, protocol.document)


async def kept(db: Connection, digests: set[str]) -> dict[str, Protocol]:
    """The texts with these digests that were ever kept."""
    if wanted := digests - _cached.keys():
        if len(_cached) > _MOST_CACHED:
            _cached.clear()
        for row in await db.fetch(_KEPT, list(wanted)):
            _cached[row["digest"]] = Protocol.model_validate_json(row["doc"])
    return {digest: _cached[digest] for digest in digests if digest in _cached}
