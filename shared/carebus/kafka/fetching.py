"""FastStream and aiokafka set so that nothing is lost: see docs/decisions/0004 and 0011."""

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.structs import TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from carebus.credentials import Credentials
from carebus.kafka.clients import METADATA_AGE_MS
from carebus.records import Record
from carebus.settings import Settings

log = structlog.get_logger()

WAIT_MS = 5000
"""Between looks of the client's own, which miss nothing. How long the broker keeps a request for records that are not
there is left at half a second: it answers a connection's requests in turn, so what else is asked waits for that."""
LEAVE_S = 4.0
HELD_BACK_S = 600.0
"""Longer than what was fetched ever waits to be taken."""


class _Consumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that waits until there is something, and that shows when it will never read again."""

    async def start(self) -> None:
        """Begin. What was fetched and not taken yet holds back the next request, which then is about all partitions.

        After a tenth of a second aiokafka would ask for the others alone: of the one left out, which is taken a moment
        later, nothing more would come until that request is answered.
        """
        await super().start()
        self._fetcher._prefetch_backoff = HELD_BACK_S  # noqa: SLF001

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: float = WAIT_MS, max_records: int | None = None
    ) -> dict[TopicPartition, list[Record]]:
        """After an empty wait FastStream sleeps and hears nothing that arrives meanwhile: so no wait ends empty."""
        found: dict[TopicPartition, list[Record]] = {}
        while not found:
            found = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        return found

    @property
    def died(self) -> bool:
        """Whether a loop of aiokafka's own has ended: then nothing more is read, and nobody is told."""
        return bool(self._coordinator._coordination_task.done() or self._fetcher.error_future.done())  # noqa: SLF001

    async def stop(self) -> None:
        """Leave the group, within some seconds: a broker that does not answer must not keep the process from ending."""
        leaving = asyncio.create_task(super().stop())
        await asyncio.wait([leaving], timeout=LEAVE_S)
        await self._client.close()  # what still waits for an answer gets an error; a loop that died left it open
        await asyncio.wait([leaving], timeout=LEAVE_S)
        if not leaving.done():
            leaving.cancel()
            raise TimeoutError
        leaving.result()


class _Broker(KafkaBroker):
    """FastStream's broker with consumers that wait."""

    async def _connect(self) -> Callable[..., AIOKafkaConsumer]:
        made = await super()._connect()
        assert isinstance(made, partial)
        self.config.broker_config.builder = partial(_Consumer, **made.keywords)
        return self.config.broker_config.builder


def fetcher(
    settings: Settings, places: Sequence[str], group: str, topics: Sequence[str], listener: ConsumerRebalanceListener
) -> tuple[KafkaBroker, Any]:
    """A client of these brokers and its one subscriber, whose handler gets raw records in batches and never raises."""
    broker = _Broker(
        places,
        client_id=group,
        apply_types=False,
        allow_auto_create_topics=False,
        consumer_only=True,
        metadata_max_age_ms=METADATA_AGE_MS,
        security=_security(Credentials()),
        graceful_timeout=settings.drain_seconds,
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
    )
    subscriber = broker.subscriber(
        *topics,
        group_id=group,
        batch=True,
        max_records=settings.batch_records,
        ack_policy=AckPolicy.MANUAL,
        batch_timeout_ms=WAIT_MS,
        consumer_timeout_ms=WAIT_MS,
        auto_offset_reset="earliest",
        no_reply=True,
        parser=_keep_records,
        decoder=_give_records,
        listener=listener,
        partition_assignment_strategy=(RangePartitionAssignor,),
        session_timeout_ms=10_000,
        heartbeat_interval_ms=1_000,
        rebalance_timeout_ms=int((settings.drain_seconds + 15) * 1000),
        max_poll_interval_ms=300_000,
    )
    return broker, subscriber


def _security(credentials: Credentials) -> BaseSecurity:
    """FastStream's word for the same access as `carebus.credentials.kafka` gives to other clients."""
    tls = credentials.kafka_tls()
    if not credentials.kafka_by_password:
        return BaseSecurity(ssl_context=tls)
    way = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    name, password = credentials.kafka_sasl_username or "", credentials.kafka_password
    return way[credentials.kafka_sasl_mechanism](name, password, ssl_context=tls)


async def _keep_records(batch: tuple[Record, ...], original: Callable[[Any], Awaitable[Any]]) -> Any:
    """FastStream's parser drops a whole batch for one header that is null or not UTF-8: show it none."""
    message = await original((dataclasses.replace(batch[0], headers=()),))  # type: ignore[type-var]
    message.raw_message = batch
    return message


async def _give_records(message: Any, _: Any) -> list[Record]:
    return list(message.raw_message)


async def close(broker: KafkaBroker) -> None:
    """End it, whatever state it is in."""
    try:
        await asyncio.wait_for(broker.stop(), 30)
    except Exception as exc:
        log.warning("broker_did_not_close", error=type(exc).__name__)
