"""How much a request may bring: a route that reads no more than a fixed number of bytes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from carebus.errors import CarebusError


class BodyTooLarge(CarebusError):
    """Send at most {limit} bytes."""

    status = 413


class LimitedRoute(APIRoute):
    """A route whose request body may have at most `MOST` bytes: `APIRouter(route_class=LimitedRoute)`.

    Raises BodyTooLarge, which is answered as every other problem. A subclass may set another `MOST`.
    """

    MOST: ClassVar[int] = 256 * 1024

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, given a body that was read within the limit."""
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            body = await _read(request, self.MOST)
            return await handle(Request(request.scope, _again(body, request.receive)))

        return limited


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
