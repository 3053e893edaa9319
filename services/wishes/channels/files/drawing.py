"""Asks the decoder, in a process of its own: what a file holds, and its pages as they look."""

import asyncio
import json
import sys
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

from carebus.errors import CarebusError
from services.wishes.domain.documents.files import MediaType

DECODER = Path(__file__).with_name("decoder.py")
PATIENCE_S = 30.0
AT_ONCE = 2
"""Files that one process of the service has in memory to draw them; whoever comes meanwhile waits."""
_PLACES: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
_LENGTH = 4


class FileEncrypted(CarebusError):
    """This PDF is protected by a password. Print it, or save it without one, and choose that."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class FileUnreadable(CarebusError):
    """This file can't be opened: it is damaged, or not what it seems. Scan the document again."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class FileBrokenOff(CarebusError):
    """This file breaks off in the middle. Choose it again."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class FileTooMuch(CarebusError):
    """This file unfolds to more than a document does: too many pages, or too large an image."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


_WHY: dict[str, type[CarebusError]] = {
    "encrypted": FileEncrypted,
    "unreadable": FileUnreadable,
    "no_pages": FileUnreadable,
    "broken_off": FileBrokenOff,
    "bomb": FileTooMuch,
    "too_many_pages": FileTooMuch,
}


class Drawn(NamedTuple):
    """What a file holds. pages: all of it.  images: those asked for, as JPEG, in order."""

    pages: int
    may_miss_pages: bool
    images: tuple[bytes, ...]


def place() -> asyncio.Semaphore:
    """One of the few places, to be held for as long as a file is in memory."""
    loop = asyncio.get_running_loop()
    return _PLACES.setdefault(loop, asyncio.Semaphore(AT_ONCE))


async def draw(content: bytes, kind: MediaType, first: int, last: int) -> Drawn:
    """These pages, from 1, both included. Raises what the classes above say, at the field `file`."""
    code, answer = await _asked(content, kind, first, last)
    if code != 0:  # a library gave up, or the limits ended it
        raise (FileUnreadable if code > 0 else FileTooMuch)(field="file")
    return _read(answer)


async def _asked(content: bytes, kind: MediaType, first: int, last: int) -> tuple[int, bytes]:
    words = (sys.executable, "-I", str(DECODER), kind.value, str(first), str(last))
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, stderr=nothing, env={})
    try:
        out, _ = await asyncio.wait_for(child.communicate(content), PATIENCE_S)
    except TimeoutError:
        raise FileTooMuch(field="file") from None
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    return child.returncode or 0, out


def _read(answer: bytes) -> Drawn:
    head, _, rest = answer.partition(b"\n")
    told = json.loads(head)
    if "refused" in told:
        raise _WHY.get(told["refused"], FileUnreadable)(field="file")
    images = []
    for _ in range(told["drawn"]):
        length = int.from_bytes(rest[:_LENGTH], "big")
        images.append(rest[_LENGTH : _LENGTH + length])
        rest = rest[_LENGTH + length :]
    return Drawn(told["pages"], told["may_miss_pages"], tuple(images))
