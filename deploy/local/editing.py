"""`make run SERVICE=...`: starts that service again whenever its code, or the kit's, is saved."""

from __future__ import annotations

from collections.abc import Callable

from watchfiles import Change, DefaultFilter, awatch

from deploy.local.options import ROOT
from deploy.local.supervisor import Supervisor

CODE = (".py", ".html", ".css", ".js", ".sql", ".json")


class Code(DefaultFilter):
    """What a service has read when it started."""

    def __call__(self, change: Change, path: str) -> bool:
        """Whether this change is one of code."""
        return path.endswith(CODE) and super().__call__(change, path)


async def renew_on_save(service: str, supervisor: Supervisor, tell: Callable[[str], None]) -> None:
    """Never ends. Many files that are saved at once are one save."""
    folders = [ROOT / "services" / service, ROOT / "shared" / "carebus"]
    async for _ in awatch(*folders, watch_filter=Code()):
        tell(f"{service} was saved; it is started again.")
        await supervisor.renew()
