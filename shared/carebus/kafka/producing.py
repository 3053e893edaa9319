"""A producer that can be ended whatever the broker does: what it still holds then is never sent."""

import asyncio
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer

log = structlog.get_logger()

CLOSE_S = 5.0
END_S = 2.0


class Producer(AIOKafkaProducer):  # type: ignore[misc]
    """aiokafka's, which tries for ever to send what a broker does not acknowledge, also when it was told to stop."""

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
        """Send what there is and stop, within some seconds; else end."""
        try:
            await asyncio.wait_for(self.stop(), CLOSE_S)
        except Exception as exc:
            log.warning("producer_did_not_close", error=type(exc).__name__)
            await self._end()

    async def _end(self) -> None:
        """Forget what is not sent, stop whatever sends, and leave the brokers."""
        waiting, sender = self._message_accumulator, self._sender.sender_task
        for batch in [*waiting._pending_batches, *(one for many in waiting._batches.values() for one in many)]:  # noqa: SLF001
            batch.future.cancel()
        tasks = {*self._sends, *([sender] if sender else [])}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=END_S)
        try:
            await asyncio.wait_for(self.client.close(), END_S)
        except Exception as exc:
            log.warning("producer_did_not_leave", error=type(exc).__name__)
