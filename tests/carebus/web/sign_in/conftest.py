"""The tally service behind a real server, twice, and a real provider: ours, and in a lane of its own Keycloak."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import uvicorn

from carebus.service import Service
from carebus.settings import Settings
from deploy.local.acting import Acting
from deploy.local.embedded import cache_folder, free_port
from deploy.local.keycloak.acting import ActingAtKeycloak
from deploy.local.keycloak.realm import Realm
from deploy.local.keycloak.server import Keycloak
from deploy.local.provider.people import TRIED, Person
from deploy.local.provider.people import people as known
from deploy.local.provider.tokens import AUDIENCE, kept_key
from tests.carebus import tally
from tests.carebus.web.sign_in import desk
from tests.carebus.web.sign_in.providers import AtKeycloak, AtProvider, Local
from tests.databases import fresh_database
from tests.deploy.local.providing import provider_at
from tests.servers import server_folder

HTML = {"accept": "text/html"}
PEOPLE = known(2026)
SECRETS = {"client-other": "known to the service and the provider"}
"""One of the two services is a confidential client, where the provider has such."""
LOGOUT = "/back-channel-logout"
ELSEWHERE = "elsewhere"
"""A client that has nothing to do with Carebus."""


@dataclass
class Place:
    """Two services at their addresses, and the provider that they share."""

    services: dict[str, Service]
    addresses: dict[str, str]
    provider: AtProvider
    heard: dict[str, list[bytes]] = field(default_factory=lambda: {"one": [], "other": []})
    """The logout tokens that each service was sent, as they came."""

    def browser(self) -> httpx.AsyncClient:
        """A browser with a profile of its own; cookies of one host are shared by its ports, as browsers have it.

        Browsers also trust this machine with cookies that are for safe connections only.
        """
        browser = httpx.AsyncClient(trust_env=False, headers=HTML, timeout=20)

        async def trust(_: httpx.Response) -> None:
            for cookie in browser.cookies.jar:
                cookie.secure = False

        browser.event_hooks["response"] = [trust]
        return browser

    async def follow(self, browser: httpx.AsyncClient, address: str, person: Person | None = None) -> httpx.Response:
        """Open an address and go where it leads; at the provider be this person, or whoever one is there already."""
        for _ in range(8):
            if person and address.startswith(self.provider.issuer):
                address = await self.provider.choose(browser, address, person)
            answer = await browser.get(address)
            if answer.status_code not in {302, 303}:
                return answer
            address = urljoin(address, answer.headers["location"])
        raise AssertionError("led in a circle")


@pytest.fixture(params=["local", pytest.param("keycloak", marks=pytest.mark.keycloak)])
async def place(request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    """Two tally services, each a client of its own; the other is below a prefix."""
    async with AsyncExitStack() as many:
        if request.param == "keycloak":
            addresses, server = request.getfixturevalue("addresses"), request.getfixturevalue("running_keycloak")
            provider: AtProvider = await many.enter_async_context(at_keycloak(server))
        else:
            addresses = two_addresses()
            provider = await many.enter_async_context(local(tmp_path, addresses))
        made = Place({}, addresses, provider)
        for name, at in addresses.items():
            url = await many.enter_async_context(fresh_database(postgres_url, "tally", tally.MIGRATIONS))
            made.services[name] = await many.enter_async_context(_tally(url, name, provider, at))
            app = hearing(made.services[name].app, made.heard[name])
            await many.enter_async_context(_serving(app, urlsplit(at).port or 0))
        yield made


def two_addresses() -> dict[str, str]:
    return {name: f"http://127.0.0.1:{free_port()}{below}" for name, below in (("one", ""), ("other", "/part"))}


@asynccontextmanager
async def local(folder: Path, addresses: dict[str, str]) -> AsyncIterator[Local]:
    """Our provider, for this test alone."""
    port = free_port()
    provider = provider_at(port, folder, {f"client-{name}": at for name, at in addresses.items()})
    acting = Acting(f"http://127.0.0.1:{port}", folder)
    async with _serving(provider.app(), port) as stop:
        yield Local(provider, acting, stop)
    await acting.close()


@pytest.fixture(scope="session")
def addresses() -> dict[str, str]:
    """Where the two services are in all tests with Keycloak, which must know beforehand."""
    return two_addresses()


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    with server_folder() as made:
        yield made


@pytest.fixture(scope="session")
def running_keycloak(folder: Path, addresses: dict[str, str]) -> Iterator[Keycloak]:
    """A Keycloak for all tests: it takes half a minute to start."""
    clients = {f"client-{name}": at for name, at in addresses.items()}
    made = Realm(PEOPLE, clients, {TRIED}, kept_key(folder / "programs.key", "programs"), SECRETS).as_json()
    made["clients"] += strangers()
    server = Keycloak(folder / "keycloak", free_port(), cache_folder(), made)
    server.start()
    yield server
    server.kill()


def strangers() -> Iterator[dict[str, Any]]:
    """Clients that should not get in: one that is none of ours, and one that a hurried administrator has set up."""
    common = {"publicClient": True, "standardFlowEnabled": False, "directAccessGrantsEnabled": True}
    yield {**common, "clientId": ELSEWHERE, "defaultClientScopes": ["basic", "profile"]}
    config = {"id.token.claim": "true", "access.token.claim": "true", "included.custom.audience": AUDIENCE}
    ticked = {"name": "a", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper", "config": config}
    yield {
        **common,
        "clientId": f"{ELSEWHERE}-ticked",
        "defaultClientScopes": ["basic", "profile"],
        "protocolMappers": [ticked],
    }


@asynccontextmanager
async def at_keycloak(server: Keycloak) -> AsyncIterator[AtKeycloak]:
    """The running one, as it was when it began."""
    acting = ActingAtKeycloak(server.issuer, server.data.parent)
    provider = AtKeycloak(server, acting, SECRETS)
    async with provider.mended(PEOPLE):
        yield provider
    await acting.close()


def hearing(app: Any, heard: list[bytes]) -> Any:
    """The application, with what it is told of sign-outs put aside too."""

    async def listening(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        async def noted() -> Any:
            message = await receive()
            heard.append(message.get("body", b""))
            return message

        await app(scope, noted if scope.get("path", "").endswith(LOGOUT) else receive, send)

    return listening


@asynccontextmanager
async def _serving(app: Any, port: int) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        door.listen()  # what connects before the server is ready waits
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[door]))

        async def stop() -> None:
            server.should_exit = True
            await serving

        yield stop
        await stop()


@asynccontextmanager
async def _tally(url: str, name: str, provider: AtProvider, at: str) -> AsyncIterator[Service]:
    given = {
        "database_url": url,
        "kafka_bootstrap_servers": "127.0.0.1:1",
        "oidc_issuer": provider.issuer,
        "oidc_client_id": f"client-{name}",
        "public_url": at,
        "prefix": urlsplit(at).path,
    }
    service = desk.make(Settings.model_validate({**given, **provider.settings(f"client-{name}")}))
    await service.core.database.open()
    yield service
    await service.core.database.close()
