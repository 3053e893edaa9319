"""A door of TLS before a real PostgreSQL: the one that comes with the tests is built without it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from deploy.kubernetes.certificates import Issued

SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")


@dataclass
class Door:
    """What came through: connections that were encrypted, and those that were not, which are shut out."""

    port: int = 0
    encrypted: int = 0
    shut_out: int = 0


@asynccontextmanager
async def tls_door(to: int, issued: Issued) -> AsyncIterator[Door]:
    """A port whose connections go on, once encrypted, to port `to`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(issued.certificate, issued.key)
    door = Door()

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if await reader.readexactly(8) == SSL_REQUEST:
                writer.write(b"S")
                await writer.start_tls(context)
                door.encrypted += 1
                inner, onward = await asyncio.open_connection("127.0.0.1", to)
                await asyncio.gather(_pass(reader, onward), _pass(inner, writer))
            else:
                door.shut_out += 1
        writer.close()

    server = await asyncio.start_server(enter, "127.0.0.1", 0)
    door.port = server.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        server.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    writer.close()
