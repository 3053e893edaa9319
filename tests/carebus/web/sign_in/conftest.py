"""The tally service behind a real server, and a real provider: two processes' worth in one, on free ports."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import uvicorn

from carebus.service import Service
from carebus.settings import Settings
from deploy.local.embedded import free_port
from deploy.local.provider.app import Provider
from tests.carebus import tally
from tests.carebus.web.sign_in import desk
from tests.databases import fresh_database
from tests.deploy.local.providing import provider_at

HTML = {"accept": "text/html"}


@dataclass
class Place:
    """Two services at their addresses, and the provider that they share."""

    services: dict[str, Service]
    addresses: dict[str, str]
    provider: Provider
    issuer: str
    stop_provider: Callable[[], Awaitable[None]]

    def browser(self) -> httpx.AsyncClient:
        """A browser with a profile of its own; cookies of one host are shared by its ports, as browsers have it."""
        return httpx.AsyncClient(trust_env=False, headers=HTML, timeout=20)


async def follow(browser: httpx.AsyncClient, address: str, account: str = "") -> httpx.Response:
    """Open an address and go where it leads; at the provider choose this account."""
    for _ in range(8):
        answer = await browser.get(address)
        if answer.status_code not in {302, 303}:
            return answer
        address = urljoin(address, answer.headers["location"])
        if account and "/authorize?" in address:
            address += f"&account={account}"
    raise AssertionError("led in a circle")


@asynccontextmanager
async def _serving(app: Any, port: int) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[door]))

        async def stop() -> None:
            server.should_exit = True
            await serving

        yield stop
        await stop()


@pytest.fixture
async def place(postgres_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    """Two tally services, each a client of its own; the other is below a prefix."""
    ports = {name: free_port() for name in ("one", "other", "provider")}
    issuer = f"http://127.0.0.1:{ports['provider']}"
    addresses = {name: f"http://127.0.0.1:{ports[name]}{below}" for name, below in (("one", ""), ("other", "/part"))}
    provider = provider_at(ports["provider"], tmp_path, {f"client-{n}": at for n, at in addresses.items()})
    async with AsyncExitStack() as many:
        stop = await many.enter_async_context(_serving(provider.app(), ports["provider"]))
        services = {}
        for name, at in addresses.items():
            url = await many.enter_async_context(fresh_database(postgres_url, "tally", tally.MIGRATIONS))
            services[name] = await many.enter_async_context(_tally(url, name, issuer, at))
            await many.enter_async_context(_serving(services[name].app, ports[name]))
        yield Place(services, addresses, provider, issuer, stop)


@asynccontextmanager
async def _tally(url: str, name: str, issuer: str, at: str) -> AsyncIterator[Service]:
    given = {
        "database_url": url,
        "kafka_bootstrap_servers": "127.0.0.1:1",
        "oidc_issuer": issuer,
        "oidc_client_id": f"client-{name}",
        "public_url": at,
        "prefix": urlsplit(at).path,
    }
    service = desk.make(Settings.model_validate(given))
    await service.core.database.open()
    yield service
    await service.core.database.close()
