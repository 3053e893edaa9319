"""What clamd says of a file: clean, harmful, beyond its limits; or nothing, and then the file waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from carebus.testing import Bench
from services.wishes.channels.files.scanning import Clamd, scan_once
from tests.wishes.papers import pdf
from tests.wishes.people import filed_one, taken_on

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MOST = 5_000
NOBODY = 1
"""A port on which nobody listens."""


def looked(content: bytes) -> bytes:
    """As clamd answers, with a limit of its own."""
    if len(content) > MOST:
        return b"INSTREAM size limit exceeded. ERROR\n"
    return b"stream: Eicar-Test-Signature FOUND\n" if EICAR in content else b"stream: OK\n"


@asynccontextmanager
async def clamd(answer: Callable[[bytes], bytes] = looked) -> AsyncIterator[Clamd]:
    """A server that speaks INSTREAM: chunks behind their length, and an empty one at the end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readline()).strip() == b"nINSTREAM"
        content = b""
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(length)
        writer.write(answer(content))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield Clamd("127.0.0.1", server.sockets[0].getsockname()[1])


@pytest.mark.parametrize(
    ("content", "found"), [(b"fine", "clean"), (EICAR, "infected"), (b"x" * (MOST + 1), "too_large")]
)
async def test_what_it_says_is_what_is_kept(content: bytes, found: str) -> None:
    async with clamd() as scanner:
        assert await scanner.verdict(content) == found


@pytest.mark.parametrize("words", [b"stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND\n"])
async def test_what_it_did_not_look_through_is_not_clean(words: bytes) -> None:
    async with clamd(lambda _: words) as scanner:
        assert await scanner.verdict(b"large") == "too_large"


@pytest.mark.parametrize("words", [b"", b"PONG\n", b"stream: Can't allocate memory ERROR\n", b"\xff\xfe\n"])
async def test_an_answer_that_is_none_leaves_the_file_waiting(words: bytes) -> None:
    async with clamd(lambda _: words) as scanner:
        assert await scanner.verdict(b"file") is None


async def test_a_scanner_that_is_away_leaves_the_file_waiting() -> None:
    assert await Clamd("127.0.0.1", NOBODY).verdict(b"file") is None


async def test_a_file_that_nobody_can_scan_holds_up_no_other(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    poison = pdf(2)
    await filed_one(wishes, patient, content=poison)
    second = await filed_one(wishes, patient, content=pdf(1), kind="living_will")
    async with clamd(lambda content: b"" if content == poison else b"stream: OK\n") as scanner:
        assert await scan_once(wishes.service.app.state.parts, scanner) == 1
    assert (await wishes.http.get(f"/documents/{second['document_id']}/original")).status_code in (200, 409)
    async with wishes.service.core.database.connection() as db:
        found = await db.fetch("select scan from file order by scan")
    assert [row["scan"] for row in found] == ["clean", "waiting"]


async def test_what_is_harmful_is_looked_at_and_never_taken_along(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    document = await filed_one(wishes, patient, content=pdf() + EICAR)
    async with clamd() as scanner:
        await scan_once(wishes.service.app.state.parts, scanner)
    assert (await wishes.http.get(f"{document['path']}/original")).status_code == 409
    assert "Holds something harmful" in (await wishes.http.get(document["path"])).text
    assert (await wishes.http.get(f"{document['path']}/pages/1")).status_code == 200
