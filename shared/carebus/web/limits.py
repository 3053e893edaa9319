"""What a request may bring: a route that reads no more than a fixed number of bytes, and nothing ambiguous."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from carebus.errors import CarebusError


class BodyTooLarge(CarebusError):
    """Send at most {limit} bytes."""

    status = 413


class NamedTwice(CarebusError):
    """Send each name once: an object has one of its names twice."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class HasNul(CarebusError):
    """Leave out the character NUL."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class LimitedRoute(APIRoute):
    """A route whose request body may have at most `MOST` bytes: `APIRouter(route_class=LimitedRoute)`.

    Raises BodyTooLarge, which is answered as every other problem. A subclass may set another `MOST`. JSON that a
    handler takes as a model says everything once: most readers take the last of two and forget the first.
    """

    MOST: ClassVar[int] = 256 * 1024

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, given a body that was read within the limit."""
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            body = await _read(request, self.MOST)
            again = Request(request.scope, _again(body, request.receive))
            if self.body_field is not None and body:
                _require_plain(body, again)
            return await handle(again)

        return limited


class StreamedRoute(APIRoute):
    """A route whose body is read as it comes, up to `MOST` bytes: for files. Raises BodyTooLarge."""

    MOST: ClassVar[int] = 11 * 1024 * 1024

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, which gets a request that counts."""
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            return await handle(Request(request.scope, counted(request.receive, self.MOST)))

        return limited


def counted(receive: Receive, most: int) -> Receive:
    """Receives the same, until it is more than `most` bytes. Raises BodyTooLarge then."""
    seen = 0

    async def more() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise BodyTooLarge(limit=most)
        return message

    return more


async def _read(request: Request, most: int) -> bytes:
    stated = request.headers.get("content-length", "0")
    if stated.isascii() and stated.isdigit() and int(stated) > most:
        raise BodyTooLarge(limit=most)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise BodyTooLarge(limit=most)
    return bytes(body)


def _require_plain(body: bytes, request: Request) -> None:
    """Raise NamedTwice and HasNul; what can't be read as JSON at all is left to whoever reads it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("application/") and kind.endswith("json"):
        if rb"\u0000" in body:
            raise HasNul
        try:
            request._json = json.loads(body, object_pairs_hook=_once)  # noqa: SLF001 - so it is read once only
        except (ValueError, RecursionError):
            return


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NamedTwice
    return found


def _again(body: bytes, receive: Receive) -> Receive:
    """Receives the body that was read, and then whatever comes after it."""
    sent = False

    async def once() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
