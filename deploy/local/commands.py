"""Speaks to the services' HTTP APIs as a careful client does: a command has a key and is repeated until answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Protocol
from uuid import UUID

import httpx

from deploy.local.acting import OFFICE
from deploy.local.failures import LocalServerError
from deploy.local.progress import Progress

PATIENCE_S = 120.0
TIMEOUT_S = 10.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
TRY_AGAIN = frozenset({408, 425, 429})

Json = dict[str, Any]
Shows = Callable[[], Awaitable[Mapping[str, str]]]
"""What the head of a request shows of whoever makes it."""
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})


class CommandRefused(LocalServerError):
    """The {0} service refused a command of the simulated clinic ({1}, {2}): {3}."""

    @property
    def conflict(self) -> bool:
        """Whether the reason is that things have moved on: somebody did it before."""
        return bool(self.args[2] == HTTPStatus.CONFLICT)


class ServiceAway(LocalServerError):
    """The {0} service has not answered for {1:.0f} seconds (last: {2}). Its log says why."""


class Actors(Protocol):
    """Whoever gives commands: each by a token of their own."""

    async def token(self, actor: str) -> str:
        """A token of this actor."""

    def account(self, subject: UUID) -> UUID:
        """The account of somebody on the roster."""


class Commands:
    """Commands and queries to the services at `bases` (service -> address).

    A command is repeated with the same key, ever more slowly, while the service is away or answers 5xx, so a killed
    service delays it and nothing is done twice. Raises `ServiceAway` after `patience` seconds, `CommandRefused` at
    once on any other answer.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        bases: Mapping[str, str],
        progress: Progress,
        acting: Actors,
        patience: float = PATIENCE_S,
    ) -> None:
        self._client = client
        self.acting = acting
        self._bases = bases
        self._progress = progress
        self._patience = patience

    def reaches(self, *services: str) -> bool:
        """Whether all of these run."""
        return {*services} <= {*self._bases}

    async def post(self, command: str, service: str, path: str, body: Json, key: UUID, actor: str) -> Json:
        """Give a command and return its answer; `command` is the name its time is kept under."""
        began = time.monotonic()
        shows = self._bearer(actor, {"Idempotency-Key": str(key)})
        answer = await self._persist("POST", service, path, shows, json=body)
        self._progress.timings(command).add(time.monotonic() - began)
        return answer

    async def post_signed(
        self, command: str, service: str, path: str, body: str, sign: Callable[[], Mapping[str, str]]
    ) -> Json:
        """Tell something that counts by its signature, which is made anew for each try."""

        async def shows() -> Mapping[str, str]:
            return sign()

        began = time.monotonic()
        answer = await self._persist("POST", service, path, shows, content=body)
        self._progress.timings(command).add(time.monotonic() - began)
        return answer

    async def post_form(self, service: str, path: str, form: Mapping[str, str], actor: str = "") -> None:
        """Send a page's form, which has its key in it; whoever came by a private link is nobody known."""
        await self._persist("POST", service, path, self._bearer(actor), data=dict(form))

    async def post_file(
        self, service: str, path: str, form: Mapping[str, str], file: bytes, key: UUID, actor: str
    ) -> None:
        """Send a file with the fields of its form."""
        shows = self._bearer(actor, {"Idempotency-Key": str(key)})
        files = {"file": ("document.pdf", file, "application/pdf")}
        await self._persist("POST", service, path, shows, data=dict(form), files=files)

    async def post_unless_done(self, command: str, service: str, path: str, body: Json, key: UUID, actor: str) -> None:
        """Give a command that somebody may have given before: a conflict means that things have moved on."""
        try:
            await self.post(command, service, path, body, key, actor)
        except CommandRefused as refused:
            if not refused.conflict:
                raise

    async def get(self, service: str, path: str, actor: str = OFFICE, **params: str | int) -> Json:
        """Ask a question, as the office unless it is another's, as patiently as a command is given."""
        return await self._persist("GET", service, path, self._bearer(actor), params=params)

    def _bearer(self, actor: str, more: Mapping[str, str] = NOTHING_MORE) -> Shows:
        """By whose token a request is made, and what else its head says."""

        async def shows() -> Mapping[str, str]:
            return {"Authorization": f"Bearer {await self.acting.token(actor)}", **more} if actor else more

        return shows

    async def _persist(self, method: str, service: str, path: str, shows: Shows, **request: Any) -> Json:
        began, pause = time.monotonic(), FIRST_PAUSE_S
        while True:
            last = await self._attempt(method, service, path, shows, **request)
            if isinstance(last, dict):
                return last
            waited = time.monotonic() - began
            if waited > self._patience:
                raise ServiceAway(service, waited, last)
            self._progress.retries += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _attempt(self, method: str, service: str, path: str, shows: Shows, **request: Any) -> Json | str:
        """The answer, or what stood in its way for now."""
        try:
            headers = await shows()
            answer = await self._client.request(method, self._bases[service] + path, headers=headers, **request)
        except httpx.TransportError as error:
            return type(error).__name__
        if answer.is_success:
            return _json(answer)
        if answer.status_code == HTTPStatus.SEE_OTHER:  # a form that was taken
            return {}
        if answer.is_server_error or answer.status_code in TRY_AGAIN:
            return f"HTTP {answer.status_code}"
        raise CommandRefused(service, method, answer.status_code, _why(answer))


@asynccontextmanager
async def commands_to(
    bases: Mapping[str, str], progress: Progress, acting: Actors, patience: float = PATIENCE_S
) -> AsyncIterator[Commands]:
    """Commands to these services over connections that end with the block."""
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        yield Commands(client, bases, progress, acting, patience)


def _json(answer: httpx.Response) -> Json:
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("the answer is no JSON object")
    return found


def _why(answer: httpx.Response) -> str:
    """The problem's code and the fields that broke a rule: never a value that was sent."""
    try:
        problem = _json(answer)
    except ValueError:
        return "no problem document"
    rules = [f"{each.get('field')}: {each.get('rule')}" for each in problem.get("errors", [])]
    return "; ".join([str(problem.get("code") or problem.get("title") or "no reason given"), *rules])
