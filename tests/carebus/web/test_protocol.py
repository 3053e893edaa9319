"""Endless heads, trickles and crowds of connections end; everybody else is answered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress

import httpx
import pytest
from fastapi import FastAPI, Request

from carebus.web import protocol, server
from carebus.web.security import HEADERS
from deploy.local.process import free_port

BEGUN = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Long: "
MANY = 400
BIG = 64 << 20


def app() -> FastAPI:
    made = FastAPI()

    @made.get("/health/live")
    async def live(request: Request) -> str:
        return request.client.host if request.client else ""

    @made.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    return made


@asynccontextmanager
async def serving(trusted: str = "127.0.0.1", connections: int = 1000) -> AsyncIterator[int]:
    port = free_port()
    made = server.Server(
        server.configured(
            app(), port=port, trusted=trusted, connections=connections, log_level="critical", log_config=None
        )
    )
    task = asyncio.create_task(made.serve())
    try:
        while not made.started:
            await asyncio.sleep(0.01)
        yield port
    finally:
        made.handle_exit(0, None)
        async with asyncio.timeout(20):
            await task


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often, so that what takes seconds need not take them here."""
    monkeypatch.setattr(server, "TICK_S", 0.05)
    monkeypatch.setattr(server.Server, "capture_signals", lambda _: nullcontext())


async def asked(port: int, path: str = "/health/live", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.get(f"http://127.0.0.1:{port}{path}", headers=headers)


async def answer_to(port: int, *parts: bytes, gap_s: float = 0.0) -> bytes:
    """What comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(gap_s)
    found = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(30):
            while more := await reader.read(65536):
                found += more
    writer.close()
    return found


def assert_refused(answer: bytes, status: int) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    named = {line.split(b": ")[0].decode().lower() for line in head.split(b"\r\n")[1:]}
    assert {name.lower() for name in HEADERS} <= named
    assert b'"status":%d' % status in body


async def test_a_head_of_32_kb_is_read_and_a_longer_one_is_refused() -> None:
    async with serving() as port:
        fits = b"x" * (protocol.MOST_HEAD - len(BEGUN) - 100)
        assert b" 200 OK" in await answer_to(port, BEGUN + fits + b"\r\nConnection: close\r\n\r\n")
        assert_refused(await answer_to(port, BEGUN + fits + b"x" * 200), 431)
        crowd = b"".join(b"x%d: y\r\n" % n for n in range(6000))
        assert_refused(await answer_to(port, BEGUN + b"\r\n" + crowd), 431)


@pytest.mark.parametrize(("length", "status"), [(32_768, 200), (32_769, 431), (40_000, 431), (65_536, 431)])
@pytest.mark.parametrize("pieces", [1, 2, 7])
async def test_a_head_is_measured_to_the_byte_however_it_comes(length: int, status: int, pieces: int) -> None:
    end = b"\r\nConnection: close\r\n\r\n"
    head = BEGUN + b"x" * (length - len(BEGUN) - len(end)) + end
    step = -(-length // pieces)
    async with serving() as port:
        parts = [head[start : start + step] for start in range(0, length, step)]
        assert b" %d " % status in (await answer_to(port, *parts, gap_s=0.01)).splitlines()[0]


async def test_a_long_head_behind_a_whole_request_is_refused_as_well() -> None:
    async with serving() as port:
        whole = BEGUN + b"\r\n\r\n"
        assert_refused(await answer_to(port, whole + BEGUN + b"x" * protocol.MOST_HEAD + b"\r\n\r\n"), 431)


async def test_a_body_that_is_no_http_is_refused_with_all_headers() -> None:
    async with serving() as port:
        assert_refused(await answer_to(port, b"\x16\x03\x01\x02\x00\x01\r\n\r\n"), 400)
        assert_refused(await answer_to(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nA: \x00\r\n\r\n"), 400)


async def test_an_endless_trailer_or_chunk_extension_is_refused() -> None:
    async with serving() as port:
        posted = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        for endless in (b"1\r\na\r\n0\r\nX-Long: ", b"1;"):
            assert_refused(await answer_to(port, posted + endless, *[b"x" * 10_000] * 10), 431)


async def test_it_lives_while_64_mb_of_heads_come_in() -> None:
    async with serving() as port:
        sending = asyncio.create_task(answer_to(port, BEGUN, *[b"x" * 65536] * (BIG // 65536)))
        assert (await asked(port)).status_code == 200
        answer = await sending
        assert not answer or b" 431 " in answer


async def test_it_lives_while_400_heads_hang_and_then_each_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as port:
        hanging = [asyncio.create_task(answer_to(port, BEGUN)) for _ in range(MANY)]
        assert (await asked(port)).status_code == 200
        assert not all(one.done() for one in hanging)
        for answer in await asyncio.gather(*hanging):
            assert_refused(answer, 408)


@pytest.mark.parametrize("sent", [BEGUN, b"GET", b"\r\n"])
async def test_a_head_that_is_not_complete_in_time_is_refused(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.2)
    async with serving() as port:
        assert_refused(await answer_to(port, sent), 408)


async def test_a_second_head_on_the_same_connection_is_no_more_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as port:
        monkeypatch.setattr(protocol, "HEAD_S", 0.2)
        whole = BEGUN + b"\r\n\r\n"
        for parts in ((whole, BEGUN), (whole + BEGUN,), (whole, b"\r\n")):
            answer = await answer_to(port, *parts, gap_s=0.1)
            assert (answer.count(b" 200 OK"), answer.count(b" 408 ")) == (1, 1)


async def test_who_sends_nothing_is_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", 0.2)
    async with serving() as port:
        assert await answer_to(port) == b""


async def test_a_body_that_trickles_is_refused_and_a_slow_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "GRACE_S", 0.5)
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4000\r\n\r\n"
    async with serving() as port:
        assert_refused(await answer_to(port, head, b"x", b"x", b"x", gap_s=0.3), 408)
        assert b" 200 OK" in await answer_to(port, head, *[b"x" * 500] * 8, gap_s=0.1)


async def test_one_client_has_so_many_connections_and_gets_more_when_it_closes_some() -> None:
    async with serving(trusted="192.0.2.1", connections=3) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        assert_refused(await answer_to(port, BEGUN), 429)
        for _, writer in held:
            writer.close()
        await until(lambda: answers(port))


async def test_proxies_have_as_many_connections_as_they_like() -> None:
    async with serving(trusted="127.0.0.0/8", connections=1) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        assert (await asked(port)).status_code == 200
        for _, writer in held:
            writer.close()


async def test_a_forged_forwarding_header_is_believed_from_a_proxy_only() -> None:
    async with serving(trusted="192.0.2.1") as port:
        assert (await asked(port, **{"X-Forwarded-For": "203.0.113.9"})).json() == "127.0.0.1"
    async with serving(trusted="127.0.0.1") as port:
        assert (await asked(port, **{"X-Forwarded-For": "203.0.113.9"})).json() == "203.0.113.9"


async def answers(port: int) -> bool:
    return (await asked(port)).status_code == 200


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await holds():
            await asyncio.sleep(0.05)
