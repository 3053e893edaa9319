"""Notices of the database, from one process of a service to the others: they are heard on a connection of their own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from carebus.observing.loops import Heartbeats, keep
from carebus.storage.database import Connection, Database

CHECK_S = 30.0
"""Seconds between looks at whether the connection still hears; that it was closed is seen at once."""


async def notify(db: Connection, channels: Sequence[str]) -> None:
    """Give notice on these channels, in one request."""
    await db.execute("; ".join(f'notify "{channel}"' for channel in channels))


async def listen(
    database: Database,
    channels: Mapping[str, Callable[[], None]],
    *,
    connected: Callable[[], None],
    stop: asyncio.Event,
    beats: Heartbeats,
) -> None:
    """Call what belongs to a channel whenever notice is given there, until `stop`.

    A lost connection is made anew; `connected` is called whenever there is a new one.
    """
    ear = _Ear(database, channels, connected)
    try:
        await keep("notices", ear.attend, stop=stop, beats=beats, wake=ear.closed)
    finally:
        ear.close()


class _Ear:
    """One connection that listens."""

    def __init__(
        self, database: Database, channels: Mapping[str, Callable[[], None]], connected: Callable[[], None]
    ) -> None:
        self._connected = connected
        self.closed = asyncio.Event()
        self._database = database
        self._channels = channels
        self._connection: Any = None

    async def attend(self) -> float:
        """See to it that it hears; gives the seconds until somebody should see to it again."""
        hears = False
        try:
            if self._connection is None or self._connection.is_closed():
                await self._begin()
            await self._connection.fetchval("select 1", timeout=5)
            hears = True
        finally:
            if not hears:
                self.close()
        return CHECK_S

    async def _begin(self) -> None:
        self.close()
        self._connection = await self._database.connect("ear")
        self._connection.add_termination_listener(lambda _: self.closed.set())
        for channel, heard in self._channels.items():
            await self._connection.add_listener(channel, lambda *_, heard=heard: heard())
        for heard in self._channels.values():  # whatever was said before
            heard()
        self._connected()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
