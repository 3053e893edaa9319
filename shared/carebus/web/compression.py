"""Compresses answers, but for whom the length of an answer could betray what is in it.

Compression tells by the length whether two parts of a page are alike (BREACH): a page of an attacker's that makes the
reader's browser ask again and again with other words, which come back beside patients' names, could find out the names.
So nothing is compressed that a browser asks for because of another site, nor for a browser too old to say so, as far as
it shows itself by a cookie. All that our own pages ask for is, and what programs ask for.
"""

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

SMALLEST = 1000
"""Bytes below which an answer is left as it is: it goes in one packet anyway."""
LEVEL = 4
"""Of zlib: 100 KB of a table take 0.35 ms, and 0.8 at the library's own level 9, for the same size."""
OURS = {"same-origin", "none"}
"""What browsers say of a request that one of our pages made, or the reader in person (Sec-Fetch-Site)."""


class Compressed:
    """ASGI middleware that compresses by gzip where that is safe."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._gzipped = GZipMiddleware(app, minimum_size=SMALLEST, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, compressed or not."""
        app = self._gzipped if scope["type"] == "http" and _is_safe(Headers(scope=scope)) else self._plain
        await app(scope, receive, send)


def _is_safe(asked: Headers) -> bool:
    """Whether no other site has brought this request about."""
    site = asked.get("sec-fetch-site")
    return site in OURS if site is not None else "cookie" not in asked
