"""The port for MLLP: who may connect, and one message after the other on each connection."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address

import structlog

from carebus.errors import CarebusError
from carebus.storage.database import DatabaseAway
from carebus.web.http import Parts
from services.line.channels.mllp import taking
from services.line.channels.mllp.framing import TooLong, framed, frames
from services.line.channels.mllp.gathering import Gathering
from services.line.channels.mllp.taking import Peer
from services.line.settings import Hospital, Settings

log = structlog.get_logger()

MLLP = "mllp"
"""The listener's name."""


@asynccontextmanager
async def listening(parts: Parts, opened: Callable[[int], None] = lambda _: None) -> AsyncIterator[None]:
    """Take messages while this lasts; messages in hand are finished at its end. `opened` is told the port."""
    settings = Settings.of(parts.settings)
    if not settings.hospitals:
        log.info("mllp_stays_closed", why="no hospital may send")
        yield
        return
    port = Port(parts, settings)
    server = await asyncio.start_server(
        port.serve, settings.mllp_host, settings.mllp_port, ssl=tls_of(settings), reuse_port=True
    )
    log.info("mllp_listens", port=server.sockets[0].getsockname()[1], hospitals=len(settings.hospitals))
    opened(server.sockets[0].getsockname()[1])
    try:
        yield
    finally:
        server.close()
        await port.end(settings.drain_seconds)


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """What TLS needs, where it is wanted."""
    if settings.mllp_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.mllp_certificate, settings.mllp_key)
    if settings.mllp_client_authorities is not None:
        context.load_verify_locations(settings.mllp_client_authorities)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class Port:
    """The connections of one process."""

    def __init__(self, parts: Parts, settings: Settings) -> None:
        self._parts = parts
        self._settings = settings
        self._gathering = Gathering(parts)
        self._connections: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()
        self._ending = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side closes it."""
        task = asyncio.current_task()
        assert task is not None, "a server runs each connection as a task"
        self._connections.add(task)
        try:
            if (peer := self._peer(writer)) is not None:
                await self._exchange(reader, writer, peer, task)
        except DatabaseAway:
            log.warning("mllp_closed", why="database away")
        except (TimeoutError, CarebusError, ConnectionError, ssl.SSLError) as why:
            log.info("mllp_closed", why=type(why).__name__)
        except asyncio.CancelledError:
            log.info("mllp_closed", why="stopping")  # nothing waits for this task but the end of the process
        finally:
            self._connections.discard(task)
            writer.close()
            with suppress(ConnectionError, ssl.SSLError, TimeoutError):
                async with asyncio.timeout(5):
                    await writer.wait_closed()

    async def end(self, within: float) -> None:
        """Finish the messages in hand and close all connections."""
        self._ending = True
        if self._busy:
            await asyncio.wait(self._busy, timeout=within)
        for task in list(self._connections):
            task.cancel()
        if self._connections:
            await asyncio.wait(list(self._connections), timeout=within)

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer, task: asyncio.Task[None]
    ) -> None:
        settings, metrics = self._settings, self._parts.metrics
        try:
            async for raw in frames(reader, settings.message_bytes, settings.mllp_idle_seconds):
                self._busy.add(task)
                started = time.perf_counter()
                try:
                    await _answer(writer, await taking.take(self._parts, self._gathering, raw, peer))
                finally:
                    self._busy.discard(task)
                metrics.observe(metrics.message_seconds, time.perf_counter() - started)
                if self._ending:
                    return
        except TooLong as why:
            log.info("mllp_closed", why="over the limit")
            await _answer(writer, taking.too_long(self._parts, why.head))

    def _peer(self, writer: asyncio.StreamWriter) -> Peer | None:
        """Who is connected, if any hospital may send from there and there is room."""
        address = ip_address(str(writer.get_extra_info("peername")[0]).partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        shown = _common_name(writer)
        may = [
            one
            for one in self._settings.hospitals
            if any(address in network for network in one.networks) and one.certificate in {"", shown}
        ]
        if not may or len(self._connections) > self._settings.mllp_connections or self._ending:
            log.warning("mllp_refused", why="unknown network" if not may else "too many connections")
            return None
        return Peer(address, _in_order(may))


def _in_order(hospitals: list[Hospital]) -> tuple[Hospital, ...]:
    """Those that name themselves more closely first, so that one that may be called anything does not hide them."""
    return tuple(sorted(hospitals, key=lambda one: (not one.application) + (not one.facility)))


def _common_name(writer: asyncio.StreamWriter) -> str | None:
    """The name in the client's certificate, if it showed one that is trusted."""
    found = writer.get_extra_info("peercert") or {}
    return next((value for part in found.get("subject", ()) for name, value in part if name == "commonName"), None)


async def _answer(writer: asyncio.StreamWriter, each: list[bytes]) -> None:
    for one in each:
        writer.write(framed(one))
    await writer.drain()
