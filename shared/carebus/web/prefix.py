"""Serves a service under a prefix (`/care-plan`) as well as at the root, where probes and outsiders find it."""

from starlette.types import ASGIApp, Receive, Scope, Send

from carebus.web.links import PREFIX


class Prefixed:
    """ASGI middleware: routes never see the prefix; addresses made by `carebus.web.links.at` have it.

    Not in `root_path`: Starlette then wants the prefix in `path` too, and every rule would have to know of it.
    """

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the scope is changed in place, since errors are answered further out."""
        if scope["type"] == "http":
            scope[PREFIX] = self._prefix
            if self._prefix and f"{scope['path']}/".startswith(f"{self._prefix}/"):
                scope["path"] = scope["path"].removeprefix(self._prefix) or "/"
                scope["raw_path"] = scope.get("raw_path", b"").removeprefix(self._prefix.encode()) or b"/"
        await self._app(scope, receive, send)
