"""Reads requests as uvicorn does by httptools, but no endless heads, no trickle, and not from one client alone.

One look a second goes over all connections (`look`), so that a request needs no timer of its own.
"""

from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from math import inf
from typing import Any

import orjson
import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from carebus.web.addresses import Proxies, counted_as
from carebus.web.security import HEADERS

log = structlog.get_logger()

MOST_HEAD = 32 * 1024
"""Bytes of a request's head; nor may a body's trailer, or what stands between its chunks, be longer."""
HEAD_S = 5.0
"""Seconds for a head, from its first byte, or from the connection where none comes."""
SLOWEST = 1024
"""Bytes of a body a second: each byte buys the next a moment."""
GRACE_S = 10.0
"""Seconds that a body may stand still, or be slower for."""
LINGERS_S = 1.0
"""Seconds that what a refused peer still sends is read and dropped: closed at once, it would not see why."""
WHY: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "This is not a request of HTTP/1.1.",
    HTTPStatus.REQUEST_TIMEOUT: "Send the request faster.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many connections come from your address. Close some, then try again.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: f"Send a head of at most {MOST_HEAD} bytes.",
}


class Clients:
    """How many connections each client has; proxies, through which many come, are not counted."""

    def __init__(self, most: int, proxies: Proxies) -> None:
        self._most = most
        self._proxies = proxies
        self._open: Counter[str] = Counter()

    def came(self, host: str) -> str:
        """What this connection is counted by, nothing where it isn't."""
        client = "" if self._proxies.has(host) else counted_as(host)
        self._open[client] += bool(client)
        return client

    def left(self, client: str) -> None:
        """One connection less."""
        self._open[client] -= 1
        if self._open[client] <= 0:
            del self._open[client]

    def has_too_many(self, client: str) -> bool:
        """Whether this client has more than it may."""
        return self._open[client] > self._most


class Protocol(HttpToolsProtocol):
    """One connection. `_deadline` is when the peer must have sent what we wait for."""

    def __init__(self, clients: Clients, **how: Any) -> None:
        super().__init__(**how)
        self._clients = clients
        self._client = ""
        self._unread = 0
        self._in_head, self._uncounted = True, False
        self._deadline = inf
        self._refusal = HTTPStatus.BAD_REQUEST
        self._refused = False

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._deadline = self.loop.time() + HEAD_S
        self._client = self._clients.came(self.client[0] if self.client else "")
        if self._clients.has_too_many(self._client):
            self.refuse(HTTPStatus.TOO_MANY_REQUESTS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._clients.left(self._client)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, in pieces: the parser keeps what it has not read, and must never keep much.

        No piece takes a head beyond what it may have: one that is not complete then is too long, by a byte or by many.
        """
        start = 0
        while start < len(data) and not self._refused and not self.transport.is_closing():
            if self._unread >= MOST_HEAD:
                self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return
            piece = data[start : start + MOST_HEAD - self._unread]
            start += len(piece)
            if self._deadline == inf:  # after an answer, even if only an empty line comes
                self._deadline = self.loop.time() + HEAD_S
            self._unread += len(piece)
            super().data_received(piece)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._deadline = min(self._deadline, self.loop.time() + HEAD_S)
        self._uncounted = not self._unread  # it begins behind another request, in the same piece
        self._unread = self._unread or 1

    def on_headers_complete(self) -> None:
        """A body may follow."""
        if self._uncounted and self._size() > MOST_HEAD:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError(WHY[self._refusal])
        self._unread, self._in_head = 0, False
        self._deadline = self.loop.time() + GRACE_S
        super().on_headers_complete()

    def _size(self) -> int:
        """The bytes of this head, about."""
        return sum(len(name) + len(value) + 4 for name, value in self.headers) + len(self.url)

    def on_body(self, body: bytes) -> None:
        """Some more has come."""
        self._unread = 0
        self._deadline = min(self._deadline + len(body) / SLOWEST, self.loop.time() + GRACE_S)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing is waited for until the next head begins."""
        self._unread, self._in_head, self._deadline = 0, True, inf
        super().on_message_complete()

    def look(self) -> None:
        """Refuse whoever is late; but not for what we have not read yet ourselves."""
        now = self.loop.time()
        if now <= self._deadline or self.transport.is_closing():
            return
        if self._refused:
            self.transport.close()
        elif self.flow.read_paused:
            self._deadline = now + GRACE_S
        else:
            self.refuse(HTTPStatus.REQUEST_TIMEOUT)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - it quotes the parser
        """What could not be parsed, or was refused while it was."""
        self.refuse(self._refusal)

    def refuse(self, status: HTTPStatus) -> None:
        """Say why and close, or close at once if an answer is under way or nothing was asked."""
        log.info("connection_refused", status=status.value)
        self._refused, self._deadline = True, self.loop.time() + LINGERS_S
        asked = self._unread or not self._in_head or status is HTTPStatus.TOO_MANY_REQUESTS
        if asked and not self._leave_answer():
            self.transport.write(_answer(status))
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self.flow.resume_reading()
        else:
            self.transport.close()

    def _leave_answer(self) -> bool:
        """Let whoever answers now know that nobody listens any more; gives whether an answer had begun."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        return bool(cycle.response_started)


def _answer(status: HTTPStatus) -> bytes:
    body = orjson.dumps({"type": "about:blank", "title": status.phrase, "status": status.value, "detail": WHY[status]})
    headers = {
        **HEADERS,
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return STATUS_LINE[status] + lines.encode() + b"\r\n" + body
