"""A producer that can be ended whatever the broker does: what it still holds then is never sent."""

import asyncio
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer

log = structlog.get_logger()

CLOSE_S = 5.0
END_S = 2.0


class Producer(AIOKafkaProducer):  # type: ignore[misc]
    """aiokafka's, which tries for ever to send what a broker does not acknowledge, also when it was told to stop.

    To be closed, not stopped.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._sends: set[asyncio.Task[Any]] = set()
        self._send_request = self._sender._send_produce_req  # noqa: SLF001  # aiokafka tells nobody of its requests
        self._sender._send_produce_req = self._noted  # noqa: SLF001

    async def _noted(self, *request: Any) -> None:
        """Send a request, and know of it while it is under way."""
        task = asyncio.current_task()
        assert task is not None
        self._sends.add(task)
        try:
            await self._send_request(*request)
        finally:
            self._sends.discard(task)

    async def close(self) -> None:
        """Send what there is and leave the brokers, within some seconds; else end."""
        self._closed = True
        flushing = asyncio.create_task(self._message_accumulator.close())
        await asyncio.wait({flushing, *self._running()}, timeout=CLOSE_S, return_when=asyncio.FIRST_COMPLETED)
        if not flushing.done():
            log.warning("producer_did_not_close", error="TimeoutError")
        tasks = {flushing, *self._sends, *self._running()}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=END_S)
        try:
            await asyncio.wait_for(self.client.close(), END_S)
        except Exception as exc:
            log.warning("producer_did_not_leave", error=type(exc).__name__)

    def _running(self) -> set[asyncio.Task[Any]]:
        """What sends, if it was started."""
        sender = self._sender.sender_task
        return set() if sender is None else {sender}
